"""What no sound machine sends, against running processes: everything over a limit, every field of a header wrong, poison among
good acts, frames that are none. The exchange says what is wrong with it, goes on, and nothing comes of it."""
import base64
import os
import re
import sys
import time
import uuid

import zmq
from zmq.utils.monitor import recv_monitor_message

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import City, main
from stranger import NOTICES, UNCONNECTED, Trial, check_the_end, note, tests_of, world
from xianjie_peer import ANSWER, DELIVER, FEED, FEED_GET, HEARTBEAT, HELLO, NOTICE, PAPER_PUT, PULSE, REGISTER_GET, \
    REGISTER_PUT, STORED, SUBMIT, WELCOME
from xj_wire import D, H, pack, size_class, unpack


# ---- limits ----
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


# ---- the form of a header ----
WRONG = {"nil": None, "true": True, "-1": -1, "0": 0, "7": 7, "empty str": "", "str": "Not a Name!", "long str": "a" * 49, "empty bin": b"",
         "16 zeroes": bytes(16), "15 bytes": b"x" * 15, "33 bytes": b"y" * 33, "[nil]": [None], "[[]]": [[]], "[7]": [7],
         "[[7, 7]]": [[7, 7]], "[str]": ["str"], "map": {"a": 1}, "[] in []": [[[[1]]]]}
VALID = {7: [], 8: [], 10: ["nil"], 11: [], 12: [], 13: [], 14: ["nil"], 16: [], 17: [], 18: [], 22: ["7", "0"], 23: []}
B, C = b"\1" * 16, b"\2" * 16  # ids in ascending order


def specific(w):
    """What each field's own rule forbids, though the types are right: {field: {what: value}}."""
    e, court, police = w.e.agency, w.id("court"), w.id("police")
    day = 86400000
    return {
        0: {"version 2": 2}, 1: {"suite 2": 2}, 2: {"17 bytes": bytes(16) + b"1"}, 3: {"17 bytes": bytes(16) + b"1"},
        4: {"capital": "Referral", "hyphen": "a-b"}, 6: {"space": "a b", "point": "a.b", "Chinese": "移送"},
        7: {"order": [["transfer", e], ["filing", e]], "twice": [["filing", e], ["filing", e]], "owner": [["filing", "court"]],
            "name": [["Filing", e]], "one": [["filing"]], "three": [["filing", e, 1]]},
        8: {"order": [[C, "receipt"], [B, "receipt"]], "twice": [[B, "receipt"], [B, "receipt"]], "nil id": [[bytes(16), "receipt"]],
            "short id": [[b"x", "receipt"]], "name": [[B, "Receipt"]], "three": [[B, "receipt", 1]]},
        9: {"no division": "court", "letters": "abcdef-court", "capital": "370800-Court", "too long": "370800-" + "a" * 42,
            "no name": "370800-"},
        10: {"live": UNCONNECTED, "itself": e, "no agency": "court"},
        11: {"itself": [[e, "copy"]], "twice": [[court, "copy"], [court, "notice"]], "role": [[court, "reader"]], "late principal":
             [[court, "copy"], [police, "principal"]], "no agency": [["court", "copy"]], "three": [[court, "copy", 1]]},
        12: {"itself": [e], "in to": [court], "order": ["370800-b", "370800-a"], "twice": ["370800-a", "370800-a"]},
        13: {"order": [[B[:8], None], [bytes(8), None]], "twice": [[B[:8], None]] * 2, "party and charge": [[B[:8], None], [B[:8], C[:8]]],
             "short": [[B[:7], None]], "nil": [[None, None]], "long charge": [[B[:8], C]]},
        14: {"backwards": [day, 0], "one": [0], "three": [0, 1, 2], "1899": [-2208988800000 - 2 * day, 0], "10000": [0, 253402300800000],
             "str": ["2026", "2027"]},
        15: {"capital": "LIVE", "other": "draft"},
        16: {"twice": [["other", B * 2, 512]] * 2, "class": [["other", B * 2, 513]], "class 256": [["other", B * 2, 256]],
             "class huge": [["other", B * 2, 2 ** 63]], "kind": [["Other", B * 2, 512]], "short": [["other", B, 512]], "two": [["other", B * 2]]},
        17: {"order": [C, B], "twice": [B, B], "zeroes": [bytes(16)]},
        18: {"order": [["voids", B], ["amends", B]], "twice": [["voids", B], ["voids", B]], "relation": [["undoes", B]],
             "zeroes": [["voids", bytes(16)]], "three": [["voids", B, 1]]},
        23: {"nil": None, "31 bytes": bytes(31)},
    }


