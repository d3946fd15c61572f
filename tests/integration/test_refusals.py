"""Every refusal of 04-exchange 6 but `forged` and `malformed` (tests/hostile), and what is said of numbers and papers, against
running processes."""
import os
import sys
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, main
from stranger import TRANSFER_PAPERS, UNCONNECTED, Trial, check_the_end, note, receipt, tests_of, transfer, world
from xianjie_peer import NOTICE, PAPER_PUT, STORED, uuid7


# ---- who speaks ----
def a_suspended_agency_is_refused_until_it_is_active_again(build):
    w = world(build)
    with Trial(w, w.e) as t:
        w.registrar("status", w.e.agency, "suspended", "--reason", "试验")
        try:
            t.refuse(note(w, w.e), "suspended", good=False)
            t.refuse(transfer(w), "suspended", good=False)
        finally:
            w.registrar("status", w.e.agency, "active")
        w.good(w.e)


def a_revoked_agency_is_not_read_and_told_so(build):
    w = world(build)
    with Trial(w, w.e) as t:
        w.registrar("status", w.e.agency, "revoked", "--reason", "试验")
        try:
            digest = w.e.submit(note(w, w.e), consume=False)
            w.e.wait_for(NOTICE, 10)
            assert w.e.notices.pop()[0] == "denied"
        finally:
            w.registrar("status", w.e.agency, "active")
        t.notice(None)
        assert digest not in w.e.answers
        w.good(w.e)


def a_recipient_that_the_register_does_not_know_is_named(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, f11=[[w.id("court"), "copy"], ["370800-nobody", "copy"]]), "recipient_unknown", "370800-nobody")
        t.refuse(note(w, w.e, joint=["370800-noone"]), "recipient_unknown", "370800-noone")


def a_recipient_that_was_succeeded_is_named_with_its_holder(build):
    w = world(build)
    with Trial(w, w.e) as t:
        w.registrar("succeed", UNCONNECTED, w.id("bureau"), "--at", "2026-01-01")
        try:
            t.refuse(note(w, w.e, f11=[[UNCONNECTED, "copy"]]), "recipient_succeeded", UNCONNECTED + " " + w.id("bureau"))
            t.refuse(note(w, w.e, joint=[UNCONNECTED]), "recipient_succeeded", UNCONNECTED + " " + w.id("bureau"))
        finally:
            w.registrar("succeed", UNCONNECTED, "--withdraw")
        w.good(w.e)


def an_agency_that_was_succeeded_acts_no_more(build):
    w = world(build)
    late = {"mode": "late_entry", "body": {"title": "补录", "source": "卷宗第3页"}}
    with Trial(w, w.e) as t:
        w.registrar("succeed", w.e.agency, w.id("bureau"), "--at", "2026-01-01T00:00:00+08:00")
        try:
            t.refuse(note(w, w.e), "succeeded", w.id("bureau"), good=False)
            t.refuse(note(w, w.e, occurred=[1767225600000, 1767225600000], **late), "succeeded", w.id("bureau"), good=False)
            t.refuse(note(w, w.e, occurred=[1500000000000, 1500000000000], **late), "recipient_missing", w.id("bureau"), good=False)
        finally:
            w.registrar("succeed", w.e.agency, "--withdraw")
        w.registrar("succeed", w.e.agency, w.id("bureau"), "--at", "2099-01-01")  # ahead of its day it changes nothing
        w.good(w.e)
        w.registrar("succeed", w.e.agency, "--withdraw")


# ---- what the procedure knows ----
def an_act_that_the_procedure_does_not_have_is_refused(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, f6="no_such_act"), "act_unknown", "no_such_act")


