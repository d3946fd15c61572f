"""Threat: a message that can never be taken lies in the way of good ones; a message that trips a defect of a reader kills the
reader each time it is read.
Outcome: what cannot be taken is refused with its number, and the good acts before and behind it are taken, in one frame or in
many, at the exchange and in an agent's outbox."""
import os
import uuid

import room
from room import expect, world
from stranger import Trial, note
from xianjie_peer import SUBMIT

B = b"\1" * 16


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


def good_messages_before_a_broken_one_in_a_frame_are_taken(build):
    w = world(build)
    expect("unread", w.e.agency)
    expect("malformed", w.e.agency)
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


if __name__ == "__main__":
    room.main(globals())