def a_wrong_value_in_any_field_of_the_header_is_malformed_and_the_field_named(build):
    w = world(build)
    special, count = specific(w), 0
    with Trial(w, w.e) as t:
        for i in range(24):
            wrong = {k: v for k, v in WRONG.items() if k not in VALID.get(i, ())}
            wrong.update(special.get(i, {}))
            variants = []
            for what, value in wrong.items():
                built = note(w, w.e, number="next", previous="last")
                built[0][i] = value
                variants.append(("field %d, %s" % (i, what), built, "malformed", "field %d" % i))
            count += len(variants)
            t.refuse_all(variants)
        assert count > 24 * 15
        w.e.submit(note(w, w.e, number=0), consume=False)  # a number that can be read counts: it is one of the past
        t.notice("conflict", number=0)
        w.good(w.e)


def a_header_that_is_no_array_of_24_is_malformed(build):
    w = world(build)
    with Trial(w, w.e) as t:
        h = note(w, w.e)[0]
        for header in (b"", b"\xc0", pack({}), pack([]), pack(h[:23]), pack(h + [0]), pack(h) + b"\0", pack(h)[:-1], b"\xc1" * 40,
                       b"\xdd\xff\xff\xff\xff", b"\xdc\x00\x18" + b"".join(pack(x) for x in h[:4]), pack(dict(enumerate(h))),
                       b"\xdc\x00\x18\xcc\x01" + b"".join(pack(x) for x in h[1:]),  # 1, not in its shortest form
                       b"\xdc\x00\x18\xcb" + bytes(8) + b"".join(pack(x) for x in h[1:]),  # a float
                       b"\xdc\x00\x18" + b"".join(pack(x) for x in h[:6]) + b"\xa2\xff\xfe" +
                       b"".join(pack(x) for x in h[7:])):  # no UTF-8
            t.refuse(note(w, w.e), "malformed", "header", header=header)
        deep = b"\xdc\x00\x18" + b"".join(pack(x) for x in h[:-1]) + b"\x91" * 20 + b"\xc0"
        digest = w.e.submit(note(w, w.e), header=deep)
        st = w.e.answer(digest)[2]
        assert st[6] in ("malformed", "oversize"), st
        w.good(w.e)


# ---- poison among good acts ----
def poisons(w):
    return {"unknown act": {"f6": "no_such_act"}, "forged": {"sender": w.id("bureau")}, "malformed": {"f16": 7},
            "recipient": {"joint": ["370800-nobody"]}, "previous": {"previous": os.urandom(32)}, "oversize": {"f17": [B] * 33},
            "digest": {"f19": bytes(32)}, "no id": {"id": bytes(16)}}


def a_poison_between_good_acts_in_one_frame_blocks_nothing(build):
    w = world(build)
    with Trial(w, w.e) as t:
        for what, over in poisons(w).items():
            three = []
            for fields in ({}, over, {}):
                digest, message = w.e.enclose(note(w, w.e, **fields))
                w.e.count(digest)
                three.append((digest, message))
            w.e.send(SUBMIT, [m for _, m in three])
            good, poison, last = [w.e.answer(d, 10) for d, _ in three]
            assert [good[0], poison[0], last[0]] == [1, 2, 1], (what, good[2], poison[2], last[2])
            assert good[2][0] < poison[2][12] < last[2][0], what
            w.goods += 2
        t.notice(None)


def a_poison_between_good_acts_in_frames_of_their_own_blocks_nothing(build):
    w = world(build)
    with Trial(w, w.e) as t:
        for what, over in poisons(w).items():
            digests = [w.e.submit(note(w, w.e, **fields)) for fields in ({}, over, {})]
            kinds = [w.e.answer(d, 10)[0] for d in digests]
            assert kinds == [1, 2, 1], (what, kinds)
            w.goods += 2
        digests = [w.e.submit(note(w, w.e), header=header) for header in (None, b"\xc1\xc1\xc1", None)]
        assert [w.e.answer(d, 10)[0] for d in digests] == [1, 2, 1]
        w.goods += 2
        t.notice(None)