def an_act_of_another_kind_of_agency_is_refused(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(w.e.build("filed", [(w.id("procuratorate"), "copy")], ["filing_decision"],
                           tracks=[["filing", w.e.agency], ["investigation", w.e.agency]]), "role", "bureau")
    with Trial(w, w.p) as t:
        t.refuse(w.p.build("transfer", [(w.id("police"), "principal")], TRANSFER_PAPERS, tracks=[["transfer", w.p.agency]]),
                 "role", "police")


def an_act_that_exists_only_as_a_late_entry_is_refused_live(build):
    w = world(build)
    with Trial(w, w.p) as t:
        t.refuse(w.p.build("reconsideration_decided", [(w.id("bureau"), "principal")], case=w.case), "late_only")


def a_stranger_to_the_case_may_not_act_in_it(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(w.e.build("settlement", [(w.id("court"), "copy")], case=w.case_seen), "may_not_act")
        t.refuse(w.e.build("settlement", [(w.id("court"), "copy")]), "may_not_act")  # nor open one with an act that opens none


def a_revision_that_the_register_does_not_hold_is_refused(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, revision=os.urandom(32)), "revision_unknown")
        t.refuse(note(w, w.e, revision=os.urandom(32), case=uuid7()), "revision_unknown")
        t.refuse(note(w, w.e, procedure="nonesuch", case=uuid7()), "revision_unknown")


def a_revision_not_in_force_or_not_the_one_of_the_case_is_refused(build):
    w = world(build)
    now = w.e.revision()
    overlay = os.path.join(w.city.base, "overlay.yaml")
    with open(overlay, "w") as f:
        f.write("overlay: trial\nprocedure: referral\nzh: 试行细则\nen: trial rules\n"
                "duties: {D08: {limit: 2d, cite: 试行细则1}}\n")
    w.city.run("procedure", "publish", os.path.join(ROOT, "schema/procedures/referral.yaml"), "--overlay", overlay, "--from",
               "2099-01-01", data=w.city.data("justice"))
    w.settle()
    w.e.pull_register(w.city.call("justice", "GET", "/api/register/head")[1]["number"])
    later = next(v["revision"] for i, v in w.e.register.each("procedure").items() if i.startswith("referral/") and v["revision"] != now)
    assert w.e.revision() == now
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, revision=later, case=uuid7()), "revision_unknown")  # not in force
        t.refuse(note(w, w.e, revision=later), "revision_unknown")  # nor what the case is pinned to
        t.refuse(note(w, w.e, revision=later, mode="late_entry", body={"source": "卷宗"}), "revision_unknown")
    case = uuid7()
    w.admit(w.e, w.e.build("disposal_note", case=case, revision=later, mode="late_entry", body={"source": "卷宗第1页"}))
    with Trial(w, w.e) as t:
        t.refuse(w.e.build("disposal_note", case=case), "revision_unknown")  # pinned to the other one


# ---- answers ----
def an_answer_to_what_does_not_exist_is_refused(build):
    w = world(build)
    with Trial(w, w.p) as t:
        t.refuse(receipt(w, answers=[[uuid7(), "receipt"]]), "answer_unknown", "receipt")
        t.refuse(receipt(w, answers=[[w.asked, "supplement"]]), "answer_unknown", "supplement")  # no receipt answers that
        t.refuse(receipt(w, answers=[[w.act_seen, "receipt"]]), "answer_unknown", "receipt")  # an act of another case
        t.refuse(receipt(w, answers=[[w.asked, "no_such_question"]]), "answer_unknown", "no_such_question")


def an_answer_that_must_be_given_and_is_not_is_missed(build):
    w = world(build)
    with Trial(w, w.p) as t:
        t.refuse(receipt(w, answers=[], tracks=[]), "answer_missing", "receipt")
        t.refuse(w.p.build("not_filed", [(w.id("bureau"), "principal"), (w.id("procuratorate"), "copy")],
                           ["not_filed_notice", "file_list"], case=w.case, tracks=[["filing", w.p.agency]]),
                 "answer_missing", "decision")


def an_answer_given_before_is_taken(build):
    w = world(build)
    w.case, w.asked = w.transfer_to_p()
    w.admit(w.p, receipt(w))
    with Trial(w, w.p) as t:
        t.refuse(receipt(w), "answer_taken", "receipt")
        t.refuse(receipt(w, subjects=[[os.urandom(8), None]]), "answer_taken", "receipt")


def an_answer_to_an_act_that_was_voided_is_taken(build):
    w = world(build)
    case, to = uuid7(), [(w.p.agency, "principal")]
    asked = w.e.build("consultation_asked", to, ["consultation_letter"], case=case)
    w.admit(w.e, asked)
    with Trial(w, w.e) as t:
        t.refuse(w.e.build("consultation_asked", case=case, relates=[["voids", asked[0][2]]]), "recipient_missing", w.p.agency)
    w.admit(w.e, w.e.build("consultation_asked", to, case=case, relates=[["voids", asked[0][2]]]))
    with Trial(w, w.p) as t:
        t.refuse(w.p.build("consultation_answered", [(w.e.agency, "principal")], case=case,
                           answers=[[asked[0][2], "consultation"]]), "answer_taken", "consultation")


def an_answer_to_an_act_one_has_not_seen_is_refused(build):
    w = world(build)
    status, j = w.city.act("bureau", "jurisdiction_requested", str(uuid.UUID(bytes=w.case)), principals=[w.id("court")])
    assert status == 200, j
    w.settle()
    with Trial(w, w.p) as t:
        t.refuse(w.p.build("jurisdiction_designated", [(w.id("bureau"), "principal"), (w.id("court"), "copy")], case=w.case,
                           answers=[[uuid.UUID(j["id"]).bytes, "jurisdiction"]], tracks=[["jurisdiction", w.id("bureau")]]),
                 "answer_not_visible", "jurisdiction")


