"""Threat: a paper or a body that harms whoever opens it: a name that leaves the directory, breaks a header or drives a terminal, a media type
that a browser would run, padding, length, digest or commitment that do not agree, keys that open nothing, texts that no screen shows
as they are.
Outcome: a paper is bytes. The agent gives them with the name as a JSON string and nothing else of it is interpreted; the command line
writes where it is told, never over a file, and shows no control character that a peer chose. What does not agree with the header is not
opened (`seal`), says so, and stops nobody: everything else of the act and of the case is readable, and the next act is taken."""
import base64
import json
import os
import struct
import uuid

import nacl.bindings as nb
import room
from room import world
from stranger import Trial
from xianjie_peer import uuid7
from xj_wire import D, H, ZERO12, key_id, pack, size_class, unpack, wrap_key

ESC = "\x1b]0;偷标题\x07\x1b[2J\x1b[31m"
NAMES = ["../../../etc/passwd", "/etc/shadow", "a\r\nSet-Cookie: x=1", "\x1b[2J\x1b[31m红", "‮txt.exe", "x" * 4000, "", ".", "con.pdf",
         "<img src=x onerror=alert(1)>.html", "$(touch /tmp/xj-owned)", "-rf", "名" * 300]
TYPES = ["text/html", "text/html; charset=utf-7", "image/svg+xml", "application/x-sh", "\r\nX-Evil: 1", "", "x" * 1000]


class Paper:
    """A sealed paper whose parts can be made to disagree."""

    def __init__(self, content, length=None, padding=b"", wrong_key=False, commit=None):
        key, salt = os.urandom(32), os.urandom(32)
        inner = salt + struct.pack(">I", len(content) if length is None else length) + content + padding
        inner += bytes(size_class(len(content)) - len(inner))
        self.sealed = nb.crypto_aead_chacha20poly1305_ietf_encrypt(inner, b"xianjie/1 paper", ZERO12, key)
        self.digest, self.size = D("xianjie/1 paper", self.sealed), len(self.sealed) - 16
        self.key = os.urandom(32) if wrong_key else key
        self.commit = H(salt + content) if commit is None else commit


def act_with(w, to, papers, body, listed):
    """An act of the peer with these papers; `listed`: what its body says of them. The message as for submit, and its id."""
    e = w.e
    built = list(e.build("disposal_note", to, case=uuid7(), body=dict(body, papers=listed)))
    sealed_body, objects = built[1], []
    body_digest = built[0][19]
    for p in papers:
        objects.append((p.digest, p.key))
    own = dict((d, None) for d, _ in objects)
    rows = [r for r in unpack(built[2])[1]]
    for digest, key in objects:
        for reader in {a for a, _ in to} | {e.agency}:
            public = e.register.get("keys", reader)["seal"]
            k = wrap_key(e.seal_secret, public, e.seal_public, public, digest)
            rows.append([digest, reader, key_id(public), nb.crypto_aead_chacha20poly1305_ietf_encrypt(key, None, ZERO12, k)])
    keys = pack([key_id(e.seal_public), sorted(rows, key=lambda r: (r[0], r[1].encode(), r[2]))])
    built[0][16] = [["other", p.digest, p.size] for p in papers]
    built[0][21], built[2] = D("xianjie/1 keys", keys), keys
    built[3] = [(p.digest, p.sealed) for p in papers]
    assert body_digest == D("xianjie/1 body", sealed_body) and len(own) == len(papers)
    return built, str(uuid.UUID(bytes=built[0][2]))


def sent(w, papers, listed, body=None):
    to = [(w.id("police"), "copy"), (w.id("court"), "copy")]
    built, ident = act_with(w, to, papers, body or {"approved_by": "甲", "drafted_by": "乙", "title": "附件"}, listed)
    assert w.e.answer(w.e.submit(built))[0] == 1
    w.settle()
    return ident


def opened(w, name, ident, digest):
    return w.city.call(name, "GET", "/api/acts/%s/papers/%s" % (ident, digest.hex()))


