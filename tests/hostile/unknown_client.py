"""Threat: somebody without a key that the register knows knocks at the exchange; the door is left open by a library's option.
Outcome: the handshake ends there: with a random key, the key of a revoked agency, without CURVE, with garbage, towards another
exchange's key. No frame without an authenticated identity reaches the core (I13): the journal tells of none. An exchange whose
door does not hold refuses to start, whichever of the three ways ZAP fails open (option not kept, no handler, not enforced)."""
import os
import re
import socket
import subprocess

import nacl.bindings as nb
import room
import zmq
from city import City
from room import world
from stranger import Trial
from xianjie_peer import HEARTBEAT
from xj_wire import pack
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH
ENDS = (zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL |
        zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_DISCONNECTED)


def knock(peer, configure):
    """How the handshake of a new socket ends, which then is closed. It has sent a frame meanwhile."""
    s = peer.context.socket(zmq.DEALER)
    s.linger = 0
    configure(s)
    monitor = s.get_monitor_socket(ENDS)
    s.connect(peer.endpoint)
    s.send(pack([HEARTBEAT, 1, peer.epoch, 1]), zmq.NOBLOCK)
    event = recv_monitor_message(monitor)["event"] if monitor.poll(10000) else None
    s.disable_monitor()
    s.close()
    return event


def curve(s, secret, server):
    s.curve_secretkey, s.curve_publickey = z85.encode(secret), z85.encode(nb.crypto_scalarmult_base(secret))
    s.curve_serverkey = z85.encode(server)


def a_connection_with_an_unknown_key_is_refused_at_the_door(build):
    w = world(build)
    with Trial(w, w.e):
        for _ in range(5):
            assert knock(w.e, lambda s: curve(s, os.urandom(32), w.e.server)) == REFUSED
        w.good(w.e)


def a_client_that_believes_another_exchange_gets_nowhere(build):
    w = world(build)
    other = nb.crypto_scalarmult_base(os.urandom(32))
    with Trial(w, w.e):
        assert knock(w.e, lambda s: curve(s, w.e.transport, other)) != zmq.EVENT_HANDSHAKE_SUCCEEDED
        w.good(w.e)


def other_mechanisms_are_not_spoken(build):
    w = world(build)

    def plain(s):
        s.plain_username, s.plain_password = w.e.agency.encode(), b"secret"

    with Trial(w, w.e):
        assert knock(w.e, plain) != zmq.EVENT_HANDSHAKE_SUCCEEDED
        assert knock(w.e, lambda s: None) != zmq.EVENT_HANDSHAKE_SUCCEEDED
        w.good(w.e)


def garbage_on_the_wire_is_cut_off(build):
    w = world(build)
    host, port = w.e.endpoint[6:].rsplit(":", 1)
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00"
    with Trial(w, w.e):
        for sent in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20, os.urandom(4096), greeting + b"NULL".ljust(20, b"\0") + bytes(32),
                     greeting + b"CURVE".ljust(20, b"\0") + bytes(32) + b"\x04\xff" + os.urandom(255), b"\x16\x03\x01" + os.urandom(500)):
            with socket.create_connection((host, int(port)), 10) as s:
                s.sendall(sent)
                s.settimeout(10)
                try:
                    while s.recv(4096):
                        pass
                except ConnectionResetError:
                    pass  # that is one way of being cut off
        w.good(w.e)


def the_key_of_a_revoked_agency_opens_the_door_no_more(build):
    w = world(build)
    mine = lambda s: curve(s, w.p.transport, w.p.server)
    with Trial(w, w.e):
        assert knock(w.p, mine) == zmq.EVENT_HANDSHAKE_SUCCEEDED
        w.registrar("status", w.p.agency, "revoked", "--reason", "试验")
        try:
            assert knock(w.p, mine) == REFUSED
        finally:
            w.registrar("status", w.p.agency, "active")
        assert knock(w.p, mine) == zmq.EVENT_HANDSHAKE_SUCCEEDED
        w.good(w.e)


# ---- the door itself ----
def an_exchange_whose_door_does_not_hold_refuses_to_start(build):
    if room.SANITIZED:
        return
    city = City(build, names=("justice",))
    try:
        shim = room.preload("open_door.c", city.base)

        def start(way):
            env = dict(os.environ, LD_PRELOAD=shim, XJ_OPEN_DOOR=way)
            argv = [os.path.join(city.bin, "xianjie-broker"), "--config", os.path.join(city.data("exchange"), "broker.conf")]
            ran = subprocess.run(["timeout", "20", *argv], capture_output=True, text=True, env=env)
            assert ran.returncode == 1, "%s: it started (%d)\n%s" % (way, ran.returncode, ran.stderr)
            assert "exchange open" not in ran.stderr, ran.stderr
            return ran.stderr

        for way in ("domain-lost", "enforce-lost", "curve-lost"):  # the library takes the option and forgets it
            assert re.search("security option", start(way)), way
        for way in ("no-handler", "domain-lie", "curve-lie"):  # it even says that it holds
            assert re.search("self-test|cannot listen", start(way)), way
        assert not os.path.exists(os.path.join(city.data("exchange"), "endpoint")), "an address was published"
    finally:
        city.close()


if __name__ == "__main__":
    room.main(globals())
