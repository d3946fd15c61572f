"""Threat: an agency asks for what belongs to another area or another case: its papers by digest, its mail, its proofs, its case.
Outcome: the exchange gives a paper to parties of an act that names it and tells everybody else that there is none, in the same words
as of a paper that never was; mail and proofs go to the agency whose key opened the door; acting in a case that is none of one's own is
refused (`may_not_act`). An agency that is no party holds nothing of the case in its files or its memory (I18)."""
import os
import uuid

import room
from room import PAPERS, world
from stranger import Trial
from xianjie_peer import FEED_GET, PAPER, PAPER_GET


def asked(peer, digest):
    peer.send(PAPER_GET, digest)
    while True:
        frame = peer.recv()
        if frame[0] == PAPER and frame[4] == digest:
            return frame[5]


def papers_go_to_parties_and_there_are_none_for_others(build):
    w = world(build)
    status, j = w.city.act("bureau", "transfer", papers=PAPERS, principals=[w.id("police")])
    assert status == 200, j
    w.settle()
    foreign = [bytes.fromhex(p["digest"]) for p in w.city.call("bureau", "GET", "/api/acts/" + j["id"])[1]["papers"]]
    own = w.e.build("disposal_note", [(w.id("court"), "copy")], papers=["other"], case=w.e.note_case)
    digest = own[3][0][0]
    assert w.e.answer(w.e.submit(own))[0] == 1
    w.goods += 1
    with Trial(w, w.e):
        assert foreign and not any(asked(w.e, d) for d in foreign), "a paper of a case of another agency"
        assert asked(w.e, digest), "and one's own must come, or this shows nothing"
        assert asked(w.p, digest) is None
        assert asked(w.e, os.urandom(32)) is None  # what never was sounds the same


def a_paper_that_one_stages_oneself_opens_no_way_to_another_s(build):
    """Naming a digest in an act of one's own makes one a party to that act, not to the paper that somebody else sent."""
    w = world(build)
    status, j = w.city.act("bureau", "transfer", papers=PAPERS, principals=[w.id("police")])
    assert status == 200, j
    w.settle()
    wanted = [p for p in w.city.call("bureau", "GET", "/api/acts/" + j["id"])[1]["papers"]]
    digest, size = bytes.fromhex(wanted[0]["digest"]), wanted[0]["size_class_bytes"]
    with Trial(w, w.e) as t:
        w.e.submit(w.e.build("disposal_note", [(w.id("court"), "copy")], case=w.e.note_case, f16=[["other", digest, size]]), consume=False)
        t.notice("need")  # it is asked for the bytes, which it does not have
        assert asked(w.e, digest) is None
        w.good(w.e)


def proofs_and_mail_are_those_of_the_key_that_opened_the_door(build):
    w = world(build)
    with Trial(w, w.e):
        w.e.hello()
        w.e.pull_feed(w.e.feed_head)  # each must name it as the owner
        assert w.e.feed == w.e.feed_head > 0
        w.e.send(FEED_GET, 2 ** 63)
        w.e.sync()
        assert all(w.e.agency in [a for a, _ in m[1][11]] + m[1][12] for m in w.e.inbox), "mail of somebody else"
        w.good(w.e)


def a_case_of_others_is_not_acted_in_and_leaves_no_trace_here(build):
    w = world(build)
    word = "只有两家知道的事-%s" % uuid.uuid4().hex
    status, j = w.city.act("bureau", "disposal_note", copies=[w.id("police")], body={"title": word, "note": word})
    assert status == 200, j
    w.settle()
    case, needles = uuid.UUID(j["case"]).bytes, [word.encode()]
    with Trial(w, w.e) as t:
        t.refuse(w.e.build("settlement", [(w.id("court"), "copy")], case=case), "may_not_act")
    pid = room.pid_of(w.city, "court")
    assert room.memory_holds(room.pid_of(w.city, "police"), needles), "the search finds nothing even where it must"
    assert not room.memory_holds(pid, needles + [case]) and not room.files_hold(w.city.data("court"), needles + [case])
    assert w.city.call("court", "GET", "/api/cases/" + j["case"])[0] == 404  # only now: the question itself names the case


if __name__ == "__main__":
    room.main(globals())
