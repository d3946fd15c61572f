"""Threat: bytes that were sent once are sent again: messages, whole frames of an earlier epoch, what somebody else signed.
Outcome: the same message gets the same answer, byte for byte, and has no second effect; an id with another content is refused
(`id_reused`) and told of, the first answer stays; a frame of another epoch has no effect; each act is in each ledger once."""
import room
from room import expect, world
from stranger import Trial, note
from xianjie_peer import SUBMIT, uuid7
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


if __name__ == "__main__":
    room.main(globals())