def a_poison_in_the_outbox_of_an_agent_blocks_nothing(build):
    w = world(build)
    city, before = w.city, w.picture()
    noted = {"title": "记事", "note": "甲"}
    asks = [("disposal_note", None, {"body": noted}),
            ("overdue_asked", str(uuid.uuid4()), {"principals": [w.id("police")]}),  # joins a case, but there is none to join
            ("disposal_note", None, {"body": noted})]
    queued = [city.act("procuratorate", act, case, wait_ms=0, **more) for act, case, more in asks]
    assert [status for status, _ in queued] == [200] * 3, queued
    numbers = [j["number"] for _, j in queued]
    assert numbers == [before["procuratorate"]["sent"] + i for i in (1, 2, 3)], numbers
    w.settle()
    shown = [city.call("procuratorate", "GET", "/api/acts/" + j["id"]) for _, j in queued]
    assert [s for s, _ in shown] == [200] * 3 and [j["status"] for _, j in shown] == ["admitted", "refused", "admitted"], shown
    refusal = shown[1][1]["refusal"]
    assert refusal["code"] == "may_not_act" and refusal["article"] == w.cites["overdue_asked"], refusal
    assert refusal["remedy_zh"] and refusal["remedy_en"] and refusal["text_zh"] and refusal["text_en"] and refusal["rule"], refusal
    outbox = city.call("procuratorate", "GET", "/api/outbox")[1]
    assert outbox["open"] == [] and [r["id"] for r in outbox["refused"]] == [queued[1][1]["id"]], outbox
    assert city.call("procuratorate", "GET", "/api/cases/" + asks[1][1])[0] == 404
    after = w.picture()
    for n in ("bureau", "police", "court", "justice"):
        assert after[n] == before[n], n
    for ident, case in before["procuratorate"]["cases"].items():
        assert after["procuratorate"]["cases"][ident] == case, ident
    w.agents_refused += 1


def large(build, **fields):
    """A note with these fields by an agency of a city of its own, and one more: how the two were answered."""
    city = City(build, names=("justice", "bureau"))
    try:
        city.start()
        answers = []
        for more in (fields, {}):
            request = {"act": "disposal_note", "wait_ms": 10000, "body": {"title": "大件", "drafted_by": "甲", "approved_by": "乙"}}
            status, j = city.call("bureau", "POST", "/api/acts", {**request, **more})
            answers.append((status, j.get("status"), j.get("refusal") or j.get("error")))
        return answers
    finally:
        city.close()


def paper_of(n):
    return [{"kind": "other", "name": "录像.bin", "media_type": "application/octet-stream",
             "content_base64": base64.b64encode(os.urandom(n)).decode()}]


def an_agent_that_sends_a_paper_of_nearly_the_largest_size_goes_on(build):
    answers = large(build, papers=paper_of(1024 * 1024 - 16))
    assert [a[:2] for a in answers] == [(200, "admitted")] * 2, answers


def an_agent_that_sends_a_paper_of_the_largest_size_goes_on(build):
    answers = large(build, papers=paper_of(1024 * 1024))
    assert [a[:2] for a in answers] == [(200, "admitted")] * 2, answers


def an_agent_that_sends_a_body_of_the_largest_size_goes_on(build):
    answers = large(build, body=full_body(192 * 1024))
    assert [a[:2] for a in answers] == [(200, "admitted")] * 2, answers


