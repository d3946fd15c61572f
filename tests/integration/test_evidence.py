"""Evidence bundles out of a small city of real processes: exported by every agency, verified by both verifiers, alone and together."""
import html.parser
import json
import os
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, City, main

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
NAMES = ("justice", "bureau", "police", "procuratorate")
SECOND = ["/usr/bin/python3", os.path.join(ROOT, "tests/verify2/bundle.py")]
KEYS = ("bundle", "what", "id", "message", "agency", "verdict", "code", "from", "to")


def cli(city, name, *args, code=0, part=""):
    p = city.run(*args, check=False, data=city.data(name) if name else None)
    assert p.returncode == code and part in p.stdout + p.stderr, "wanted exit %d and %r, got exit %d\n%s%s" % (
        code, part, p.returncode, p.stdout, p.stderr)
    return p


def do(city, name, act, case, papers=(), **fields):
    status, j = city.act(name, act, case, papers, **fields)
    assert status == 200 and j["status"].startswith("admitted"), (act, status, j)
    city.settle()
    return j["case"]


def a_case(city):
    body = {"title": "张三<b>销售伪劣产品</b>案", "reasons": "\"数额\" & '较大'"}
    case = do(city, "bureau", "transfer_report", None, ("transfer_report",), body=body)
    do(city, "bureau", "transfer_approved", case, body=body)
    do(city, "bureau", "transfer", case, PAPERS, principals=[city.id("police")], body=body)
    do(city, "police", "receipt", case, ("receipt",), body=body)
    do(city, "police", "acceptance", case, body=body)
    do(city, "police", "filed", case, ("filing_decision",), body=body)
    return case


def export(city, name, case, path, *options, code=0):
    if os.path.exists(path):
        os.unlink(path)
    cli(city, name, "export", "--case", case, "--out", path, *options, code=code)
    return path


def items(claims):
    return sorted(json.dumps([name] + [i[k] for k in KEYS]) for name, c in claims.items() for i in c["items"])


def judge(city, *files, code=0, root=None):
    """What both verifiers say, item by item alike: the verdicts of P1 to P9 by their first letters."""
    root = root or city.root_hex()
    first = cli(city, None, "--json", "verify", *files, "--root", root, code=code)
    second = subprocess.run([*SECOND, *files, "--root", root, "--json"], capture_output=True, text=True)
    assert second.returncode == code, (files, second.returncode, second.stdout, second.stderr)
    a, b = json.loads(first.stdout), json.loads(second.stdout)
    assert a.get("malformed") == b.get("malformed"), (a, b)
    if "malformed" in a:
        return a["malformed"]
    assert items(a["claims"]) == items(b["claims"]), (files, set(items(a["claims"])) ^ set(items(b["claims"])))
    for name in a["claims"]:
        assert [a["claims"][name][k] for k in ("verdict", "code")] == [b["claims"][name][k] for k in ("verdict", "code")], name
    return "".join(a["claims"]["P%d" % i]["verdict"][0] for i in range(1, 10))


