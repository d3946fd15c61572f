"""Threat: bytes that were sent once are sent again: messages, whole frames of an earlier epoch, what somebody else signed.
Outcome: the same message gets the same answer, byte for byte, and has no second effect; an id with another content is refused
(`id_reused`) and told of, the first answer stays; a frame of another epoch has no effect; frames that come twice, or again after the
end, change nothing; a recorded connection is worth nothing; each act is in each ledger once."""
import contextlib
import socket
import time

import room
from middleman import DOWN, UP, Front, Wire, kind_of
from room import expect, until, world
from stranger import Trial, note
from xianjie_peer import ANSWER, DELIVER, FEED, HELLO, STORED, SUBMIT, WELCOME, uuid7
from xj_wire import D, pack, unpack


def an_id_used_before_with_another_content_is_refused_and_the_first_answer_stays(build):
    w = world(build)
    expect("id_reused", w.e.agency)
    with Trial(w, w.e) as t:
        first, message = w.e.enclose(note(w, w.e))
        w.e.send(SUBMIT, [message])
        w.e.count(first)
        w.goods += 1
        answered = w.e.answer(first)[1]
        ident = unpack(unpack(message)[0])[2]
        number = w.e.number
        reused = note(w, w.e, id=ident)  # with the next number: consumed
        st = t.refuse(reused, "id_reused", good=False)
        assert w.e.number == number + 1
        again = w.e.messages[D("xianjie/1 message", pack(reused[0]))]
        w.e.send(SUBMIT, [again])  # the same bytes: the same refusal, nothing consumed
        w.e.until(lambda: len(w.e.answers[st[3]]) == 2)
        assert w.e.answers[st[3]][0][1] == w.e.answers[st[3]][1][1]
        w.good(w.e)
        stale = note(w, w.e, id=ident, number=number)  # with a number of the past: refused, nothing consumed
        digest = w.e.submit(stale, consume=False)
        w.check(w.e, digest, number, "id_reused", ident=ident)
        w.good(w.e)
        w.e.send(SUBMIT, [message])  # and the first one is still answered as it was
        w.e.until(lambda: len(w.e.answers[first]) == 2)
        assert w.e.answers[first][1][1] == answered and w.e.answers[first][1][0] == 1
        t.notice(None)


def the_same_message_again_has_the_same_answer(build):
    w = world(build)
    with Trial(w, w.e) as t:
        poison = note(w, w.e, f6="no_such_act")
        st = t.refuse(poison, "act_unknown", good=False)
        good, message = w.e.enclose(note(w, w.e))
        w.e.count(good)
        w.goods += 1
        w.e.send(SUBMIT, [w.e.messages[st[3]], message, message, w.e.messages[st[3]]])  # before it was answered at all
        w.e.answer(good)
        seen = len(w.e.answers[good])
        w.e.send(SUBMIT, [w.e.messages[st[3]], message])
        w.e.until(lambda: len(w.e.answers[good]) > seen and len(w.e.answers[st[3]]) == 4)
        for answers in (w.e.answers[good], w.e.answers[st[3]]):
            assert len({a[1] for a in answers}) == 1, answers
        t.notice(None)
        w.good(w.e)


def an_act_of_another_agency_sent_again_as_ones_own_changes_nothing(build):
    w = world(build)
    expect("id_reused", w.p.agency)
    got = next(m for m in w.p.inbox if m[1][9] == w.id("bureau"))
    with Trial(w, w.p) as t:
        built = note(w, w.p)
        digest = w.p.submit((got[1], *built[1:]), consume=False)  # its header, signed by its recipient
        which, _, st = w.p.answer(digest)
        assert (which, st) == (1, got[3])  # what was answered to the bureau: the act stands once
        t.refuse(note(w, w.p, id=got[1][2]), "id_reused")
        t.refuse(note(w, w.p, id=uuid7(), sender=w.id("bureau"), f11=[[w.id("court"), "copy"]]), "forged")


def a_frame_of_another_epoch_has_no_effect(build):
    w = world(build)
    with Trial(w, w.e) as t:
        digest, message = w.e.enclose(note(w, w.e))
        for epoch in (0, w.e.epoch + 1, 2 ** 63):
            w.e.send(SUBMIT, [message], epoch=epoch)
            t.notice("epoch")
        assert digest not in w.e.answers
        w.good(w.e)



