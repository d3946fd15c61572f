"""Threat: an agency with keys floods the exchange: frames that cannot be read, requests that bring large answers it never reads, large
frames over several connections; a stranger floods the door with handshakes.
Outcome: the exchange's memory does not grow with what is sent, nor with what is not read; the journal tells of the flood once a minute
and not once a frame; honest acts go on, and nothing is lost or doubled. `run big`: 1,000,000 bad frames, honest p99 below 100 ms;
20,000 requests that bring 1 MiB each, below 500."""
import os
import threading
import time

import room
import zmq
from room import Honest, until
from xianjie_peer import HEARTBEAT, NOTICE, PAPER_GET, PAPER_PUT, REGISTER_GET
from xj_wire import pack, read_keys
from zmq.utils import z85

BAD = [b"\xc1" * 40, bytes(range(256)), pack({}), pack([]), b"\xdd\xff\xff\xff\xff", pack([19, 1, 1, 1]), pack([HEARTBEAT, 2, 1, 1]), b"\x91" * 60]

FLAT_MIB = 8  # what honest acts meanwhile leave in caches


def send_all(socket, frames, count, over=None):
    """Sends until count frames are out; waits where the exchange does not read."""
    sent = 0
    while sent < count and not (over and over.is_set()):
        try:
            socket.send(frames[sent % len(frames)], zmq.NOBLOCK)
            sent += 1
        except zmq.Again:
            socket.poll(50, zmq.POLLOUT)
    return sent


def drain(socket):
    n = 0
    while socket.poll(0):
        socket.recv()
        n += 1
    return n


class Figures:
    """Memory of the exchange and honest acts while something goes on."""

    def __init__(self, lab, pause_s=0.0):
        self.pid, self.honest = room.pid_of(lab, "exchange"), Honest(lab, pause_s)

    def __enter__(self):
        self.before, self.started = room.rss_kib(self.pid), time.monotonic()
        self.honest.__enter__()
        return self

    def __exit__(self, *why):
        self.honest.__exit__(*why)
        self.took = time.monotonic() - self.started

    def line(self):
        h = self.honest
        return "%.1f s; exchange RSS %d -> peak %d -> %d KiB, %d descriptors; honest acts %s" % (
            self.took, self.before, room.peak_kib(self.pid), room.rss_kib(self.pid), room.descriptors(self.pid), h.line())

    def bounded(self, mib, p99_ms=None):
        """p99_ms: only in large volumes, where nothing else is at work; a test must not depend on how fast the machine is."""
        room.at_most((room.peak_kib(self.pid) - self.before) / 1024, mib, "MiB that the exchange grew by")
        if p99_ms:
            room.at_most(self.honest.percentile(0.99), p99_ms, "ms for an honest act, p99")

    def begin_flat(self):
        self.warm = room.rss_kib(self.pid)

    def flat(self, mib):
        """What came after begin_flat() made the exchange no larger."""
        room.at_most((room.rss_kib(self.pid) - self.warm) / 1024, mib, "MiB that the exchange grew by once it was warm")


