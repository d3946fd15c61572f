"""The form of evidence bundles: container, manifest and parts (schema/spec/16-evidence.md, sections 1 to 4)."""
import re
import struct
import zlib

import shapes
from shapes import is_agency, is_bin, is_int, is_str, is_uint, need
from xj_wire import H, Malformed, pack, unpack

OWN, RECEIVED, ADMITTED, REFUSED, STORED, DELIVERED, TOLD, RECOVERY, DESTROYED = 1, 2, 3, 4, 5, 6, 12, 13, 17
ENDINGS = "bin doc docx jpg ofd pdf png tif txt wps xls xlsx".split()
ERRORS = (Malformed, AssertionError, KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error, RecursionError,
          OverflowError)


class Fault(Exception):
    """The file is no bundle; its argument is the code of section 4."""


# ---- 1 the container ----
def common(name, body):
    """What local and central headers have in common."""
    return struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 0x21, zlib.crc32(body), len(body), len(body), len(name), 0)


def write_zip(parts):
    """The one file that holds these parts."""
    local = central = b""
    for name, body in ((n.encode(), b) for n, b in parts):
        central += b"PK\1\2" + struct.pack("<H", 10) + common(name, body) + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name
        local += b"PK\3\4" + common(name, body) + name + body
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(parts), len(parts), len(central), len(local), 0)


def read_zip(data):
    need(52 <= len(data) <= 2 ** 30, "size")
    count = struct.unpack_from("<H", data, len(data) - 12)[0]
    need(1 <= count <= 16384, "number of parts")
    at, parts = 0, []
    for _ in range(count):
        need(len(data) - at >= 30, "a local header")
        size, n = struct.unpack_from("<I", data, at + 22)[0], struct.unpack_from("<H", data, at + 26)[0]
        need(size <= 2 ** 28 and n <= 96 and len(data) - at >= 30 + n + size, "a part's size")
        name, body = data[at + 30:at + 30 + n], data[at + 30 + n:at + 30 + n + size]
        need(re.fullmatch(rb"[a-z0-9./]{1,96}", name) is not None, "a name")
        parts.append((name.decode(), body))
        at += 30 + n + size
    need(write_zip(parts) == data, "other bytes than these parts give")
    return parts


# ---- 2, 3 the parts ----
def values(v):
    """How many values there are in all."""
    if isinstance(v, list):
        return 1 + sum(values(x) for x in v)
    if isinstance(v, dict):
        return 1 + sum(values(k) + values(x) for k, x in v.items())
    return 1


def packed(data, limit=2 ** 28):
    need(len(data) <= limit, "over the limit")
    v = unpack(data)
    need(values(v) <= 4194304, "too many values")
    return v


def listed(v, low=0, high=65536):
    need(isinstance(v, list) and low <= len(v) <= high, "a list")
    return v


def tuple_of(v, n):
    need(isinstance(v, list) and len(v) == n, "an array of %d" % n)
    return v


def path(v):
    listed(v, 0, 65)
    need(all(is_bin(x, 32) for x in v), "a path")
    return v


def subject(v):
    tuple_of(v, 2)
    need(is_bin(v[0], 8) and (v[1] is None or is_bin(v[1], 8)), "a subject")


def statement(kind, head, sig):
    """Form of an entry's head and signature."""
    need(is_bin(head) and is_bin(sig), "bins")
    if kind in (TOLD, RECOVERY):
        need(sig == b"", "a signature on the owner's own note")
        (shapes.told if kind == TOLD else shapes.recovery)(head)
        return unpack(head)
    shapes.signature(sig)
    form = {OWN: shapes.header, RECEIVED: shapes.header, ADMITTED: shapes.admitted, REFUSED: shapes.refused, STORED: shapes.stored,
            DELIVERED: shapes.delivered, DESTROYED: shapes.destroyed}[kind]
    return form(head)


class Entry:
    def __init__(self, v):
        tuple_of(v, 6)
        self.n, self.kind, self.time, self.head, self.sig, self.path = v
        need(is_uint(self.n) and 1 <= self.n < 2 ** 63 and is_uint(self.kind) and is_int(self.time), "an entry")
        need(self.kind in (1, 2, 3, 4, 5, 6, 12, 13, 17), "a kind")
        if self.path is not None:
            path(self.path)
        self.d = statement(self.kind, self.head, self.sig)

    def leaf(self):
        return H(b"\0" + pack([self.n, self.kind, self.time, self.head, self.sig]))


