"""Threat: one act tells two readers two things: a sender seals so that each reader's key opens another text; an exchange gives the
sender one answer and the recipient another, or answers twice.
Outcome: the header commits to one plaintext. Whoever is given another finds the act *unreadable* (`seal`), never another story. An
exchange can lie to each alone; two ledgers put side by side then hold two of its statements on one message, both with its signature:
proof against it that needs nobody's word. A second answer over the same path is an incident (`answer_changed`), the first stays."""
import os
import struct
import uuid

import nacl.bindings as nb
import room
from evidence import Ledger, two_answers
from middleman import DOWN, Front, altered, kind_of, signed_by
from room import until, world
from xianjie_peer import ANSWER, uuid7
from xj_wire import D, H, ZERO12, key_id, pack, unpack, wrap_key

AD = b"xianjie/1 body"
P = 2 ** 130 - 5


# ---- one ciphertext, two keys ----
def keystream(key, n):
    """ChaCha20's stream from block 1 on: what the AEAD adds to zeroes."""
    return nb.crypto_aead_chacha20poly1305_ietf_encrypt(bytes(n), AD, ZERO12, key)[:n]


def poly_key(key):
    """r and s of Poly1305: block 0 of ChaCha20 (RFC 8439, 2.6), written out, since the library keeps it to itself."""
    def rotl(x, n):
        return (x << n | x >> (32 - n)) & 0xffffffff
    state = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key)) + [0, 0, 0, 0]
    x = state[:]

    def quarter(a, b, c, d):
        for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xffffffff
            x[r] = rotl(x[r] ^ x[p], n)
    for _ in range(10):
        for q in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*q)
    block = struct.pack("<16I", *((a + b) & 0xffffffff for a, b in zip(x, state)))
    r = int.from_bytes(block[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    return r, int.from_bytes(block[16:32], "little")


def blocks_of(cipher):
    """What Poly1305 is taken over: associated data and ciphertext, padded, and their lengths; as numbers with the high bit."""
    def padded(b):
        return b + bytes(-len(b) % 16)
    data = padded(AD) + padded(cipher) + struct.pack("<QQ", len(AD), len(cipher))
    return [int.from_bytes(data[i:i + 16], "little") + (1 << 128) for i in range(0, len(data), 16)]


def tag_of(cipher, key):
    r, s = poly_key(key)
    acc = 0
    for b in blocks_of(cipher):
        acc = (acc + b) * r % P
    return (acc + s) % 2 ** 128


def one_ciphertext_two_keys(inner):
    """A sealed object that the AEAD opens with two keys, to this inner text (but for the first bytes of its salt) and to another one:
    AEADs of this kind do not commit to a key. The first block, salt, is chosen so that both tags are the same number."""
    while True:
        k1, k2 = os.urandom(32), os.urandom(32)
        cipher = bytes(a ^ b for a, b in zip(inner, keystream(k1, len(inner))))
        blocks, free = blocks_of(cipher), (len(AD) + 15) // 16
        (r1, s1), (r2, s2) = poly_key(k1), poly_key(k2)
        n = len(blocks)
        base = [sum(b * pow(r, n - i, P) for i, b in enumerate(blocks) if i != free) % P for r in (r1, r2)]
        factor = (pow(r1, n - free, P) - pow(r2, n - free, P)) % P
        for wraps in range(-4, 5):  # tags agree modulo 2^128 only
            block = (s2 - s1 + wraps * 2 ** 128 + base[1] - base[0]) * pow(factor, -1, P) % P
            if 2 ** 128 <= block < 2 ** 129:
                made = (block - 2 ** 128).to_bytes(16, "little") + cipher[16:]
                if tag_of(made, k1) == tag_of(made, k2):
                    return made + tag_of(made, k1).to_bytes(16, "little"), k1, k2


def act_with(w, sealed, commit, key_of):
    """An act of the peer with this sealed body, whose key is another for each reader; and its id."""
    e = w.e
    built = list(e.build("disposal_note", [(w.id("police"), "copy"), (w.id("court"), "copy")], case=uuid7()))
    digest, wraps = D("xianjie/1 body", sealed), []
    for reader, key in {**key_of, e.agency: key_of[w.id("police")]}.items():
        public = e.register.get("keys", reader)["seal"]
        k = wrap_key(e.seal_secret, public, e.seal_public, public, digest)
        wraps.append([digest, reader, key_id(public), nb.crypto_aead_chacha20poly1305_ietf_encrypt(key, None, ZERO12, k)])
    keys = pack([key_id(e.seal_public), sorted(wraps, key=lambda r: (r[0], r[1].encode(), r[2]))])
    built[0][19:22] = [digest, commit, D("xianjie/1 keys", keys)]
    built[1], built[2] = sealed, keys
    return built, str(uuid.UUID(bytes=built[0][2]))


def a_body_that_two_keys_open_tells_one_story_or_none(build):
    w = world(build)
    text = pack({"approved_by": "负责人", "drafted_by": "承办人", "title": "只有一个故事"})
    sealed, k1, k2 = one_ciphertext_two_keys((os.urandom(32) + struct.pack(">I", len(text)) + text).ljust(512, b"\0"))
    one, two = (nb.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, AD, ZERO12, k) for k in (k1, k2))
    assert one[32:] != two[32:] and one[36:36 + len(text)] == text, "the attack itself: the AEAD opens it with either key"
    readers = {w.id("police"): k1, w.id("court"): k2}
    for commit, reads in ((H(one[:32] + text), "police"), (H(two[:32] + two[36:36 + len(text)]), None), (os.urandom(32), None)):
        built, ident = act_with(w, sealed, commit, readers)
        assert w.e.answer(w.e.submit(built))[0] == 1  # to the exchange it is an act like any other
        w.settle()
        for name in ("police", "court"):
            shown = w.city.call(name, "GET", "/api/acts/" + ident)[1]
            if name == reads:
                assert shown["unreadable"] is None and shown["body"]["title"] == "只有一个故事", shown
            else:
                assert shown["unreadable"] == "seal" and shown["body"] is None, shown


# ---- an exchange with two faces ----
def an_exchange_that_answers_two_things_convicts_itself(build):
    lab = room.Lab(build)
    lab.rest()
    true = []

    def judge(way, frame):
        """The sender hears of a breach that nobody else hears of."""
        if way != DOWN or kind_of(frame) != ANSWER or true:
            return [frame]
        true.append(frame)

        def lie(fields):
            st = unpack(fields[4][0][1])
            st[5] = [["overdue", "transfer"]]
            statement = pack(st)
            fields[4] = [[1, statement, signed_by(front.exchange_sign, "xianjie/1 admitted", statement)]]
        return [altered(frame, lie)]

    with Front(lab, "bureau", judge) as front:
        until("it has an exchange", lambda: lab.state("bureau") == "ready")
        status, act = lab.act("bureau", "disposal_note", copies=[lab.id("police")])
        assert status == 200 and act["status"] == "admitted_with_breach", "the lie was not believed: %s" % act
        until("the police have it", lambda: lab.get("police", "/api/acts/" + act["id"]))
        assert lab.get("police", "/api/acts/" + act["id"])["breaches"] == []
        front.inject(DOWN, true[0])  # the truth, after the lie
        lab.tells("bureau", "answer_changed")
        assert lab.get("bureau", "/api/acts/" + act["id"])["status"] == "admitted_with_breach", "the first answer did not stay"
    lab.rest()
    lab.stop_all()
    root = bytes.fromhex(lab.root_hex())
    bureau, police, exchange = (Ledger(lab.store(n), root) for n in ("bureau", "police", "exchange"))
    assert len(two_answers(bureau, police)) == 1 and len(two_answers(bureau, exchange)) == 1 and not two_answers(police, exchange)
    assert room.verdicts(lab, lab.store("police")) == room.verdicts(lab, lab.store("bureau")) == {}, "alone each looks sound"
    lab.close()


if __name__ == "__main__":
    room.main(globals())