class Page(html.parser.HTMLParser):
    """The tags and the text of a report."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [v for k, v in attrs if k in ("href", "src")]

    def handle_data(self, data):
        self.text.append(data)


def look_at_report(path, *parts):
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None
        page = Page(z.read("report.html").decode())
        names = z.namelist()
    text = "".join(page.text)
    assert not page.tags & {"script", "img", "iframe", "link", "object", "embed", "form"}, page.tags
    assert page.links and all(link in names for link in page.links), page.links
    for part in parts + ("本身不是证据", "证明事项", "不能说明"):
        assert part in text, "%r is not in the report" % part


def bundles_of_a_case_prove_it_to_whoever_has_the_root_key(build):
    city = City(build, names=NAMES)
    try:
        city.start()
        case = a_case(city)
        other = a_case(city)  # so that the mailboxes hold more than one case, and everybody commits to what came before
        path = lambda name, what="": os.path.join(city.base, "%s%s.zip" % (name, what))
        for name in NAMES[1:]:
            export(city, name, case, path(name))
            export(city, name, case, path(name, "-all"), "--with-sequence", "--with-told")
            assert not [f for f in os.listdir(city.data(name)) if f.startswith(("snapshot-", "export-"))], "something was left behind"
            assert oct(os.stat(path(name)).st_mode & 0o777) == "0o600"  # it holds plaintext

        assert judge(city, path("bureau")) == "ppppnpnnn"
        assert judge(city, path("police")) == "ppppnpnnn"
        assert judge(city, path("procuratorate")) == "pnppnpnnn"  # a copy has the letter and the lists only
        assert judge(city, path("bureau", "-all")) == "ppppppnnn"
        assert judge(city, path("police", "-all")) == "ppppppnnn"
        assert judge(city, path("bureau"), path("police")) == "ppppnppnn"
        assert judge(city, *(path(n, "-all") for n in NAMES[1:])) == "pppppppnn"
        assert judge(city, path("bureau"), root="ab" * 32, code=5).startswith("c")
        look_at_report(path("bureau"), "移送涉嫌犯罪案件", "济宁市公安局", "张三<b>销售伪劣产品</b>案", "\"数额\" & '较大'", "D08")

        # The anchor of the data directory has the root key, too; the bundle has none of its own that counts.
        cli(city, "police", "verify", path("bureau"), part="P1  已证明")
        cli(city, "police", "--lang", "en", "verify", path("bureau"), part="cannot show")
        cli(city, None, "verify", path("bureau"), code=2)
        cli(city, None, "verify", path("bureau"), os.path.join(city.data("bureau"), "ledger.db"), "--root", city.root_hex(), code=2)
        cli(city, None, "verify", path("bureau"), export(city, "police", other, path("other")), "--root", city.root_hex(), code=2)
        cli(city, "bureau", "export", "--case", case, "--out", path("bureau"), code=2, part="没有覆盖")
        cli(city, "bureau", "export", "--case", "00000000-0000-7000-8000-000000000000", "--out", path("none"), code=6)
        cli(city, "bureau", "export", "--case", case, "--out", path("none"), "--register-head", "99", code=2)
        assert not os.path.exists(path("none"))
        cli(city, "bureau", "export", "--out", path("none"), code=2)
        cli(city, "bureau", "export", "--case", case, "--register-head", "0", code=2)

        city.stop()
        closed = [export(city, "bureau", case, path("bureau", "-%d" % i)) for i in (1, 2)]
        assert open(closed[0], "rb").read() == open(closed[1], "rb").read(), "the same ledger gives other bytes"
        assert judge(city, closed[0]) == "ppppnpnnn"
        # Without the keys of the owner nothing is opened; the ledger's own checkpoint of its clean stop is there.
        sealed = path("sealed")
        ledger = os.path.join(city.data("bureau"), "ledger.db")
        cli(city, None, "export", "--case", case, "--out", sealed, "--ledger", ledger)
        assert judge(city, sealed) == "pnppnpnnn"
        with zipfile.ZipFile(sealed) as z:
            assert not [n for n in z.namelist() if n.startswith(("bodies/", "papers/"))]
        cli(city, "police", "export", "--case", case, "--out", path("foreign"), "--ledger", ledger)
        assert open(path("foreign"), "rb").read() == open(sealed, "rb").read()
    finally:
        city.close()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def what_was_changed_is_told(build):
    """The file as it travels: cut, flipped, longer; and a ledger that its owner changed before it exported."""
    city = City(build, names=NAMES)
    try:
        city.start()
        case = a_case(city)
        a_case(city)
        good = export(city, "bureau", case, os.path.join(city.base, "good.zip"), "--with-sequence")
        data = open(good, "rb").read()
        bad = os.path.join(city.base, "bad.zip")
        assert judge(city, write(bad, data[:-1]), code=5) == "zip"
        assert judge(city, write(bad, data + b"\0"), code=5) == "zip"
        middle = len(data) // 2
        assert judge(city, write(bad, data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:]), code=5) == "zip"
        cli(city, None, "verify", bad, "--root", city.root_hex(), code=5, part="另取一份")
        cli(city, None, "verify", os.path.join(city.base, "nothing.zip"), "--root", city.root_hex(), code=6)
        city.stop()
        rewrite_first_incident_or_epoch(os.path.join(city.data("bureau"), "ledger.db"))
        forged = export(city, "bureau", case, os.path.join(city.base, "forged.zip"), code=5)
        verdicts = judge(city, forged, code=5)
        assert verdicts[5] == "c", verdicts
        assert judge(city, good) == "ppppppnnn"
    finally:
        city.close()


def rewrite_first_incident_or_epoch(path):
    """Another head in an entry that no other speaks of, its leaf made to fit: what an owner with a database tool can do."""
    import sqlite3
    sys.path.insert(0, os.path.join(ROOT, "tests/lib"))
    from xj_wire import H, pack, unpack
    db = sqlite3.connect(path)
    n, kind, time_ms, head, sig = db.execute("SELECT n, kind, time_ms, head, sig FROM entry WHERE kind = 8 ORDER BY n LIMIT 1").fetchone()
    store, epoch, size, root = unpack(head)
    head = pack([store, epoch + 1, size, root])
    db.execute("UPDATE entry SET head = ?, leaf = ? WHERE n = ?", (head, H(b"\0" + pack([n, kind, time_ms, head, sig])), n))
    db.commit()
    db.close()


if __name__ == "__main__":
    main([bundles_of_a_case_prove_it_to_whoever_has_the_root_key, what_was_changed_is_told])