def an_answer_to_what_another_agency_was_asked_is_refused(build):
    w = world(build)
    status, j = w.city.act("bureau", "consultation_asked", str(uuid.UUID(bytes=w.case)), ["consultation_letter"],
                           principals=[w.id("police")], copies=[w.p.agency])
    assert status == 200, j
    w.settle()
    with Trial(w, w.p) as t:
        t.refuse(w.p.build("consultation_answered", [(w.id("bureau"), "principal"), (w.id("police"), "copy")], case=w.case,
                           answers=[[uuid.UUID(j["id"]).bytes, "consultation"]]), "answer_not_asked", "consultation")


def what_was_done_for_a_subject_is_not_done_again(build):
    w = world(build)
    case, tracks = uuid7(), [["filing", w.p.agency], ["investigation", w.p.agency]]
    filed = {"to": [(w.id("procuratorate"), "copy")], "papers": ["filing_decision"], "case": case, "tracks": tracks}
    w.admit(w.p, w.p.build("filed", **filed))
    with Trial(w, w.p) as t:
        t.refuse(w.p.build("filed", **filed), "already", "filed")


# ---- tracks, recipients, papers, relations ----
def a_track_of_another_agency_is_refused_and_the_owner_named(build):
    w = world(build)
    w.case, w.asked = w.transfer_to_p()
    fields = {"to": [(w.id("bureau"), "principal"), (w.id("procuratorate"), "copy")], "case": w.case,
              "answers": [[w.asked, "acceptance"]]}
    right = [["filing", w.p.agency], ["transfer", w.id("bureau")]]
    with Trial(w, w.p) as t:
        for tracks, detail in (([["filing", w.id("police")], right[1]], "filing " + w.p.agency),
                               ([right[0], ["transfer", w.p.agency]], "transfer " + w.id("bureau")),
                               (right[:1], "transfer " + w.id("bureau")), ([], None),
                               (right + [["transfer_supervision", w.id("procuratorate")]], None)):
            st = t.refuse(w.p.build("acceptance", tracks=tracks, **fields), "track", detail)
            assert st[7].split()[0] in ("filing", "transfer", "transfer_supervision"), st[7]
    w.admit(w.p, w.p.build("acceptance", tracks=right, **fields))
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, tracks=[["transfer", w.id("bureau")]]), "track")


def a_transfer_without_its_own_letter_is_refused(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(transfer(w, papers=TRANSFER_PAPERS[1:]), "instrument", "transfer_letter")
    with Trial(w, w.p) as t:
        t.refuse(receipt(w, papers=()), "instrument", "receipt")


def a_transfer_that_the_procuratorate_does_not_get_is_refused(build):
    w = world(build)
    with Trial(w, w.e) as t:
        st = t.refuse(transfer(w, to=[(w.id("police"), "principal")]), "recipient_missing", "procuratorate")
        assert "高检会" in st[9], st[9]
        t.refuse(transfer(w, to=[(w.id("procuratorate"), "copy")]), "recipient_missing", "police")  # nobody to ask


def an_answer_that_the_asker_does_not_get_is_refused(build):
    w = world(build)
    with Trial(w, w.p) as t:
        t.refuse(receipt(w, to=[(w.id("procuratorate"), "copy")]), "recipient_missing", w.id("bureau"))
        t.refuse(receipt(w, to=[(w.id("bureau"), "principal")]), "recipient_missing", w.id("procuratorate"))


def a_correction_of_what_may_not_be_corrected_is_refused(build):
    w = world(build)
    sent = transfer(w)
    w.admit(w.e, sent, ["step"])
    case, ident, to = sent[0][3], sent[0][2], [tuple(x) for x in sent[0][11]]
    status, j = w.city.act("police", "receipt", str(uuid.UUID(bytes=case)), ["receipt"])
    assert status == 200, j
    w.settle()

    def correct(relates, act="transfer", peer=w.e, **over):
        return peer.build(act, to if peer is w.e else [(w.id("bureau"), "principal")], **{"case": case, "relates": relates, **over})

    with Trial(w, w.e) as t:
        t.refuse(correct([["voids", ident]]), "relates")  # its receipt is given
        t.refuse(correct([["amends", ident]]), "relates")  # not the tracks of what it amends
        t.refuse(correct([["amends", ident]], act="clue", tracks=sent[0][7]), "relates")  # another act
        t.refuse(correct([["amends", uuid7()]], tracks=sent[0][7]), "relates")  # no act of the case
        t.refuse(correct([["amends", ident], ["shares", ident]], tracks=sent[0][7]), "relates")
        t.refuse(correct([["unreadable", ident]]), "relates")  # its own act
        t.refuse(correct([["reissues", ident]], act="disposal_note"), "relates")  # what was admitted is not done twice
    with Trial(w, w.p) as t:
        for relation in ("amends", "voids"):
            t.refuse(w.p.build("transfer", [(w.id("bureau"), "principal"), (w.id("procuratorate"), "copy")], case=w.case,
                               relates=[[relation, w.asked]], tracks=[["transfer", w.id("bureau")]] if relation == "amends" else []),
                     "relates")  # the bureau's act, not its own
    w.admit(w.e, correct([["amends", ident]], tracks=sent[0][7], occurred=[1790000000000, 1790000000000]))


def a_refused_act_is_reissued(build):
    w = world(build)
    with Trial(w, w.e) as t:
        refused = t.refuse(note(w, w.e, f6="no_such_act"), "act_unknown", good=False)
        w.good(w.e)
        digest = w.e.submit(note(w, w.e, relates=[["reissues", refused[2]]]))
        assert w.e.answer(digest)[0] == 1
        w.goods += 1


# ---- bodies, chains, numbers, ids ----
def a_body_or_keys_of_another_digest_are_refused(build):
    w = world(build)
    with Trial(w, w.e) as t:
        built, other = note(w, w.e), note(w, w.e)
        t.refuse((built[0], other[1], *built[2:]), "digest")
        built = note(w, w.e)
        t.refuse((*built[:2], other[2], built[3]), "digest")
        t.refuse(note(w, w.e, f19=os.urandom(32)), "digest")
        t.refuse(note(w, w.e, f21=os.urandom(32)), "digest")
        built = note(w, w.e)
        t.refuse((built[0], None, None, []), "digest")  # header only: that is how the exchange delivers, not how one submits


def a_submission_that_does_not_follow_the_last_is_refused(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, previous=os.urandom(32)), "previous")
        before = w.e.previous
        w.good(w.e)
        t.refuse(note(w, w.e, previous=before), "previous")


