"""Threat: MessagePack that costs a decoder more than it weighs, or that two decoders read as two things: counts without elements,
deep nesting, long forms, doubled or unordered keys, bytes behind the value, broken UTF-8, a wrong value in any field.
Outcome: the pre-check of 01-encoding 2 refuses it before anything is allocated: a frame with NOTICE `malformed` or `oversize` and an
incident, a header with the refusal `malformed` that names the field; the exchange's memory does not move; the next act is taken."""
import room
from room import expect, world
from stranger import UNCONNECTED, Trial, note
from xianjie_peer import ANSWER, FEED_GET, HEARTBEAT, HELLO, PAPER_PUT, STORED, SUBMIT, WELCOME
from xj_wire import pack

# A few dozen bytes each; what they claim to hold would be gigabytes.
BOMBS = [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xdd\x0f\xff\xff\xff" * 31]


# ---- the form of a header ----
WRONG = {"nil": None, "true": True, "-1": -1, "0": 0, "7": 7, "empty str": "", "str": "Not a Name!", "long str": "a" * 49, "empty bin": b"",
         "16 zeroes": bytes(16), "15 bytes": b"x" * 15, "33 bytes": b"y" * 33, "[nil]": [None], "[[]]": [[]], "[7]": [7],
         "[[7, 7]]": [[7, 7]], "[str]": ["str"], "map": {"a": 1}, "[] in []": [[[[1]]]]}
VALID = {7: [], 8: [], 10: ["nil"], 11: [], 12: [], 13: [], 14: ["nil"], 16: [], 17: [], 18: [], 22: ["7", "0"], 23: []}
B, C = b"\1" * 16, b"\2" * 16  # ids in ascending order  # ids in ascending order


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
    expect("conflict", w.e.agency)
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


# ---- whole frames ----
def frames_that_cannot_be_read_are_told_and_the_exchange_goes_on(build):
    w = world(build)
    expect("malformed", w.e.agency)
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


def bombs_cost_the_exchange_no_memory(build):
    w = world(build)
    pid = room.pid_of(w.city, "exchange")
    before = room.rss_kib(pid)
    with Trial(w, w.e) as t:
        for bomb in BOMBS:
            for frame in (bomb, b"\x95\x03\x01" + pack(w.e.epoch) + b"\x01" + bomb, b"\x96\x07\x01" + pack(w.e.epoch) + b"\x01" + bomb + b"\x01"):
                w.e.socket.send(frame)
                t.notice(("malformed", "oversize"))
            t.refuse(note(w, w.e), "malformed", "header", header=bomb + b"\0")
            w.e.send(SUBMIT, [bomb])
            t.notice("unread")
    expect("unread", w.e.agency)
    room.at_most(room.rss_kib(pid) - before, 8 * 1024, "KiB that bombs of a few bytes cost")


if __name__ == "__main__":
    room.main(globals())