def names_and_types_are_strings_and_nothing_more(build):
    w = world(build)
    papers = [Paper(b"bytes %d" % i) for i in range(len(NAMES))]
    listed = [[p.digest, p.commit, NAMES[i], TYPES[i % len(TYPES)]] for i, p in enumerate(papers)]
    ident = sent(w, papers, listed, {"approved_by": ESC, "drafted_by": "乙", "title": ESC + "标题", "parties": [[bytes(8), "person", ESC]], "note": "\x9b31m"})
    for i, p in enumerate(papers):
        status, j = opened(w, "police", ident, p.digest)
        assert status == 200 and base64.b64decode(j["content_base64"]) == b"bytes %d" % i, (NAMES[i], status, j)
        assert j["name"] == (NAMES[i] if len(NAMES[i].encode()) < 256 else ""), (NAMES[i], j["name"])
    # the command line: to a file that it is told, never another, never over one
    place = os.path.join(w.city.base, "papers")
    os.makedirs(place, exist_ok=True)
    data = w.city.data("police")
    for i, p in enumerate(papers):
        out = os.path.join(place, "out-%d" % i)
        ran = w.city.run("paper", ident, p.digest.hex(), out, data=data)
        assert open(out, "rb").read() == b"bytes %d" % i
        assert no_controls(ran.stdout + ran.stderr), repr(ran.stdout + ran.stderr)
        again = w.city.run("paper", ident, p.digest.hex(), out, data=data, check=False)
        assert again.returncode != 0, "a file was written over"
    assert sorted(os.listdir(place)) == sorted("out-%d" % i for i in range(len(papers)))
    assert not os.path.exists("/tmp/xj-owned"), "a name was run by a shell"
    case = w.city.call("police", "GET", "/api/acts/" + ident)[1]["case"]
    for args in (("case", "show", case), ("case", "list"), ("paper", ident, "other", "-")):
        ran = w.city.run(*args, data=data, check=False)
        assert no_controls(ran.stdout + ran.stderr), "%s shows what a peer chose for the terminal: %r" % (args[0], ran.stdout + ran.stderr)
    json.loads(w.city.run("--json", "case", "show", case, data=data).stdout)


def no_controls(text):
    return not any((ord(c) < 32 and c not in "\n\t") or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u202d\u2066\u2067" for c in text)


def what_does_not_agree_is_not_opened_and_stops_nobody(build):
    w = world(build)
    good = Paper("真材料".encode())
    bad = {"another key": Paper(b"a", wrong_key=True), "length past the end": Paper(b"b", length=2 ** 31), "length past the content": Paper(b"c" * 10, length=476),
           "padding that is none": Paper(b"d", padding=b"\1"), "another commit": Paper(b"e", commit=bytes(32))}
    papers = [good, *bad.values()]
    ident = sent(w, papers, [[p.digest, p.commit, "a.txt", "text/plain"] for p in papers])
    for name in ("police", "court"):
        status, j = opened(w, name, ident, good.digest)
        assert status == 200 and base64.b64decode(j["content_base64"]).decode() == "真材料"
        for what, p in bad.items():
            status, j = opened(w, name, ident, p.digest)
            assert status == 409 and j["error"]["code"] == "seal" and j["error"]["remedy_zh"], (what, status, j)
        shown = w.city.call(name, "GET", "/api/acts/" + ident)[1]
        assert shown["unreadable"] is None and len(shown["papers"]) == len(papers), shown
    with Trial(w, w.e):
        w.good(w.e)


def bodies_that_are_no_bodies_are_unreadable_and_stop_nobody(build):
    w = world(build)
    e, to = w.e, [(w.id("police"), "copy")]
    for what, (plain, why) in {"no map": (pack([1, 2]), "form"), "nothing": (b"", "form"), "bytes behind": (pack({"title": "a"}) + b"\0", "form"),
                               "a bomb": (b"\xdf\xff\xff\xff\xff", "form"), "keys out of order": (b"\x82\xa1b\x01\xa1a\x01", "form"), "deep": (b"\x81\xa1a" + b"\x91" * 40 + b"\xc0", "form"),
                               "NUL": (pack({"title": "a\0b"}), "form"), "a float": (b"\x81\xa1a\xcb" + bytes(8), "form")}.items():
        built = list(e.build("disposal_note", to, case=uuid7()))
        salt, key = os.urandom(32), os.urandom(32)
        inner = (salt + struct.pack(">I", len(plain)) + plain).ljust(size_class(len(plain)), b"\0")
        sealed = nb.crypto_aead_chacha20poly1305_ietf_encrypt(inner, b"xianjie/1 body", ZERO12, key)
        keys = e.wraps([(D("xianjie/1 body", sealed), key)], [a for a, _ in to])
        built[0][19:22] = [D("xianjie/1 body", sealed), H(salt + plain), D("xianjie/1 keys", keys)]
        built[1], built[2] = sealed, keys
        assert e.answer(e.submit(built))[0] == 1
        w.settle()
        shown = w.city.call("police", "GET", "/api/acts/" + str(uuid.UUID(bytes=built[0][2])))[1]
        assert shown["unreadable"] == why and shown["body"] is None, (what, shown)
    odd = {"title": 7, "amounts": "viel", "parties": [[b"x", 1, 2], "nobody", [bytes(8), "person"]], "officers": {"a": 1}, "papers": [[1]], "charges": None,
           "penalty": [], "identities": [[bytes(8), "uscc", "\x7f"]], "fine": "x", "xx": {"yy": [None, True, b"\xff" * 50]}}
    built = e.build("disposal_note", to, body=odd, case=uuid7())
    assert e.answer(e.submit(built))[0] == 1
    w.settle()
    status, shown = w.city.call("police", "GET", "/api/acts/" + str(uuid.UUID(bytes=built[0][2])))
    assert status == 200 and shown["unreadable"] is None, shown
    assert w.city.call("police", "GET", "/api/cases/" + shown["case"])[0] == 200
    with Trial(w, w.e):
        w.good(w.e)


if __name__ == "__main__":
    room.main(globals())