# ---- on the way ----
def frames_that_come_twice_have_one_effect(build):
    """The exchange's machine says everything twice, both ways, and in the end once more all that it ever said."""
    lab = room.lab(build)
    heard = {"bureau": [], "police": []}

    def twice(name):
        def judge(way, frame):
            if kind_of(frame) in (HELLO, WELCOME):
                return [frame]
            heard[name].append((way, frame))
            return [frame, frame]
        return judge

    with Front(lab, "police", twice("police")) as police, Front(lab, "bureau", twice("bureau")) as bureau:
        until("both have an exchange", lambda: lab.state("bureau") == lab.state("police") == "ready")
        case = room.honest_case(lab)
        answers = [lab.note(), lab.note("police", "bureau")]
        lab.rest(60)
        sizes = [lab.call(n, "GET", "/api/status")[1]["ledger_size"] for n in ("bureau", "police")]
        kinds = {kind_of(f) for frames in heard.values() for _, f in frames}
        assert {SUBMIT, ANSWER, DELIVER, STORED, FEED} <= kinds, kinds
        for name, front in (("bureau", bureau), ("police", police)):
            for way, frame in list(heard[name]):
                front.inject(way, frame)
        last = lab.note()
        lab.rest(60)
        now = [lab.call(n, "GET", "/api/status")[1] for n in ("bureau", "police")]
        grown = [f["ledger_size"] - s for f, s in zip(now, sizes)]
        # the new act has its five entries at its sender and three at its reader; the rest are incidents, one of a code
        assert all(g <= 5 + len(set(lab.incidents(n))) for g, n in zip(grown, ("bureau", "police"))), (grown, lab.incidents("police"))
    lab.rest()
    lab.shown_once(answers + [last])
    assert len(lab.case("procuratorate", case["case"])["acts"]) == 2


def bytes_of_the_cable_mean_nothing_a_second_time(build):
    """Whoever recorded a connection and plays it again to the exchange, or to the agent, is nobody: CURVE's keys were for once."""
    lab = room.lab(build)
    seen = {UP: [], DOWN: []}

    def record(way, data, n):
        seen[way].append(data)
        return data

    endpoint = room.endpoint_of(lab)
    with Wire(endpoint, record) as wire:
        lab.halt("bureau")
        lab.set_endpoint("bureau", wire.endpoint)
        lab.restart("bureau")
        answers = [lab.note()]
        lab.rest()
        lab.halt("bureau")
        lab.set_endpoint("bureau", endpoint)
        lab.restart("bureau")
    assert sum(map(len, seen[UP])) > 1000 and sum(map(len, seen[DOWN])) > 1000
    assert answers[0]["id"].replace("-", "") not in b"".join(seen[UP]).hex(), "the cable shows headers"
    host, port = endpoint[6:].rsplit(":", 1)
    for _ in range(3):
        with socket.create_connection((host, int(port)), 10) as s:
            s.settimeout(10)
            with contextlib.suppress(OSError):  # cut off in the middle of it
                for data in seen[UP]:
                    s.sendall(data)
                while s.recv(65536):
                    pass
    answers.append(lab.note())
    lab.rest()
    lab.shown_once(answers)
    acts = [a["id"] for j in answers for a in lab.case("police", j["case"])["acts"]]
    assert sorted(acts) == sorted(j["id"] for j in answers)


def a_cable_that_is_cut_and_delayed_loses_nothing(build):
    lab = room.lab(build)
    counts = {UP: 0, DOWN: 0}

    def rough(way, data, n):
        counts[way] += 1
        if n < 4 and counts[way] % 12 == 0:
            return None  # cut, three times
        time.sleep(0.002)
        return data

    endpoint = room.endpoint_of(lab)
    with Wire(endpoint, rough) as wire:
        lab.halt("bureau")
        lab.set_endpoint("bureau", wire.endpoint)
        lab.launch("bureau")
        until("it is ready", lambda: lab.state("bureau") == "ready")
        answers = [lab.note(wait_ms=60000) for _ in range(6)]
        lab.rest(60)
        cut = wire.count
        lab.halt("bureau")
        lab.set_endpoint("bureau", endpoint)
        lab.restart("bureau")
    assert cut > 1, "nothing was cut"
    lab.rest()
    lab.shown_once(answers)


if __name__ == "__main__":
    room.main(globals())
