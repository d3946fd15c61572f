"""Threat: an agency with keys chooses the ZeroMQ routing id of its connection: another agency's name, another connection's id, one
that the exchange may give to the next, one that is too long.
Outcome: a routing id means nothing: who speaks is what ZAP found out. A second connection under an id in use is not served and takes
nothing over; the first goes on. Mail goes to the connection that said HELLO with the agency's own key, and to nobody else."""
import os

import room
from room import expect, honest_case, world
from stranger import Trial
from xianjie_peer import HEARTBEAT
from xj_wire import pack


class Squatter:
    """A second connection of a peer, under a routing id of its choice; the peer's own is put back in the end."""

    def __init__(self, peer, ident):
        self.peer, self.ident = peer, ident

    def __enter__(self):
        self.old = self.peer.socket
        self.peer.connect(self.ident)
        return self.peer.socket

    def __exit__(self, *_):
        self.peer.socket.close()
        self.peer.socket = self.old


def talk(peer, socket, wait_ms=300):
    """What the exchange says to a heartbeat on this socket; None: nothing."""
    socket.send(pack([HEARTBEAT, 1, peer.epoch, 1]))
    return room.unpack(socket.recv()) if socket.poll(wait_ms) else None


def an_id_in_use_takes_nothing_over(build):
    w = world(build)
    with Trial(w, w.e), Trial(w, w.p):
        with Squatter(w.e, b"chosen") as first:
            assert talk(w.e, first, 10000)[4] == "hello"  # served, a connection that has not said HELLO yet
            with Squatter(w.p, b"chosen") as second:
                assert talk(w.p, second) is None  # not served
                assert talk(w.e, first, 10000)[4] == "hello"
        w.good(w.e)
        w.good(w.p)


def the_name_of_an_agency_as_an_id_gets_none_of_its_mail(build):
    w = world(build)
    with Squatter(w.p, w.id("bureau").encode()) as squatter:
        assert talk(w.p, squatter, 10000)[4] == "hello"
        honest_case(w.city)
        w.settle()
        assert not squatter.poll(0), "mail of another agency"
    with Squatter(w.p, w.id("court").encode()):  # and with HELLO it is still what its key says; an id that no closing connection holds
        w.p.hello()
        w.p.sync()
        assert all(m[1][9] != w.p.agency for m in w.p.inbox)
        w.good(w.p)
    w.p.reconnect()
    w.p.hello()
    w.p.notices = []
    w.settle()


def ids_that_the_exchange_may_give_and_ids_that_are_too_long_disturb_nobody(build):
    w = world(build)
    expect("malformed", w.e.agency)
    with Trial(w, w.e):
        with Squatter(w.e, b"\0" + os.urandom(4)) as one, Squatter(w.e, b"\0\0\0\0\1") as two:
            assert talk(w.e, one, 10000)[4] == "hello" and talk(w.e, two, 10000)[4] == "hello"
        with Squatter(w.e, b"i" * 64) as longest:
            assert talk(w.e, longest, 10000)[4] == "hello"
        for n in (65, 255):
            with Squatter(w.e, b"i" * n) as too_long:
                assert talk(w.e, too_long) is None
        w.good(w.e)


if __name__ == "__main__":
    room.main(globals())
