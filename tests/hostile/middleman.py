"""Who stands between an agent and the exchange. A `Wire` is on the cable and holds no key: it sees, keeps, delays, cuts and repeats
bytes. A `Front` is the exchange's own machine in the wrong hands: it holds the exchange's keys, so that the agent takes it for the
exchange, and the agency's transport key, so that the exchange takes it for the agent; every hop frame passes through a function."""
import os
import random
import socket
import threading
import time

import nacl.bindings as nb
import nacl.signing
import room
import zmq
from xj_wire import D, pack, read_keys, unpack
from zmq.utils import z85

UP, DOWN = "up", "down"  # from the agent, from the exchange


class Front(threading.Thread):
    """`judge(way, frame)`: the frames (bytes) that go on in this one's stead, each alone or with seconds to hold it back. It runs in
    the front's thread. The agent `name` of the lab is restarted to talk to it, and again when it ends."""

    def __init__(self, lab, name, judge, started=True, **how):
        """`started`: the agent runs and is to be restarted; else its caller starts it."""
        super().__init__(daemon=True)
        self.lab, self.name, self.judge, self.started, self.how = lab, name, judge, started, how
        self.over, self.fault, self.context = threading.Event(), None, zmq.Context()
        exchange = read_keys(os.path.join(lab.data("exchange"), "secret.keys"))
        self.exchange_sign = nacl.signing.SigningKey(exchange["sign_seed"])
        agency = read_keys(os.path.join(lab.data(name), "secret.keys"))
        self.router, self.dealer = self.context.socket(zmq.ROUTER), self.context.socket(zmq.DEALER)
        for s in (self.router, self.dealer):
            s.linger, s.rcvhwm, s.sndhwm = 0, 10000, 10000
        self.router.curve_server, self.router.curve_secretkey = True, z85.encode(exchange["transport_secret"])
        self.dealer.curve_serverkey = z85.encode(nb.crypto_scalarmult_base(exchange["transport_secret"]))
        self.dealer.curve_secretkey = z85.encode(agency["transport_secret"])
        self.dealer.curve_publickey = z85.encode(nb.crypto_scalarmult_base(agency["transport_secret"]))
        self.port = self.router.bind_to_random_port("tcp://127.0.0.1")
        self.client, self.held, self.injected = None, [], []
        self.lock = threading.Lock()

    def __enter__(self):
        self.real = room.endpoint_of(self.lab)
        self.dealer.connect(self.real)
        self.start()
        if self.started:
            self.lab.halt(self.name)
        self.lab.set_endpoint(self.name, "tcp://127.0.0.1:%d" % self.port)
        if self.started:
            self.lab.launch_with(self.name, **self.how)
        return self

    def __exit__(self, kind, *_):
        if self.lab.children[self.name].poll() is None:
            self.lab.halt(self.name)
        self.over.set()
        self.join(20)
        for s in (self.router, self.dealer):
            s.close()
        self.context.term()
        self.lab.set_endpoint(self.name, self.real)
        if kind is None:
            assert self.fault is None, self.fault
        self.lab.restart(self.name)

    def inject(self, way, frame):
        """A frame of our own making."""
        with self.lock:
            self.injected.append((0, way, frame))

    def bomb(self, parts):
        """Sends the agent one message of so many parts."""
        with self.lock:
            self.injected.append((0, DOWN, parts))

    def pass_on(self, way, frame):
        if way == UP:
            self.dealer.send(frame)
        elif self.client is not None:
            parts = frame if isinstance(frame, list) else [frame]
            self.router.send_multipart([self.client, *parts], copy=len(parts) == 1)

    def take(self, way, frame):
        for out in self.judge(way, frame):
            out, wait_s = out if isinstance(out, tuple) else (out, 0)
            if wait_s:
                self.held.append((time.monotonic() + wait_s, way, out))
            else:
                self.pass_on(way, out)

    def run(self):
        try:
            while not self.over.is_set():
                poller = zmq.Poller()
                poller.register(self.router, zmq.POLLIN)
                poller.register(self.dealer, zmq.POLLIN)
                ready = dict(poller.poll(5))
                if self.router in ready:
                    self.client, frame = self.router.recv_multipart()
                    self.take(UP, frame)
                if self.dealer in ready:
                    self.take(DOWN, self.dealer.recv())
                with self.lock:
                    due, self.injected = self.injected, []
                due += [h for h in self.held if h[0] <= time.monotonic()]
                self.held = [h for h in self.held if h[0] > time.monotonic()]
                for _, way, frame in due:
                    self.pass_on(way, frame)
        except Exception as e:  # told at the end
            self.fault = e


def kind_of(frame):
    return unpack(frame)[0]


class Wire(threading.Thread):
    """`judge(way, data, n)`: what goes on of the bytes that came, n being the connection's number; None cuts the connection."""

    def __init__(self, target, judge):
        super().__init__(daemon=True)
        self.judge, self.over = judge, threading.Event()
        host, port = target[6:].rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "tcp://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.count, self.pumps, self.open = 0, [], []

    def __enter__(self):
        self.start()
        return self

    def run(self):
        self.listener.settimeout(0.05)
        while not self.over.is_set():
            try:
                inner, _ = self.listener.accept()
            except TimeoutError:
                continue
            outer = socket.create_connection(self.target)
            self.count += 1
            self.open += [inner, outer]
            for way, a, b in ((UP, inner, outer), (DOWN, outer, inner)):
                pump = threading.Thread(target=self.pump, args=(way, a, b, self.count), daemon=True)
                pump.start()
                self.pumps.append(pump)

    def pump(self, way, a, b, n):
        try:
            while True:
                data = a.recv(65536)
                out = self.judge(way, data, n) if data else None
                if out is None:
                    break
                b.sendall(out)
        except OSError:
            pass  # the other way was cut
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __exit__(self, *_):
        self.over.set()
        self.join(10)
        for s in self.open:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for pump in self.pumps:
            pump.join(10)
        for s in self.open + [self.listener]:
            s.close()


def unfaithful(seed, drop=0.15, double=0.15, hold=0.25, hold_s=0.6, never=()):
    """A judge that drops, doubles and holds back (and so reorders) by a seed; frames of the kinds `never` pass."""
    rng, counts = random.Random(seed), {"dropped": 0, "doubled": 0, "held": 0}

    def judge(way, frame):
        if kind_of(frame) in never:
            return [frame]
        out = [] if rng.random() < drop else [frame, frame] if rng.random() < double else [frame]
        held = [(f, rng.uniform(0.05, hold_s)) if rng.random() < hold else f for f in out]
        counts["dropped"] += not out
        counts["doubled"] += len(out) == 2
        counts["held"] += sum(isinstance(f, tuple) for f in held)
        return held

    judge.counts = counts
    return judge


def signed_by(key, context, statement):
    return [0, key.sign(D(context, statement)).signature]


def altered(frame, change):
    """A frame whose fields behind the four were changed by a function."""
    fields = unpack(frame)
    change(fields)
    return pack(fields)