class Bundle:
    """A bundle that has its form."""

    def __init__(self, data):
        parts = self.step("zip", lambda: read_zip(data))
        self.step("manifest", lambda: self.read_manifest(parts[0]))
        self.step("parts", lambda: self.read_parts(parts[1:]))
        for name in ("register", "entries", "proofs", "sequence", "objects"):
            self.step(name, getattr(self, "read_" + name))

    @staticmethod
    def step(code, f):
        try:
            return f()
        except ERRORS:
            raise Fault(code)

    def read_manifest(self, part):
        need(part[0] == "manifest", "the first part")
        m = tuple_of(packed(part[1], 4 * 1024 * 1024), 8)
        need(m[0] == "xianjie-evidence/1" and is_agency(m[1]) and is_bin(m[2], 16) and any(m[2]), "the manifest")
        need(is_uint(m[3]) and 1 <= m[3] <= 65536 and isinstance(m[5], bool), "the manifest")
        need(m[4] is None or is_str(m[4], 4096), "the checkpoint")
        for s in listed(m[6], 0, 1024):
            tuple_of(s, 5)
            need(is_bin(s[0], 16) and is_str(s[1], 48) and s[1] and is_agency(s[2]) and is_int(s[3]), "a silence")
            for one in listed(s[4], 0, 64):
                subject(one)
        shapes.ascending([pack(s) for s in m[6]])
        for p in listed(m[7], 0, 16384):
            tuple_of(p, 3)
            need(is_str(p[0], 96) and p[0] and is_uint(p[1]) and p[1] <= 2 ** 28 and is_bin(p[2], 32), "a part")
        _, self.owner, self.case, self.register_count, self.checkpoint, self.has_sequence, self.silences, self.listed = m

    def read_parts(self, parts):
        hexes = "[0-9a-f]{64}"
        form = re.compile(r"register|entries|proofs|sequence|report\.html|objects/%s|bodies/%s|papers/%s\.(%s)" % (
            hexes, hexes, hexes, "|".join(ENDINGS)))
        need([[n, len(b), H(b)] for n, b in parts] == self.listed, "the parts")
        need(all(form.fullmatch(n) for n, _ in parts), "a name")
        shapes.ascending([n.encode() for n, _ in parts])
        self.part = dict(parts)
        need({"register", "entries", "proofs", "report.html"} <= set(self.part) and ("sequence" in self.part) == self.has_sequence, "a part")
        self.files = {folder: {} for folder in ("objects", "bodies", "papers")}
        self.plain_count = 0
        for n, b in parts:
            if "/" in n:
                folder, rest = n.split("/")
                self.plain_count += folder != "objects"
                self.files[folder].setdefault(bytes.fromhex(rest[:64]), b)

    def read_register(self):
        self.register = listed(packed(self.part["register"]), 1)
        need(len(self.register) == self.register_count, "the number of register entries")
        for e in self.register:
            tuple_of(e, 2)
            need(is_bin(e[0]) and is_bin(e[1]), "a register entry")

    def read_entries(self):
        self.entries = [Entry(v) for v in listed(packed(self.part["entries"]), 1)]
        shapes.ascending([e.n for e in self.entries])

    def read_proofs(self):
        consistency, mail, salts = tuple_of(packed(self.part["proofs"]), 3)
        for size, p in (tuple_of(x, 2) for x in listed(consistency)):
            need(is_uint(size) and 1 <= size < 2 ** 63, "a size")
            path(p)
        shapes.ascending([x[0] for x in consistency])
        for stored, number, p in (tuple_of(x, 3) for x in listed(mail)):
            need(is_bin(stored, 32) and is_uint(number), "a mail path")
            path(p)
        shapes.ascending([(x[0], x[1]) for x in mail])
        for obj, salt in (tuple_of(x, 2) for x in listed(salts)):
            need(is_bin(obj, 32) and is_bin(salt, 32), "a salt")
        shapes.ascending([x[0] for x in salts])
        self.consistency, self.mail, self.salts = dict(consistency), {(s, n): p for s, n, p in mail}, dict(salts)
        plain = set(self.files["bodies"]) | set(self.files["papers"])
        need(len(salts) == self.plain_count and set(self.salts) <= plain, "salts")

    def read_sequence(self):
        self.own, self.inbox, self.stored = [], [], []
        if not self.has_sequence:
            return
        own, mail, stored = tuple_of(packed(self.part["sequence"]), 3)
        for header, answer in (tuple_of(x, 2) for x in listed(own, 0, 1000000)):
            need(is_bin(header), "a header")
            if answer is not None:
                tuple_of(answer, 3)
                need(is_uint(answer[0]) and answer[0] in (ADMITTED, REFUSED), "an answer's kind")
                answer = answer + [statement(*answer)]
            self.own.append((header, shapes.header(header), answer))
        for header, admitted, sig in (tuple_of(x, 3) for x in listed(mail, 0, 1000000)):
            need(is_bin(header), "a header")
            self.inbox.append((header, shapes.header(header), admitted, sig, statement(ADMITTED, admitted, sig)))
        for head, sig in (tuple_of(x, 2) for x in listed(stored, 0, 1000000)):
            self.stored.append((head, sig, statement(STORED, head, sig)))

    def read_objects(self):
        bodies, keys, papers = set(), set(), set()
        for e in self.entries:
            if e.kind in (OWN, RECEIVED):
                bodies.add(e.d[19])
                keys.add(e.d[21])
                papers |= {p[1] for p in e.d[16]}
        need(set(self.files["objects"]) <= bodies | keys | papers, "an object nobody names")
        need(set(self.files["bodies"]) <= bodies and set(self.files["papers"]) <= papers, "a plaintext nobody names")
