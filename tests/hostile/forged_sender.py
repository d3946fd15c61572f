"""Threat: an agency with keys speaks in another's name: in the header, as the actor of a late entry, with another's signature, over
its own connection.
Outcome: refused (`forged`) where the header lies, NOTICE `unread` and an incident where the signature is not the connection's
agency's; nothing consumed by the latter, nothing in any ledger; `from` is the authenticated agency in every entry (I14)."""
import nacl.signing

import room
from room import expect, honest_case, world
from stranger import UNCONNECTED, Trial, note
from xianjie_peer import SUBMIT
from xj_wire import pack


def a_sender_that_is_another_agency_is_forged(build):
    w = world(build)
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, sender=w.id("bureau")), "forged")
        t.refuse(note(w, w.e, sender="370800-nobody"), "forged")


def a_late_entry_for_an_agency_with_keys_of_its_own_is_forged(build):
    w = world(build)
    late = {"mode": "late_entry", "body": {"title": "补录", "source": "卷宗第3页"}}
    with Trial(w, w.e) as t:
        t.refuse(note(w, w.e, actor=w.id("bureau"), **late), "forged")
        t.refuse(note(w, w.e, actor="370800-nobody", **late), "forged")
    w.admit(w.e, w.e.build("disposal_note", actor=UNCONNECTED, **late))  # for an agency without keys it is what late entries are for


def a_signature_by_another_key_is_not_read(build):
    w = world(build)
    expect("unread", w.e.agency)
    with Trial(w, w.e) as t:
        other = nacl.signing.SigningKey.generate()
        first, a = w.e.enclose(note(w, w.e))
        w.e.count(first)
        built = note(w, w.e)
        second, forged = w.e.enclose(built, key=other)
        _, honest = w.e.enclose(built)
        w.e.send(SUBMIT, [a, forged, honest])
        t.notice("unread", number=1)
        assert w.e.answer(first)[0] == 1 and second not in w.e.answers  # nothing consumed, the rest of the frame not read
        w.e.send(SUBMIT, [honest])
        w.e.count(second)
        assert w.e.answer(second)[0] == 1
        w.goods += 2
        for signature in ([0, bytes(64)], [0, bytes(63)], [2, bytes(64)], [], [1, 0, 1, [bytes(32)], bytes(64)], [0, bytes(4096)]):
            w.e.send(SUBMIT, [pack([pack(built[0]), built[1], built[2], signature])])
            t.notice("unread", number=0)
        for outer in (pack([pack(built[0]), built[1], built[2]]), pack([built[0], built[1], built[2], [0, bytes(64)]]),
                      pack({}), b"\xc1", b"\x94\xc4", honest + b"\0", honest[:-1]):
            w.e.send(SUBMIT, [outer])
            t.notice("unread", number=0)
        w.good(w.e)


def what_one_agency_signed_does_not_pass_over_the_connection_of_another(build):
    w = world(build)
    expect("unread", w.p.agency)
    with Trial(w, w.p) as t:
        _, fresh = w.e.enclose(note(w, w.e))  # never sent by its signer
        w.p.send(SUBMIT, [fresh])
        t.notice("unread", number=0)
        built = note(w, w.e)  # and with the thief's signature it is a lie about the sender
        built[0][22:24] = [w.p.number + 1, w.p.previous]
        digest, message = w.p.enclose(built)
        w.p.count(digest)
        w.p.send(SUBMIT, [message])
        assert w.p.answer(digest)[2][6] == "forged"
        w.good(w.p)
    w.good(w.e)  # the number of what was stolen was not spent


def an_honest_case_completes_beside_forgers(build):
    w = world(build)
    sent = [w.p.submit(note(w, w.p, sender=w.id("bureau"))) for _ in range(50)]
    honest_case(w.city)
    assert {w.p.answer(d)[2][6] for d in sent} == {"forged"}
    w.settle()


if __name__ == "__main__":
    room.main(globals())
