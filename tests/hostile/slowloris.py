"""Threat: very many connections that say nothing, or a byte now and then, until the exchange has no descriptor left; idle connections
to an agency's API.
Outcome: a connection that has not said who it is within three seconds is closed, so descriptors come back by themselves; connected
agencies do not notice; an agency that comes while all are taken is let in as they come back. `run big`: 20,000 connections; honest
p99 below 100 ms."""
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time

import room
from room import Honest, descriptors, until

LIMIT = 200
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0")


class Sloths(threading.Thread):
    """Keeps `count` connections that never get past the door: silent, half a greeting, or a byte now and then. What the exchange
    closes is opened again until it is over."""

    def __init__(self, endpoint, count):
        super().__init__(daemon=True)
        host, port = endpoint[6:].rsplit(":", 1)
        self.address, self.count, self.over = (host, int(port)), count, threading.Event()
        self.made, self.most, self.sockets = 0, 0, []

    def __enter__(self):
        self.start()
        return self

    def open(self):
        s = socket.socket()
        s.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            s.connect(self.address)
        self.made += 1
        return s

    def poke(self, i, s):
        """False when the exchange has closed it."""
        try:
            if i % 3:
                s.send(GREETING[i % len(GREETING):][:1] if i % 3 == 1 else GREETING[:11])
            return s.recv(64) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def run(self):
        while not self.over.is_set():
            kept = []
            for i, s in enumerate(self.sockets):
                if self.poke(i, s):
                    kept.append(s)
                else:
                    s.close()
            self.sockets = kept
            self.most = max(self.most, len(kept))
            with contextlib.suppress(OSError):  # no port or descriptor of ours left for the moment
                while len(self.sockets) < self.count:
                    self.sockets.append(self.open())
            self.over.wait(0.2)

    def __exit__(self, *_):
        self.over.set()
        self.join(30)
        for s in self.sockets:
            s.close()


def silent_connections_take_no_descriptor_for_long_and_nobody_else_s_place(build):
    lab = room.Lab(build)
    lab.halt("exchange")
    lab.restart("exchange", limits=(("nofile", LIMIT),))
    until("they are ready", lambda: all(lab.state(n) == "ready" for n in lab.names))
    pid = room.pid_of(lab, "exchange")
    before = descriptors(pid)
    endpoint = room.endpoint_of(lab)
    with Sloths(endpoint, LIMIT + LIMIT // 2) as sloths, Honest(lab) as honest:
        until("all descriptors are taken", lambda: descriptors(pid) >= LIMIT - 8, 20)
        lab.halt("police")
        started = time.monotonic()
        lab.launch("police")
        until("a newcomer is let in", lambda: lab.state("police") == "ready", 60)
        waited = time.monotonic() - started
    assert sloths.made > LIMIT + LIMIT // 2 + 20, "nothing was closed"
    until("descriptors come back", lambda: descriptors(pid) <= before + 4, 20)
    lab.rest()
    lab.shown_once(honest.answers)
    print("    newcomer after %.1f s; honest acts %s" % (waited, honest.line()))
    lab.close_and_verify()
    lab.close()


def idle_connections_to_the_api_end_and_people_are_served(build):
    lab = room.lab(build)
    path = os.path.join(lab.data("bureau"), "agent.sock")
    idle = []
    try:
        for i in range(60):  # of the 64 that are allowed
            s = socket.socket(socket.AF_UNIX)
            s.connect(path)
            s.send(b"POST /api/acts HTTP/1.1\r\nContent-Length: 100000\r\n"[:i])
            idle.append(s)
        lab.note()
    finally:
        for s in idle:
            s.close()
    lab.note()


def big(build):
    """20,000 connections at once from two processes, against an exchange with as many descriptors as this machine gives. What it
    closes is opened again until each of them has been opened three times over."""
    lab = room.Lab(build)
    lab.rest()
    pid, endpoint = room.pid_of(lab, "exchange"), room.endpoint_of(lab)
    rss, fds = room.rss_kib(pid), descriptors(pid)
    program = ("import sys\nsys.path.insert(0, %r)\nimport slowloris\nwith slowloris.Sloths(%r, 10000) as s:\n"
               "    slowloris.until('all were opened again', lambda: s.made >= 30000, 600)\n    print(s.made, s.most, flush=True)\n"
               "    sys.stdin.read()\n" % (room.HERE, endpoint))
    crowd = [subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    open_at_once = []
    with Honest(lab) as honest:
        def look():
            open_at_once.append(descriptors(pid))
            return honest.over.is_set()

        watch = threading.Thread(target=until, args=("the crowd has come", look, 900))
        watch.start()
        said = [c.stdout.readline().split() for c in crowd]
    watch.join()
    for c in crowd:
        c.communicate()
    until("descriptors come back", lambda: descriptors(pid) <= fds + 8, 60)
    lab.rest(60)
    lab.shown_once(honest.answers)
    made, most = (sum(map(int, x)) for x in zip(*said))
    print("slowloris: %d connections made, at most %d at once, %d descriptors of the exchange at once (before %d, after %d); "
          "RSS %d -> peak %d -> %d KiB; honest acts %s" % (
              made, most, max(open_at_once), fds, descriptors(pid), rss, room.peak_kib(pid), room.rss_kib(pid), honest.line()), flush=True)
    room.at_most(honest.percentile(0.99), 100, "ms for an honest act, p99")
    room.at_most(room.peak_kib(pid) - rss, 256 * 1024, "KiB that the exchange grew by")
    lab.close_and_verify()
    lab.close()


if __name__ == "__main__":
    room.main(globals())
