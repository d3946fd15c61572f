"""New keys for an agency amid a case (02-trust, 9): what was sealed before opens, what waited is not lost, what is on record stays proved; and a key reported compromised
(06-register, 10): what was admitted since is not proved, in views and evidence of both verifiers."""
import datetime
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peer"))
import nacl.bindings as nb
import nacl.signing
from city import ROOT, City, main
from killcity import KillCity, until
from stranger import enlist
from xianjie_peer import STORED
from xj_wire import read_keys

NAMES = ("justice", "bureau", "police", "procuratorate")
PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
SECOND = ["/usr/bin/python3", os.path.join(ROOT, "tests/verify2/bundle.py")]


def do(city, name, act, case=None, papers=(), **fields):
    status, j = city.act(name, act, case, papers, **fields)
    assert status == 200 and j["status"].startswith("admitted"), (act, status, j)
    return j


def halt(city, name):
    city.children[name].terminate()
    assert city.await_death(name) and city.children[name].returncode == 0, name


def new_keys(city, name, number):
    """Makes new keys for an agency beside those it retires, and has the registrar register them. Where they lie."""
    where = os.path.join(city.base, "new-%s-%d" % (name, number))
    city.run("keygen", "agency", where, "--retire", city.data(name))
    city.run("register", "keys", city.id(name), "--keys", os.path.join(where, "public.keys"), data=city.data("justice"))
    return where


def swap(city, name, where):
    for f in ("secret.keys", "retired.keys", "public.keys"):
        shutil.copy(os.path.join(where, f), os.path.join(city.data(name), f))


def rest(city):
    city.settle(timeout=60)


def opened(city, name, case):
    """Every act of the case as the agency reads it: id, and that body and papers open."""
    acts = city.case(name, case)["acts"]
    for a in acts:
        assert a["unreadable"] is None, (name, a["act"], a["unreadable"])
        for p in a["papers"]:
            out = os.path.join(city.base, "paper")
            if os.path.exists(out):
                os.unlink(out)
            city.run("paper", a["id"], p["digest"], out, data=city.data(name))
            assert "内容 " in open(out).read()
    return [a["id"] for a in acts]


def bundle(city, name, case, tag):
    path = os.path.join(city.base, "%s-%s.zip" % (name, tag))
    city.run("export", "--case", case, "--out", path, data=city.data(name))
    return path


def judged(city, *files):
    """The items of P1 by message id, on which both verifiers agree; everything else they say, too."""
    said = []
    for argv in ([os.path.join(city.bin, "xianjie"), "--json", "verify", *files, "--root", city.root_hex()], [*SECOND, *files, "--root", city.root_hex(), "--json"]):
        p = subprocess.run(argv, capture_output=True, text=True)
        assert p.returncode == 0, (argv, p.stdout[-3000:], p.stderr)
        said.append(json.loads(p.stdout)["claims"])
    key = lambda claims: sorted(json.dumps([c, i["bundle"], i["what"], i["id"], i["message"], i["agency"], i["verdict"], i["code"], i["from"], i["to"]])
                                for c in claims for i in claims[c]["items"])
    assert key(said[0]) == key(said[1]), set(key(said[0])) ^ set(key(said[1]))
    return {i["id"]: (i["verdict"], i["code"]) for i in said[0]["P1"]["items"] if i["id"]}


def all_accounts_agree(city):
    files = [city.store(n) for n in ("exchange", *city.names)]
    for i, a in enumerate(files):
        for b in files[i + 1:]:
            city.run("reconcile", a, b, "--root", city.root_hex())


