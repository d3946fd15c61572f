"""Threat: an agency with keys sends more than any limit of 01-encoding 4 allows: lists, headers, bodies, papers, messages, frames.
Outcome: what can be read is refused (`oversize`, naming what) or not staged (NOTICE `oversize`); a frame over 2 MiB ends the
connection that sent it and nothing else; the largest that is allowed goes through; the next good act has the next number."""
import base64
import os
import re

import room
import zmq
from city import City
from room import world
from stranger import Trial, note
from xianjie_peer import HEARTBEAT, NOTICE, PAPER_PUT
from xj_wire import D, pack, size_class
from zmq.utils.monitor import recv_monitor_message

B = b"\1" * 16


def lists_over_their_limit_are_oversize(build):
    w = world(build)
    many = {
        7: [["t%02d" % i, w.e.agency] for i in range(17)],
        8: [[bytes([i + 1]) * 16, "receipt"] for i in range(17)],
        11: [["370800-x%02d" % i, "copy"] for i in range(33)],
        12: ["370800-x%02d" % i for i in range(17)],
        13: [[bytes([i]) * 8, None] for i in range(65)],
        16: [["other", bytes([i]) * 32, 512] for i in range(65)],
        17: [bytes([i + 1]) * 16 for i in range(33)],
        18: [["continues", bytes([i + 1]) * 16] for i in range(33)],
    }
    with Trial(w, w.e) as t:
        for i, value in many.items():
            st = t.refuse(note(w, w.e, **{"f%d" % i: value}), "oversize", good=False)
            assert str(i) in re.findall(r"\d+", st[7]), "detail %r does not name field %d" % (st[7], i)
        w.good(w.e)
        for i in (13, 17):  # one less is within the limit
            digest = w.e.submit(note(w, w.e, **{"f%d" % i: many[i][:-1]}))
            assert w.e.answer(digest)[0] == 1, (i, w.e.answers[digest])
            w.goods += 1


def a_header_of_too_many_values_is_oversize(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, f17=[B] + [0] * 2050), "oversize", "header")


def a_header_over_its_limit_is_oversize(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, f6="a" * 17000), "oversize")


def keys_over_their_limit_are_oversize(build):
    w = world(build)
    with Trial(w, w.e) as t:
        built, keys = note(w, w.e), bytes(64 * 1024 + 1)
        built[0][21] = D("xianjie/1 keys", keys)
        t.refuse((built[0], built[1], keys, []), "oversize", "keys")


def a_body_over_its_limit_is_oversize(build):
    w = world(build)
    with Trial(w, w.e) as t:
        for n in (size_class(192 * 1024) + 17, 384 * 1024 + 16):
            built, body = note(w, w.e), bytes(n)
            built[0][19] = D("xianjie/1 body", body)
            t.refuse((built[0], body, *built[2:]), "oversize", "body")


def a_message_over_its_limit_is_oversize(build):
    w = world(build)
    with Trial(w, w.e) as t:
        built, body = note(w, w.e), bytes(512 * 1024 + 16)
        built[0][19] = D("xianjie/1 body", body)
        t.refuse((built[0], body, *built[2:]), "oversize")


def full_body(n):
    """A body of exactly n bytes of plaintext, from strings of at most 64 KiB."""
    body = {"drafted_by": "甲", "approved_by": "乙", "note": "记" * 21845, "facts": "f" * 65535, "reasons": "r" * 60000}
    body["reasons"] = "r" * (n - len(pack(body)) + 60000)
    assert len(pack(body)) == n and len(body["reasons"]) < 65536
    return body


def a_body_and_a_paper_of_the_largest_size_are_taken(build):
    w = world(build)
    with Trial(w, w.e) as t:
        digest = w.e.submit(note(w, w.e, body=full_body(192 * 1024)))
        which, _, st = w.e.answer(digest)
        assert which == 1, "a body of 192 KiB: %s" % st[6:8]
        w.goods += 1
    with Trial(w, w.e) as t:
        digest = w.e.submit(note(w, w.e, papers=[("other", os.urandom(1024 * 1024))]), consume=False)
        t.notice(None)
        assert w.e.answer(digest)[0] == 1
        w.e.count(digest)
        w.goods += 1


def a_paper_over_its_limit_is_not_staged(build):
    w = world(build)
    with Trial(w, w.e) as t:
        data = bytes(size_class(1024 * 1024) + 17)
        digest = D("xianjie/1 paper", data)
        w.e.send(PAPER_PUT, digest, data)
        assert t.notice("oversize")[2] == [digest]
        built = note(w, w.e, f16=[["other", digest, 512]])
        w.e.submit(built, consume=False)
        assert t.notice("need")[2] == [digest]
        w.good(w.e)


def a_frame_over_its_limit_ends_the_connection_and_nothing_else(build):
    w = world(build)
    with Trial(w, w.e):
        monitor = w.e.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        w.e.socket.send(w.e.frame(PAPER_PUT, bytes(32), bytes(2 * 1024 * 1024)))
        assert monitor.poll(10000) and recv_monitor_message(monitor)["event"] == zmq.EVENT_DISCONNECTED
        w.e.socket.disable_monitor()
        w.e.reconnect()
        w.e.send(HEARTBEAT)
        w.e.wait_for(NOTICE)
        assert w.e.notices.pop()[0] == "hello"  # another connection, which has not said it
        assert w.e.hello()[8] == w.e.number
        w.good(w.e)


def paper_of(n):
    return [{"kind": "other", "name": "录像.bin", "media_type": "application/octet-stream",
             "content_base64": base64.b64encode(os.urandom(n)).decode()}]


def an_agent_sends_the_largest_body_and_the_largest_papers_and_goes_on(build):
    city = City(build, names=("justice", "bureau"))
    try:
        city.start()
        for fields in ({"papers": paper_of(1024 * 1024 - 16)}, {"papers": paper_of(1024 * 1024)}, {"body": full_body(192 * 1024)}):
            for more in (fields, {}):
                request = {"act": "disposal_note", "wait_ms": 10000, "body": {"title": "大件", "drafted_by": "甲", "approved_by": "乙"}}
                status, j = city.call("bureau", "POST", "/api/acts", {**request, **more})
                assert (status, j.get("status")) == (200, "admitted"), (list(fields), status, j)
    finally:
        city.close()


if __name__ == "__main__":
    room.main(globals())