def bad_frames(lab, count):
    peer = lab.guest()
    with Figures(lab) as f:
        for part in (count // 4, count - count // 4):
            while part:
                part -= send_all(peer.socket, BAD, min(part, 500))
                drain(peer.socket)
            peer.sync(600)  # until the last of them was looked at
            if not hasattr(f, "warm"):
                f.begin_flat()
    peer.close()
    return f


def bad_frames_cost_nothing_but_the_time_to_drop_them(build):
    lab = room.GuestLab(build)
    f = bad_frames(lab, 20000)
    print("    20,000 bad frames:", f.line())
    lab.rest()
    lab.shown_once(f.honest.answers)
    f.bounded(48)
    f.flat(FLAT_MIB)
    lab.close_and_verify()
    told = [t for c, t in room.incidents_of(lab.store("exchange")) if c == "malformed" and t.startswith("370800-guest:")]
    assert 1 <= len(told) <= 2, told
    lab.close()


def costly(lab, connections, requests, read):
    """Asks for papers and the register, over one connection after the other; reads the answers, or never."""
    peer = lab.guest()
    built = peer.build("disposal_note", [(lab.id("police"), "copy")], papers=[("other", os.urandom(1024 * 1024))])
    assert peer.answer(peer.submit(built))[0] == 1
    asked = [(PAPER_GET, built[3][0][0]), (REGISTER_GET, 1)]
    old = []
    with Figures(lab, 0.01) as f:
        for _ in range(connections):
            old.append(peer.socket)
            peer.connect()
            peer.nonce = os.urandom(16)
            peer.hello()
            frames = [peer.frame(*a) for a in asked]
            left = requests
            while left:
                left -= send_all(peer.socket, frames, min(left, 8))
                if read:
                    drain(peer.socket)
        if not read:  # over these it says nothing more that would be heard: what they still hold goes with them
            for socket in old:
                socket.close()
            peer.reconnect()
            peer.hello()
        peer.sync(600)
    for s in old:
        s.close()
    peer.close()
    return f


def answers_that_are_not_read_do_not_pile_up(build):
    lab = room.GuestLab(build)
    f = costly(lab, 6, 200, read=False)
    print("    %d MiB of answers asked for and not read:" % (6 * 100 * 3 / 2), f.line())
    lab.rest()
    lab.shown_once(f.honest.answers)
    f.bounded(256)
    lab.close_and_verify()
    lab.close()


def large_frames_over_several_connections_wait_where_they_come_from(build):
    lab = room.GuestLab(build)
    peer = lab.guest()
    sockets = []
    with Figures(lab, 0.01) as f:
        for _ in range(6):
            peer.connect()
            sockets.append(peer.socket)
        frame = peer.frame(PAPER_PUT, bytes(32), os.urandom(1536 * 1024))
        for i in range(120):
            send_all(sockets[i % 6], [frame], 1)
        peer.wait_for(NOTICE, 60)
    for s in sockets:
        s.close()
    peer.close()
    print("    180 MiB of papers that are none:", f.line())
    lab.rest()
    f.bounded(256)
    lab.close_and_verify()
    lab.close()


def a_crowd_at_the_door_keeps_nobody_out(build):
    lab = room.lab(build)
    endpoint, context, over = room.endpoint_of(lab), zmq.Context(), threading.Event()
    server = z85.encode(read_keys(os.path.join(lab.data("exchange"), "public.keys"))["transport"])

    def knock():
        while not over.is_set():
            s = context.socket(zmq.DEALER)
            s.linger, s.curve_serverkey = 0, server
            s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
            s.connect(endpoint)
            over.wait(0.02)
            s.close()

    crowd = [threading.Thread(target=knock, daemon=True) for _ in range(4)]
    with Figures(lab, 0.01) as f:
        for t in crowd:
            t.start()
        lab.halt("police")
        lab.restart("police")
        seen = len(f.honest.ms)
        until("honest acts go on in the crowd", lambda: len(f.honest.ms) > seen + 20)
        over.set()
        for t in crowd:
            t.join()
    context.term()
    print("    a crowd of strangers at the door:", f.line())
    f.bounded(64)
    lab.rest()


def big(build):
    lab = room.GuestLab(build)
    f = bad_frames(lab, 1000000)
    print("flood: 1,000,000 bad frames:", f.line(), flush=True)
    lab.rest()
    lab.shown_once(f.honest.answers)
    f.bounded(64, 100)
    f.flat(FLAT_MIB)
    lab.close_and_verify()
    lab.close()
    for read in (True, False):
        lab = room.GuestLab(build)
        f = costly(lab, 40, 500, read)
        print("flood: 20,000 requests for papers and register, answers %s:" % ("read" if read else "not read"), f.line(), flush=True)
        lab.rest()
        lab.shown_once(f.honest.answers)
        f.bounded(384, 500)
        lab.close_and_verify()
        lab.close()


if __name__ == "__main__":
    room.main(globals())