def all_four_keys_are_replaced_amid_a_case_and_nothing_is_lost(build):
    city = KillCity(build, NAMES)
    try:
        first = read_keys(os.path.join(city.data("police"), "secret.keys"))
        case = do(city, "bureau", "transfer_report", None, ("transfer_report",))["case"]
        do(city, "bureau", "transfer_approved", case)
        do(city, "bureau", "transfer", case, PAPERS, principals=[city.id("police")])
        rest(city)
        do(city, "police", "receipt", case, ("receipt",))
        rest(city)
        before = bundle(city, "police", case, "before")
        seen = {n: opened(city, n, case) for n in NAMES[1:3]}

        # An act that waits in the ledger, signed with the old key, while the exchange is away; then everything is replaced.
        city.kill("exchange")
        until("police know that the exchange is away", lambda: not city.call("police", "GET", "/api/status")[1]["exchange_reachable"])
        status, j = city.act("police", "acceptance", case, wait_ms=0)
        assert status == 200 and j["status"] == "queued", (status, j)
        waiting = j["id"]
        halt(city, "police")
        city.launch("exchange")
        city.await_ready("exchange")
        until("justice is back", lambda: city.is_ready("justice"))
        where = new_keys(city, "police", 1)
        swap(city, "police", where)
        second = read_keys(os.path.join(city.data("police"), "secret.keys"))
        assert all(first[k] != second[k] for k in first), "a key stayed"
        assert read_keys(os.path.join(city.data("police"), "retired.keys")) == {"seal_secret_1": first["seal_secret"]}
        city.launch("police")  # its ledger has the old register yet
        city.await_ready("police")
        rest(city)
        filed = do(city, "police", "filed", case, ("filing_decision",))["id"]
        rest(city)
        # Once more, so that two retired keys are kept; while the agency is off somebody writes to it, before and after.
        halt(city, "police")
        notes = [do(city, "bureau", "disposal_note", case, copies=[city.id("police")])["id"]]
        where = new_keys(city, "police", 2)
        until("the bureau has the new keys", lambda: len({city.call(n, "GET", "/api/status")[1]["register"] for n in ("justice", "bureau")}) == 1)
        notes.append(do(city, "bureau", "disposal_note", case, copies=[city.id("police")])["id"])
        swap(city, "police", where)
        city.launch("police")
        city.await_ready("police")
        rest(city)
        for name in seen:
            assert opened(city, name, case) == seen[name] + [waiting, filed] + notes, name
        retired = read_keys(os.path.join(city.data("police"), "retired.keys"))
        assert retired == {"seal_secret_1": second["seal_secret"], "seal_secret_2": first["seal_secret"]}

        after = [bundle(city, n, case, "after") for n in ("bureau", "police", "procuratorate")]
        for files in ([before], after[:1], after[1:2], after):
            assert set(judged(city, *files).values()) == {("proved", "")}, files
        for name in ("exchange", *NAMES):
            halt(city, name)
        city.verify_all()
        all_accounts_agree(city)
        city.run("rebuild", data=city.data("police"))  # a view from nothing: the old acts open with the retired keys
    finally:
        city.close()


def keys_of_another_agency_do_not_start(build):
    city = KillCity(build, NAMES)
    try:
        halt(city, "police")
        kept = os.path.join(city.base, "kept")
        shutil.copy(os.path.join(city.data("police"), "secret.keys"), kept)
        shutil.copy(os.path.join(city.data("bureau"), "secret.keys"), os.path.join(city.data("police"), "secret.keys"))
        city.launch("police")
        assert city.await_death("police") and city.children["police"].returncode != 0
        # Keys that nobody registered: the agent waits, says why, and signs nothing.
        fresh = os.path.join(city.base, "unregistered")
        city.run("keygen", "agency", fresh)
        shutil.copy(os.path.join(fresh, "secret.keys"), os.path.join(city.data("police"), "secret.keys"))
        city.launch("police")
        until("police answer", lambda: city.must_live("police") or answers(city, "police"))
        assert city.act("police", "receipt", None, ("receipt",), wait_ms=0)[0] != 200
        halt(city, "police")
        shutil.copy(kept, os.path.join(city.data("police"), "secret.keys"))
        city.launch("police")
        city.await_ready("police")
        do(city, "bureau", "transfer", None, PAPERS, principals=[city.id("police")])
        rest(city)
        for name in ("exchange", *NAMES):
            halt(city, name)
        city.verify_all()
    finally:
        city.close()


def answers(city, name):
    try:
        return city.call(name, "GET", "/api/status")[0] == 200
    except OSError:
        return False