def a_number_ahead_or_behind_is_told_and_not_consumed(build):
    w = world(build)
    with Trial(w, w.e) as t:
        nxt = w.e.number + 1
        w.e.submit(note(w, w.e, number=nxt + 1), consume=False)
        t.notice("expect", number=nxt)
        w.e.submit(note(w, w.e, number=2 ** 64 - 1), consume=False)
        t.notice("expect", number=nxt)
        w.e.submit(note(w, w.e, number=nxt - 1), consume=False)
        t.notice("conflict", number=nxt - 1)
        w.e.submit(note(w, w.e, number=1, previous=None), consume=False)
        t.notice("conflict", number=1)
        w.good(w.e)


def what_was_stored_is_taken_though_the_credit_was_lowered_since(build):
    w = world(build)
    said, send, before = [], w.p.send, w.p.mailbox
    w.p.send = lambda kind, *fields, **k: said.append(fields) if kind == STORED else send(kind, *fields, **k)
    for _ in range(3):
        assert w.e.answer(w.e.submit(w.e.build("disposal_note", [(w.p.agency, "copy")], case=w.e.note_case)))[0] == 1
    w.p.until(lambda: w.p.mailbox == before + 3)
    w.p.send = send
    w.p.reconnect()  # what it said was lost with its connection
    assert w.p.hello(credit=1)[10] == before
    for fields in said:
        w.p.send(STORED, *fields[:2], 1)
    w.p.sync()
    assert not w.p.notices, w.p.notices
    w.p.reconnect()
    assert w.p.hello()[10] == before + 3
    w.good(w.e)


def papers_not_sent_ahead_are_asked_for(build):
    w = world(build)
    built = transfer(w)
    with Trial(w, w.e) as t:
        for digest, data in built[3][:2]:
            w.e.send(PAPER_PUT, digest, data)
        submitted = w.e.submit(built, stage=False, consume=False)
        got = t.notice("need", number=w.e.number + 1)
        assert got[2] == [d for d, _ in built[3][2:]], "exactly those that are missing"
        assert submitted not in w.e.answers
        w.e.send(PAPER_PUT, built[3][2][0], built[3][3][1])
        t.notice("malformed")  # a paper that has not the digest given
        w.good(w.e)
    w.admit(w.e, transfer(w, id=built[0][2]), ["step"])  # what was only needed is not on record: the id is free


# ---- in the end ----
def nothing_was_lost_and_no_refused_act_is_in_any_ledger(build):
    check_the_end(world(build), 50)


def all_ledgers_and_the_journal_verify(build):
    w = world(build)
    w.city.stop()
    assert w.city.check_all() == len(w.city.names) + 1


if __name__ == "__main__":
    main(tests_of(globals()))
