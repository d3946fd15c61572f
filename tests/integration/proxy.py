"""A TCP proxy of our own between agents and the exchange: one door for each agent, and what can be wrong behind a door. It holds no
key; of the bytes it knows no more than where a ZMTP frame begins and ends."""
import asyncio
import contextlib
import socket
import struct
import threading
from collections import namedtuple

UP, DOWN = "up", "down"  # from the agent, from the exchange
BOTH = (UP, DOWN)
GREETING = 64
DELAY_S = 0.3

# What is wrong, and on which ways. Cut off: swallow (accepts, and what comes is lost: half-open), hold (nothing is read on, all of it
# comes when it is healed: late), reset (every connection, old and new), refuse (nobody listens). Rough: delay (each frame by up to
# DELAY_S), bytes (each byte alone), mid (every connection is reset amid a frame, one of its first MID_FRAMES).
Fault = namedtuple("Fault", "mode ways", defaults=(BOTH,))
ROUGH = ("delay", "bytes", "mid")
MID_FRAMES = 12


class Frames:
    """Parts the bytes of one way into a greeting and ZMTP 3 frames: flags, a length of one byte or of eight, a body."""

    def __init__(self):
        self.head, self.left = b"", GREETING

    def pieces(self, data):
        """(bytes, whether a frame ends with them), all of the data in its order."""
        begin = at = 0
        while at < len(data):
            if self.left:
                step = min(self.left, len(data) - at)
                self.left -= step
                at += step
            else:
                self.head += data[at:at + 1]
                at += 1
                if len(self.head) < (9 if self.head[0] & 2 else 2):
                    continue
                self.left, self.head = int.from_bytes(self.head[1:], "big"), b""
            if not self.left:
                yield data[begin:at], True
                begin = at
        if begin < at:
            yield data[begin:at], False


class Connection:
    """Two streams; `spoiled` when bytes of it were lost, so that it can only be reset."""

    def __init__(self, agent, exchange, frames_left):
        self.streams, self.spoiled, self.frames_left = {UP: (agent[0], exchange[1]), DOWN: (exchange[0], agent[1])}, False, frames_left
        self.writers = (agent[1], exchange[1])

    def reset(self):
        for writer in self.writers:
            reset(writer)


def reset(writer):
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Door:
    """One agent's way to the exchange. Lives in the loop of its Proxies."""

    def __init__(self, port, target, rng):
        self.port, self.target, self.rng = port, target, rng
        self.server, self.open, self.tasks = None, set(), set()
        self.fault, self.armed, self.healed = None, None, asyncio.Event()
        self.struck, self.passed, self.cut_amid = threading.Event(), 0, 0  # frames passed, connections cut amid one, since it was struck

    async def listen(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def accept(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        if self.fault and self.fault.mode == "reset":
            return reset(writer)
        try:
            exchange = await asyncio.open_connection(*self.target)
        except OSError:
            return reset(writer)
        c = Connection((reader, writer), exchange, self.rng.randrange(1, MID_FRAMES))
        self.open.add(c)
        try:
            await asyncio.gather(*(self.pump(c, way) for way in BOTH))
        finally:
            self.open.discard(c)
            for w in c.writers:
                w.close()

    async def pump(self, c, way):
        reader, writer = c.streams[way]
        frames = Frames()
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                for piece, ends in frames.pieces(data):
                    await self.carry(c, way, piece, ends, writer)
                    self.count(ends)
        while self.stopped(way):  # neither does an end get through; of a connection that is spoiled heal() makes one
            await self.healed.wait()
        if reader.exception() or c.spoiled:
            c.reset()
        else:
            writer.close()

    def stopped(self, way):
        return self.fault is not None and self.fault.mode in ("swallow", "hold") and way in self.fault.ways

    async def carry(self, c, way, piece, ends, writer):
        while self.stopped(way) and self.fault.mode == "hold":
            await self.healed.wait()
        mode = self.fault.mode if self.fault and way in self.fault.ways else None
        if mode == "swallow":
            c.spoiled = True
        elif mode == "bytes":
            for i in range(len(piece)):
                await self.write(writer, piece[i:i + 1])
                await asyncio.sleep(0)
        elif mode == "mid" and ends and c.frames_left <= 1:
            await self.write(writer, piece[:len(piece) // 2])
            self.cut_amid += 1
            c.reset()
            raise ConnectionResetError
        else:
            if mode == "delay":
                await asyncio.sleep(self.rng.uniform(0, DELAY_S))
            await self.write(writer, piece)
        c.frames_left -= ends

    @staticmethod
    async def write(writer, data):
        writer.write(data)
        await writer.drain()

    def count(self, ends):
        self.passed += ends
        if self.armed and self.passed >= self.armed[1]:
            self.strike(self.armed[0])

    # ---- from outside, in the loop ----

    async def arm(self, fault, after):
        """The fault begins when so many frames have passed, both ways taken together."""
        self.struck.clear()
        self.passed, self.armed = 0, (fault, after)
        self.count(False)

    def strike(self, fault):
        self.fault, self.armed, self.passed, self.cut_amid = fault, None, 0, 0
        self.healed.clear()
        if fault.mode in ("reset", "refuse"):
            if fault.mode == "refuse":
                self.server.close()
            for c in list(self.open):
                c.reset()
        if fault.mode == "mid":
            for c in self.open:
                c.frames_left = self.rng.randrange(1, MID_FRAMES)
        self.struck.set()

    async def heal(self):
        fault, self.fault, self.armed = self.fault, None, None
        self.healed.set()
        for c in [c for c in self.open if c.spoiled]:
            c.reset()
        if fault and fault.mode == "refuse":
            await self.listen()

    async def close(self):
        await self.heal()
        self.server.close()
        for c in list(self.open):
            c.reset()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Proxies(threading.Thread):
    """The doors of a city's agents, in a thread of their own. `ports`: a free port for each name that nobody else will take."""

    cut_kinds = [Fault("swallow"), Fault("mid"), Fault("hold", (UP,)), Fault("bytes"), Fault("reset"), Fault("swallow", (DOWN,)),
                 Fault("refuse"), Fault("hold"), Fault("delay"), Fault("swallow", (UP,)), Fault("hold", (DOWN,))]

    def __init__(self, target, ports, rng):
        super().__init__(daemon=True)
        host, port = target[6:].rsplit(":", 1)
        self.loop = asyncio.new_event_loop()
        self.start()
        self.doors = {n: Door(p, (host, int(port)), rng) for n, p in ports.items()}
        for door in self.doors.values():
            self.ask(door.listen())

    def run(self):
        self.loop.run_forever()

    def ask(self, what):
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(60)

    def endpoint(self, name):
        return "tcp://127.0.0.1:%d" % self.doors[name].port

    def arm(self, name, fault, after):
        self.ask(self.doors[name].arm(fault, after))

    def is_struck(self, name):
        return self.doors[name].struck.is_set()

    def is_tried(self, name):
        """Of a fault that lets something through: there was enough to see what it does."""
        door = self.doors[name]
        return door.cut_amid >= 3 if door.fault.mode == "mid" else door.passed >= 3

    def heal(self, name):
        self.ask(self.doors[name].heal())

    def close(self):
        for door in self.doors.values():
            self.ask(door.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(60)
        self.loop.close()