# ---- whole frames ----
def frames_that_cannot_be_read_are_told_and_the_exchange_goes_on(build):
    w = world(build)
    e = w.e
    with Trial(w, e) as t:
        submit = e.frame(SUBMIT, [e.enclose(note(w, e))[1]])
        beat = e.frame(HEARTBEAT)
        hostile = {
            "garbage": b"\xc1\x00\xff\xfe" * 10, "all bytes": bytes(range(256)), "text": b"GET / HTTP/1.1\r\n\r\n", "nil": b"\xc0",
            "int": b"\x07", "map": pack({}), "empty array": pack([]), "trailing": beat + b"\0", "cut head": submit[:3],
            "cut body": submit[:len(submit) // 2], "cut tail": submit[:-1], "count bomb": b"\xdd\xff\xff\xff\xff", "map bomb":
            b"\xdf\xff\xff\xff\xff", "bin bomb": b"\x94\x03\x01\x01\xc6\xff\xff\xff\xff", "long form": b"\x94\xcc\x11\x01" + pack(e.epoch) + b"\x01",
            "float": b"\x94\xcb" + bytes(8) + b"\x01\x01\x01", "ext": b"\x94\xd4\x01\x01\x01\x01\x01", "no UTF-8": b"\x94\xa2\xff\xfe\x01\x01\x01",
            "type 0": pack([0, 1, e.epoch, 1]), "type 19": pack([19, 1, e.epoch, 1]), "type 2^64-1": pack([2 ** 64 - 1, 1, e.epoch, 1]),
            "type -1": pack([-1, 1, e.epoch, 1]), "type str": pack(["17", 1, e.epoch, 1]), "protocol 2": pack([HEARTBEAT, 2, e.epoch, 1]),
            "protocol nil": pack([HEARTBEAT, None, e.epoch, 1]), "epoch -1": pack([HEARTBEAT, 1, -1, 1]), "number nil":
            pack([HEARTBEAT, 1, e.epoch, None]), "field too many": e.frame(HEARTBEAT, 1), "field too few": e.frame(FEED_GET),
            "three": pack([HEARTBEAT, 1, e.epoch]), "field str": e.frame(FEED_GET, "1"), "no list": e.frame(SUBMIT, b"x"),
            "empty list": e.frame(SUBMIT, []), "ints": e.frame(SUBMIT, [1, 2]), "empty bin": e.frame(SUBMIT, [b""]), "nil paper":
            e.frame(PAPER_PUT, bytes(32), None), "short digest": e.frame(PAPER_PUT, bytes(31), b"x"), "hello short": e.frame(HELLO, e.store),
            "stored nil": e.frame(STORED, None, [0, bytes(64)], 1), "answer of an agent": e.frame(ANSWER, []), "welcome": e.frame(WELCOME, 1),
        }
        for what, frame in hostile.items():
            e.socket.send(frame)
            try:
                t.notice("malformed")
            except AssertionError as err:
                raise AssertionError("%s: %s" % (what, err)) from err
        w.good(e)
        for what, frame in {"17 levels": b"\x91" * 17 + b"\xc0", "deep": b"\x91" * 100000 + b"\xc0", "deep maps": b"\x81\x01" * 50000 + b"\xc0",
                            "257 messages": e.frame(SUBMIT, [b"x"] * 257), "values": e.frame(SUBMIT, [0] * 70000)}.items():
            e.socket.send(frame)
            try:
                t.notice(("malformed", "oversize"))
            except AssertionError as err:
                raise AssertionError("%s: %s" % (what, err)) from err
        w.good(e)


def good_messages_before_a_broken_one_in_a_frame_are_taken(build):
    w = world(build)
    with Trial(w, w.e) as t:
        digest, message = w.e.enclose(note(w, w.e))
        w.e.count(digest)
        w.goods += 1
        w.e.send(SUBMIT, [message, b"\xc1"])
        assert w.e.answer(digest)[0] == 1
        t.notice("unread", number=1)
        digest, message = w.e.enclose(note(w, w.e))
        w.e.count(digest)
        w.goods += 1
        w.e.send(SUBMIT, [message, 7, message])
        assert w.e.answer(digest)[0] == 1
        t.notice("malformed")
        w.good(w.e)


def frames_of_several_parts_and_empty_ones_are_dropped(build):
    w = world(build)
    with Trial(w, w.e) as t:
        before = w.e.number
        _, message = w.e.enclose(note(w, w.e))
        submit = w.e.frame(SUBMIT, [message])
        for parts in ([submit, b"more"], [b"", submit], [submit, submit], [b"", b""], [submit] + [b"x"] * 50):
            w.e.socket.send_multipart(parts)
            t.notice(None)
        w.e.socket.send(b"")
        t.notice(None)
        assert w.e.number == before and D("xianjie/1 message", unpack(message)[0]) not in w.e.answers
        w.good(w.e)


def a_frame_of_another_epoch_has_no_effect(build):
    w = world(build)
    with Trial(w, w.e) as t:
        digest, message = w.e.enclose(note(w, w.e))
        for epoch in (0, w.e.epoch + 1, 2 ** 63):
            w.e.send(SUBMIT, [message], epoch=epoch)
            t.notice("epoch")
        assert digest not in w.e.answers
        w.good(w.e)


def frames_that_only_the_exchange_or_the_registrar_sends_are_denied(build):
    w = world(build)
    with Trial(w, w.e) as t:
        head = w.city.call("justice", "GET", "/api/register/head")[1]
        w.e.send(PULSE, 1, 1, 1, 1)
        t.notice("denied")
        w.e.send(NOTICE, "hello", 0, [], "", "")
        t.notice("denied")
        w.e.send(DELIVER, 0, [])
        t.notice("denied")
        w.e.send(FEED, 0, [])
        t.notice("denied")
        entry = pack([head["number"] + 1, 1, bytes.fromhex(head["digest"]), [["status", w.id("court"), {"state": "revoked"}]]])
        w.e.send(REGISTER_PUT, entry, [0, w.e.sign.sign(D("xianjie/1 register", entry)).signature])
        t.notice("denied")
        assert w.city.call("justice", "GET", "/api/register/head")[1] == head
        w.e.send(REGISTER_GET, 2 ** 64 - 1)
        w.e.send(FEED_GET, 2 ** 64 - 1)
        t.notice(None)
        w.good(w.e)


def a_stored_statement_that_is_not_right_acknowledges_nothing(build):
    w = world(build)
    status, j = w.city.act("bureau", "disposal_note", str(uuid.UUID(bytes=w.case)), copies=[w.p.agency])
    assert status == 200, j
    w.settle()  # p has acknowledged all
    last = w.p.mailbox
    with Trial(w, w.p):
        for first, upto, root in ((1, last, bytes(32)), (last + 1, last + 1, bytes(32)), (last + 1, 2 ** 63, bytes(32)), (5, 2, bytes(32))):
            statement = pack([w.p.agency, first, upto, root, 0, H(b""), int(time.time() * 1000), w.p.register.number])
            w.p.send(STORED, statement, [0, w.p.sign.sign(D("xianjie/1 stored", statement)).signature], 256)
        w.p.send(STORED, b"\xc1", [0, bytes(64)], 256)
        w.p.sync()
        assert all(n[0] in NOTICES for n in w.p.notices), w.p.notices
        w.p.notices = []
        w.good(w.p)
    assert w.p.hello()[10] == last  # mailbox stored


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


def a_connection_with_an_unknown_key_is_refused_at_the_door(build):
    w = world(build)
    with Trial(w, w.e):
        known, w.e.transport = w.e.transport, os.urandom(32)
        good = w.e.socket
        try:
            w.e.connect()
            monitor = w.e.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH)
            assert monitor.poll(10000) and recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH
            w.e.socket.disable_monitor()
        finally:
            w.e.socket.close()
            w.e.transport, w.e.socket = known, good
        w.good(w.e)


def a_newer_connection_replaces_the_older_which_is_told(build):
    w = world(build)
    with Trial(w, w.e):
        old = w.e.socket
        w.e.nonce = os.urandom(16)  # another start of the machine, not the same one again
        w.e.connect()
        w.e.hello()
        w.good(w.e)
        new, w.e.socket = w.e.socket, old
        w.e.wait_for(NOTICE)
        assert w.e.notices.pop()[0] == "superseded"
        digest = w.e.submit(note(w, w.e), consume=False)
        w.e.wait_for(NOTICE)
        assert w.e.notices.pop()[0] == "superseded" and digest not in w.e.answers
        old.close()
        w.e.socket = new
        w.good(w.e)


# ---- in the end ----
def nothing_was_lost_and_no_refused_act_is_in_any_ledger(build):
    check_the_end(world(build), 350)


def all_ledgers_and_the_journal_verify(build):
    w = world(build)
    w.city.stop()
    assert w.city.verify_all() == len(w.city.names) + 1


if __name__ == "__main__":
    main(tests_of(globals()))