def a_stored_statement_that_waited_is_taken_after_the_keys_were_replaced(build):
    city = City(build, names=("justice", "bureau", "police", "environment"), unconnected=("environment",))
    try:
        city.names = ["justice", "bureau", "police"]
        city.start()
        peer = enlist(city, "environment")
        held, send = [], peer.send
        peer.send = lambda kind, *fields, **kw: held.append(fields) if kind == STORED else send(kind, *fields, **kw)
        status, j = city.act("bureau", "disposal_note", copies=[city.id("environment")])
        assert status == 200 and j["status"].startswith("admitted"), j
        peer.until(lambda: held)
        peer.send = send
        fresh = os.path.join(city.base, "fresh")
        city.run("keygen", "agency", fresh)
        city.run("register", "keys", city.id("environment"), "--keys", os.path.join(fresh, "public.keys"), data=city.data("justice"))
        keys = read_keys(os.path.join(fresh, "secret.keys"))
        peer.sign, peer.transport = nacl.signing.SigningKey(keys["sign_seed"]), keys["transport_secret"]
        peer.seal_secret, peer.seal_public = keys["seal_secret"], nb.crypto_scalarmult_base(keys["seal_secret"])
        peer.reconnect()
        assert peer.hello()[10] == 0
        peer.send(STORED, *held[0])  # of the old key and number, the same bytes
        until("the sender is told", lambda: city.call("bureau", "GET", "/api/status")[1]["own_proved"] == 1)
        assert not [n for n in peer.notices if n[0] == "malformed"], peer.notices
        peer.close()
        city.stop()
        city.verify_all()
    finally:
        city.close()


def instant(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone(datetime.timedelta(hours=8))).isoformat(timespec="milliseconds")


def what_was_admitted_since_a_key_was_compromised_is_not_proved(build):
    city = KillCity(build, NAMES)
    try:
        case = do(city, "bureau", "transfer", None, PAPERS, principals=[city.id("police")])["case"]
        rest(city)
        do(city, "police", "receipt", case, ("receipt",))
        rest(city)
        doubtful = do(city, "police", "acceptance", case)["id"]
        rest(city)
        acts = {a["id"]: a for a in city.case("bureau", case)["acts"]}
        assert all(a["key_compromised_since"] is None for a in acts.values())
        older = bundle(city, "bureau", case, "older")  # made before anybody knew
        public = os.path.join(city.base, "police-before.keys")
        shutil.copy(os.path.join(city.dir, "keys", city.id("police"), "public.keys"), public)
        since = acts[doubtful]["admitted_ms"]
        where = new_keys(city, "police", 1)  # while the machine runs: it is nobody now, and told so
        city.run("register", "compromised", city.id("police"), "--keys", public, "--since", instant(since), "--reason", "私钥外泄", data=city.data("justice"))
        halt(city, "police")
        swap(city, "police", where)
        city.launch("police")
        city.await_ready("police")
        fresh = do(city, "police", "filed", case, ("filing_decision",))["id"]
        rest(city)
        for name in ("bureau", "police", "procuratorate"):
            shown = {a["id"]: a["key_compromised_since_ms"] for a in city.case(name, case)["acts"]}
            assert shown == {i: since if i == doubtful else None for i in [*acts, fresh]}, (name, shown)
        text = city.run("case", "show", case, data=city.data("bureau")).stdout
        assert text.count("签名密钥已报失泄") == 1, text
        assert "compromised" in city.run("register", "show", "compromised", data=city.data("justice")).stdout

        found = {n: bundle(city, n, case, "found") for n in ("bureau", "police")}
        for files in ([found["bureau"]], [found["police"]], [found["bureau"], found["police"]], [older, found["police"]]):
            got = judged(city, *files)
            assert {i for i, v in got.items() if v != ("proved", "")} == {doubtful}, got
            assert got[doubtful] == ("not proved", "compromised")
        assert judged(city, older)[doubtful] == ("proved", ""), "a bundle made before the report cannot know of it"

        # The report was wrong: it is withdrawn, and nothing is in doubt any more.
        city.run("register", "compromised", city.id("police"), "--keys", public, "--withdraw", data=city.data("justice"))
        rest(city)
        assert not [a for a in city.case("bureau", case)["acts"] if a["key_compromised_since"]]
        assert set(judged(city, bundle(city, "bureau", case, "withdrawn")).values()) == {("proved", "")}
        p = city.run("register", "compromised", city.id("police"), "--since", instant(since), check=False, data=city.data("justice"))
        assert p.returncode == 2
        for name in ("exchange", *NAMES):
            halt(city, name)
        city.verify_all()
        all_accounts_agree(city)
    finally:
        city.close()


if __name__ == "__main__":
    main([all_four_keys_are_replaced_amid_a_case_and_nothing_is_lost, keys_of_another_agency_do_not_start,
          a_stored_statement_that_waited_is_taken_after_the_keys_were_replaced, what_was_admitted_since_a_key_was_compromised_is_not_proved])
