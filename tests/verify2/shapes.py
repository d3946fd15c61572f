"""Forms that the specification gives headers (03-message 2), statements (04-exchange 7 and 8), the owner's notes (05-ledger 2),
signatures (02-trust 3) and register facts (06-register 2). Each function raises Malformed; none looks at keys."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from xj_wire import D, Malformed, pack, unpack

NAME = re.compile(r"[a-z0-9_]{1,48}\Z")
AGENCY = re.compile(r"[0-9]{6}-[a-z0-9-]{1,41}\Z")
DAY_MS = 86400000
STATEMENT = 512 * 1024  # 01-encoding, 4
YEAR_1900_MS = -25567 * DAY_MS - 8 * 3600000  # 1900-01-01 00:00 in Beijing
YEAR_9999_MS = 2932897 * DAY_MS - 8 * 3600000 - 1  # the last millisecond of 9999
ROLES = ("principal", "copy", "notice")
RELATIONS = ("amends", "voids", "reissues", "shares", "unreadable", "merged_into", "split_from", "continues", "same_matter")


def need(rule, what):
    if not rule:
        raise Malformed(what)


def is_int(v, low=-2 ** 63, high=2 ** 63 - 1):
    return isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def is_uint(v):
    return is_int(v, 0, 2 ** 64 - 1)


def is_bin(v, n=None):
    return isinstance(v, bytes) and (n is None or len(v) == n)


def is_str(v, high=65536):
    return isinstance(v, str) and len(v.encode()) <= high


def is_name(v):
    return isinstance(v, str) and NAME.match(v) is not None


def is_agency(v):
    return isinstance(v, str) and AGENCY.match(v) is not None and len(v) <= 48


def is_id(v):
    return is_bin(v, 16) and v != bytes(16)


def is_size_class(v):
    return is_uint(v) and any(v == base * 2 ** k for base in (256, 384) for k in range(1, 13)) and v <= 1536 * 1024


def rows(v, most, *tests):
    """A list of at most that many rows, each of which passes a test per column."""
    need(isinstance(v, list) and len(v) <= most, "a list")
    for row in v:
        need(isinstance(row, list) and len(row) == len(tests) and all(t(x) for t, x in zip(tests, row)), "a row of a list")
    return v


def flat(v, most, test):
    need(isinstance(v, list) and len(v) <= most and all(test(x) for x in v), "a list")
    return v


def ascending(keys):
    need(all(a < b for a, b in zip(keys, keys[1:])), "order")


def fields(data, count, limit, what):
    need(len(data) <= limit, "over the limit")
    v = unpack(data)
    need(isinstance(v, list) and len(v) == count, what)
    return v


def header(data):
    h = fields(data, 24, 16 * 1024, "a header")
    need(h[0] == 1 and h[1] == 1 and is_uint(h[0]) and is_uint(h[1]), "version or suite")
    need(is_id(h[2]) and is_id(h[3]), "id or case")
    need(is_name(h[4]) and is_bin(h[5], 32) and is_name(h[6]), "procedure, revision or act")
    ascending([(a.encode(), b.encode()) for a, b in rows(h[7], 16, is_name, is_agency)])
    ascending([(a, b.encode()) for a, b in rows(h[8], 16, is_id, is_name)])
    need(is_agency(h[9]), "from")
    need(h[10] is None or (is_agency(h[10]) and h[10] != h[9] and h[15] == "late_entry"), "actor")
    to = [a for a, _ in rows(h[11], 32, is_agency, lambda r: r in ROLES)]
    kinds = [r != "principal" for _, r in h[11]]
    need(len(set(to)) == len(to) and h[9] not in to and kinds == sorted(kinds), "to")
    ascending([a.encode() for a in flat(h[12], 16, is_agency)])
    need(h[9] not in h[12] and not set(h[12]) & set(to), "joint")
    subjects(h[13])
    occurred(h[14])
    need(h[15] in ("live", "late_entry"), "mode")
    papers = rows(h[16], 64, is_name, lambda d: is_bin(d, 32), is_size_class)
    need(len({d for _, d, _ in papers}) == len(papers), "papers")
    ascending(flat(h[17], 32, is_id))
    ascending([(a.encode(), b) for a, b in rows(h[18], 32, lambda r: r in RELATIONS, is_id)])
    need(all(is_bin(h[i], 32) for i in (19, 20, 21)), "digests")
    need(is_uint(h[22]) and h[22] >= 1 and (h[23] is None) == (h[22] == 1), "number")
    need(h[23] is None or is_bin(h[23], 32), "previous")
    return h


def subjects(v):
    pairs = rows(v, 64, lambda p: is_bin(p, 8), lambda c: c is None or is_bin(c, 8))
    ascending([(p, c is not None, c or b"") for p, c in pairs])
    whole = {p for p, c in pairs if c is None}
    need(not any(p in whole and c is not None for p, c in pairs), "a party with and without a charge")


def occurred(v):
    if v is not None:
        need(isinstance(v, list) and len(v) == 2 and all(is_int(t) for t in v), "occurred")
        need(YEAR_1900_MS <= v[0] <= v[1] <= YEAR_9999_MS, "occurred")


def admitted(data):
    s = fields(data, 7, STATEMENT, "an admitted statement")
    need(is_uint(s[0]) and is_int(s[1]) and is_bin(s[2], 32) and is_uint(s[3]), "an admitted statement")
    party = lambda v: v is None or is_bin(v, 8)
    state = lambda v: is_str(v, 48) and v
    for _, _, p, c, _ in rows(s[4], 256, state, is_agency, party, party, state):
        need(p is not None or c is None, "a charge without a party")
    rows(s[5], 32, state, lambda v: is_str(v, 96))
    rows(s[6], 48, is_agency, lambda v: is_uint(v) and v >= 1)
    return s


def refused(data):
    s = fields(data, 13, STATEMENT, "a refused statement")
    need(is_int(s[0]) and is_agency(s[1]) and is_bin(s[2], 16) and is_bin(s[3], 32), "a refused statement")
    need(all(is_uint(s[i]) for i in (4, 5, 12)) and all(is_str(s[i], 4096) for i in range(7, 12)), "a refused statement")
    need(is_str(s[6], 48) and s[6], "a code")
    return s


def stored(data):
    s = fields(data, 8, STATEMENT, "a stored statement")
    need(is_agency(s[0]) and all(is_uint(s[i]) for i in (1, 2, 4, 7)), "a stored statement")
    need(is_bin(s[3], 32) and is_bin(s[5], 32) and is_int(s[6]) and 1 <= s[1] <= s[2], "a stored statement")
    return s


def delivered(data):
    s = fields(data, 8, STATEMENT, "a delivered statement")
    need(is_agency(s[0]) and is_uint(s[1]) and is_agency(s[2]) and is_int(s[3]) and is_int(s[4]), "a delivered statement")
    need(is_bin(s[5], 32) and is_uint(s[6]) and isinstance(s[7], list) and len(s[7]) <= 1024, "a delivered statement")
    for item in s[7]:
        need(isinstance(item, list) and len(item) == 4 and is_bin(item[0], 32) and is_uint(item[1]), "an item")
        need((item[2] is None) == (item[3] is None), "index and path")
        if item[3] is not None:
            need(is_uint(item[2]), "an index")
            flat(item[3], 64, lambda n: is_bin(n, 32))
    return s


def unrecovered(data):
    s = fields(data, 6, STATEMENT, "an unrecovered run")
    need(is_agency(s[0]) and is_uint(s[1]) and 1 <= s[1] <= 3 and is_int(s[4]) and is_uint(s[5]), "an unrecovered run")
    need(is_uint(s[2]) and is_uint(s[3]) and 1 <= s[2] <= s[3] < 1 << 63, "an unrecovered run")
    return s


def rebuild(data):
    s = unpack(data)
    need(isinstance(s, list) and s and s[0] in (1, 2, 3) and len(s) == {1: 2, 2: 3, 3: 5}[s[0]], "a rebuild entry")
    if s[0] == 1:
        need(is_bin(s[1], 16), "a rebuild entry")
    elif s[0] == 2:
        need(is_agency(s[1]) and is_uint(s[2]) and 1 <= s[2] < 1 << 63, "a rebuild entry")
    else:
        need(is_uint(s[1]) and s[1] < 1 << 63, "a rebuild entry")
        flat(s[2], 16, lambda b: is_bin(b, 16))
        flat(s[3], 16384, is_agency)
        flat(s[4], 16384, is_agency)
    return s


def epoch(data, journal):
    s = fields(data, 5 if journal else 4, 64 * 1024, "an epoch")
    if journal:
        need(is_agency(s.pop(0)), "an epoch")
    need(is_bin(s[0], 16) and is_uint(s[1]) and is_uint(s[2]) and is_bin(s[3], 32), "an epoch")
    return s


def incident(data):
    s = fields(data, 3, 4 * 1024 * 1024, "an incident")
    need(is_str(s[0], 48) and s[0] and is_str(s[1]) and is_bin(s[2]), "an incident")


def told(data):
    s = fields(data, 12, 64 * 1024, "what was told")
    event, key, case, name, stage, answerable, trigger, severity, at, coalesced, by, reason = s
    need(is_uint(event) and 1 <= event <= 4 and is_bin(key, 16) and is_bin(case, 16) and is_bin(trigger, 16), "what was told")
    need(is_str(name, 48) and re.match(r"[A-Z][A-Z0-9_]*\Z", name) is not None and is_agency(answerable), "what was told")
    need(is_uint(stage) and stage <= 100 and is_uint(severity) and is_int(at) and isinstance(coalesced, bool), "what was told")
    need(severity == 0 if stage > 0 else 2 <= severity <= 4, "what was told")
    need(is_str(by, 255) and is_str(reason, 1024), "what was told")
    need({1: by == "" and reason == "", 2: by != "", 3: by != "", 4: reason != ""}[event], "what was told")


def recovery(data):
    s = fields(data, 7, 64 * 1024, "a recovery")
    need(is_bin(s[0], 16) and is_uint(s[1]) and is_uint(s[2]) and is_bin(s[3], 32) and all(is_uint(v) for v in s[4:]), "a recovery")
    return s


def recovered(data):
    s = fields(data, 11, STATEMENT, "a recovered statement")
    need(is_agency(s[0]) and all(is_uint(s[i]) for i in (1, 2, 4, 6, 7, 8, 10)), "a recovered statement")
    need(is_bin(s[3], 32) and is_bin(s[5], 32) and is_int(s[9]), "a recovered statement")
    return s


def destroyed(data):
    s = fields(data, 9, STATEMENT, "a statement about an order")
    holder, order, number, at, time_ms, last, messages, digests, holders = s
    exchange = holder == "exchange"
    need(exchange or is_agency(holder), "a holder")
    need(is_bin(order, 16) and is_uint(number) and number > 1 and is_uint(at) and at >= number and is_int(time_ms), "an order")
    need(isinstance(last, bool), "last")
    flat(messages, 1024, lambda m: is_bin(m, 16))
    flat(digests, 8192, lambda d: is_bin(d, 32))
    flat(holders, 1024, is_agency)
    need(exchange or (messages and not holders), "messages or holders")
    return s


def opened(data):
    s = fields(data, 7, 64 * 1024, "a read of a restricted record")
    order, number, message, paper, by, second, reason = s
    need(is_bin(order, 16) and is_uint(number) and is_bin(message, 16) and (paper is None or is_bin(paper, 32)), "what was read")
    need(is_str(by, 255) and by and is_str(second, 255) and second and by != second and is_str(reason, 1024) and reason, "who read it, and why")
    return s


def checkpointed(data):
    s = fields(data, 2, 64, "a checkpoint's entry")
    need(is_uint(s[0]) and is_bin(s[1], 32), "a checkpoint's entry")
    return s


def signature(data):
    need(len(data) <= 2048, "over the limit")
    s = unpack(data)
    need(isinstance(s, list) and s and is_uint(s[0]), "a signature")
    if s[0] == 0:
        need(len(s) == 2 and is_bin(s[1], 64), "a signature")
        return s
    need(s[0] == 1 and len(s) == 5 and is_uint(s[1]) and is_uint(s[2]) and is_bin(s[4], 64), "a signature")
    need(1 <= s[2] <= 65536 and s[1] < s[2], "a signature")
    flat(s[3], 16, lambda n: is_bin(n, 32))
    need(len(s[3]) == path_length(s[1], s[2]), "a path of another length")
    return s


def path_length(index, size):
    """RFC 6962, 2.1.1: the steps from leaf index up to the root of size leaves."""
    if size == 1:
        return 0
    k = 1
    while k * 2 < size:
        k *= 2
    return 1 + (path_length(index, k) if index < k else path_length(index - k, size - k))


# ---- register facts: kind -> (form of the id, {key: (test, required)}) ----
def strings(v):
    return isinstance(v, list) and all(isinstance(x, str) for x in v)


def agencies(v):
    return isinstance(v, list) and all(is_agency(x) for x in v)


def division(v):
    return isinstance(v, str) and re.match(r"[0-9]{6}\Z", v) is not None


def key32(v):
    return is_bin(v, 32)


def text(v):
    return isinstance(v, str)


def title(v):
    return isinstance(v, str) and 1 <= len(v.encode()) <= 255


def words(*allowed):
    return lambda v: v in allowed


FIXED = None
HEX32 = re.compile(r"[0-9a-f]{32}\Z")
PART = r"[a-z0-9_]{1,48}"
PLACE = r"[0-9]{6}-[a-z0-9-]{1,41}"
FACTS = {
    "exchange": (FIXED, {"division": (division, True), "endpoints": (strings, True), "name": (title, True), "sign": (key32, True),
                         "transport": (key32, True)}),
    "registrar": (FIXED, {"agency": (is_agency, True), "sign": (key32, True)}),
    "agency": (AGENCY, {"name": (title, True), "role": (words("bureau", "police", "procuratorate", "court", "supervisory", "justice"), True),
                        "division": (division, True), "sector": (is_name, False), "superior": (is_agency, False),
                        "vertical": (lambda v: isinstance(v, bool), False), "aliases": (strings, False)}),
    "keys": (AGENCY, {k: (key32, True) for k in ("recovery", "seal", "sign", "transport")}),
    "status": (AGENCY, {"state": (words("active", "suspended", "revoked"), True), "reason": (text, False)}),
    "counterpart": (re.compile(PLACE + "/" + PART + "/" + PART + r"\Z"), {"agencies": (agencies, True)}),
    "procedure": (re.compile(PART + r"/[0-9a-f]{16}\Z"), {"compiled": (is_bin, True), "effective_from": (is_int, True),
                                                        "revision": (key32, True)}),
    "calendar": (NAME, {"bytes": (is_bin, True), "digest": (key32, True)}),
    "standards": (NAME, {"bytes": (is_bin, True), "digest": (key32, True)}),
    "grant": (re.compile(PLACE + "/" + PART + r"\Z"), {
        "acts": (strings, True), "agencies": (agencies, True), "mode": (words("full", "header"), True), "procedure": (text, True),
        "division": (lambda v: isinstance(v, str) and re.match(r"[0-9]{0,6}\Z", v) is not None, True)}),
    "certificate": (HEX32, {"agency": (is_agency, True), "number": (title, True), "name": (title, True), "from": (is_int, True),
                            "to": (is_int, True), "issuer": (text, False), "scope": (text, False),
                            "form": (words("card", "electronic"), False)}),
    "entrustment": (HEX32, {"bureau": (is_agency, True), "township": (is_agency, True), "number": (title, True),
                            "items": (strings, True), "powers": (strings, True), "from": (is_int, True), "to": (is_int, True),
                            "area": (text, False), "basis": (text, False)}),
    "compromised": (re.compile(PLACE + r"/[0-9a-f]{16}\Z"), {"since": (is_int, True), "reason": (text, False)}),
    "order": (HEX32, {"basis": (lambda v: isinstance(v, str) and 1 <= len(v.encode()) <= 1024, True), "case": (lambda v: is_bin(v, 16), False),
                      "date": (is_int, True), "kind": (words("destroy", "restrict"), True), "number": (title, True), "organ": (is_agency, True),
                      "messages": (lambda v: isinstance(v, list) and 1 <= len(v) <= 256 and all(is_bin(m, 16) for m in v), False)}),
    "succeeded_by": (AGENCY, {"agency": (is_agency, True), "at": (is_int, True)}),
}


def own_digest(kind, ident, value):
    if kind == "calendar":
        need(value["digest"] == D("xianjie/1 calendar", value["bytes"]), "the digest of a calendar")
    if kind in ("certificate", "entrustment"):
        pair = value["agency" if kind == "certificate" else "bureau"], value["number"]
        need(ident == "".join(D("xianjie/1 " + kind, p.encode())[:8].hex() for p in pair), "the id of a " + kind)
    if kind == "order":
        need(("case" in value) != ("messages" in value), "either a case or messages")
    if kind == "standards":
        need(value["digest"] == D("xianjie/1 standards", value["bytes"]), "the digest of filing standards")
    if kind == "procedure":
        need(value["revision"] == D("xianjie/1 procedure", value["compiled"]), "the revision of a procedure")
        need(ident.split("/")[1] == value["revision"][:8].hex(), "the id of a procedure")


def register_entry(data):
    e = fields(data, 4, 1024 * 1024, "a register entry")
    need(is_uint(e[0]) and is_int(e[1]) and is_bin(e[2], 32), "a register entry")
    need(isinstance(e[3], list) and 1 <= len(e[3]) <= 256, "1 to 256 changes")
    for change in e[3]:
        need(isinstance(change, list) and len(change) == 3, "a change")
        kind, ident, value = change
        need(kind in FACTS and isinstance(ident, str), "a kind of fact")
        form, keys = FACTS[kind]
        need(ident == kind if form is FIXED else form.match(ident) is not None, "the id of a fact")
        if value is None:
            continue
        need(isinstance(value, dict) and all(isinstance(k, str) for k in value), "the value of a fact")
        for key, (test, required) in keys.items():
            need(test(value[key]) if key in value else not required, "%s of %s" % (key, kind))
        own_digest(kind, ident, value)
    need(len({(k, i) for k, i, _ in e[3]}) == len(e[3]), "a fact twice")
    return e


def canonical(data):
    """What is read packs to the same bytes: the decoder's own promise, tested by the driver."""
    return pack(unpack(data)) == data
