"""`xianjie replay` with real processes: all published cases, odd files, refusals, a kept and a running city."""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
XIANJIE = os.path.join(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build"), "bin", "xianjie")
ENV = dict(os.environ, XIANJIE_SHARE=os.path.join(ROOT, "schema"))

EXPECTED = {("22", "D08"): ("2015-08-12..", "2015-08-17", "2015-08-14", "met"),
            ("40", "D08"): ("2018-06-25..", "2018-06-28", "2018-06-26", "met"),
            ("50", "D08"): ("2019-08-12..", "2019-08-15", "2019-08-13", "met"),
            ("27", "D16"): ("2019-08-06..", "2019-08-21", "2019-08-11", "met"),
            ("17", "D23"): ("2006-04-11", "2006-04-21", None, "open"),
            ("42", "D08"): ("2020-03-01..", "2020-03-04", None, "undatable"),
            ("45", "D23"): ("2001-04-27", None, None, "undatable"),
            ("27", "D14"): ("2019-07-09..", "2019-07-16", None, "undatable")}


# What a recorded breach must raise: by its code, one of these rules. The other codes of the files say what no message shows.
RAISES = {"有案不移": "R1 R5 R6 R7 R8", "以罚代刑": "R10 R11 R12", "有案不立": "R13 R15 R16 R18 R20", "立案超期": "R14", "立案迟延": "R14",
          "挂案": "LONG_OPEN SUPERVISED_OPEN", "不刑不罚": "R21 R22 R24 R25", "移而不交": "R29", "不当立案": "R20"}
NOT_DERIVABLE = {"判后行政措施未跟进": "what a judgment bars and whether it was done is content",
                 "涉案物品处置违法": "whether goods should have been destroyed is content",
                 "监管人员通风报信": "a crime of its own, told of in a note", "处罚未执行": "no act says that a penalty was not carried out",
                 "监管失职": "a crime of its own, told of in a note", "以罚代管": "that penalties did not stop the conduct is content",
                 "零移送": "figures of an agency, not of a case"}


def alerts_fit(source, r):
    """Every recorded breach is raised; without one nothing is red. No exception among the published cases."""
    codes = {b["code"] for b in source["breaches"]}
    assert codes <= set(RAISES) | set(NOT_DERIVABLE), (r["case"], codes)
    for code in codes & set(RAISES):
        found = [a for a in r["alerts"] if a["rule"] in RAISES[code].split()]
        assert found and {a["mode"] for a in found} & {code}, (r["case"], code, r["alerts"])
    for a in r["alerts"]:
        assert a["why"] and a["cite"] and a["severity"] in ("red", "amber", "notice"), a
        assert codes or a["severity"] != "red", (r["case"], a)
        assert a["tag"] != "U" or a["severity"] != "red", a


def run(*args, want=0):
    done = subprocess.run([XIANJIE, *args], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    assert done.returncode == want, "%s: exit %d, not %d: %s" % (args, done.returncode, want, done.stderr.decode()[-2000:])
    return done.stdout.decode(), done.stderr.decode()


def replay(*args, want=0):
    out = json.loads(run("replay", "--json", *args, want=want)[0])
    return out if isinstance(out, list) else [out]


def sound(result):
    assert "missing" not in result, result.get("missing")
    for agency, ledger in result["ledgers"].items():
        assert ledger["verified"] and ledger["complete"] and ledger["entries"] > 0, (result["case"], agency, ledger)
    seqs = [a["seq"] for a in result["acts"] if a["status"] != "refused"]
    assert seqs == sorted(set(seqs)) and None not in seqs, result["case"]
    for a in result["acts"]:
        for agency in [a["from"]] + a["to"]:
            assert agency in result["ledgers"] and agency in result["agencies"], (result["case"], a)
        assert a["from"] not in a["to"] and len(a["to"]) == len(set(a["to"])), a


def published():
    files = sorted(glob.glob(os.path.join(ROOT, "tests/cases/published/*.json")))
    results = replay(*files)
    left, ids = dict(EXPECTED), {}
    assert len(results) == len(files) == 55
    for path, r in zip(files, results):
        source = json.load(open(path))
        sound(r)
        assert r["case"] == source["id"]
        assert [a["event"] for a in r["acts"]] == [e["seq"] for e in source["events"]]
        assert [a["date"] for a in r["acts"]] == [e["date"] for e in source["events"]]
        for a, e in zip(r["acts"], source["events"]):
            recorded = e["actor"] == "other" and a["act"] != "disposal_note"
            assert a["status"] == ("note" if e["actor"] == "other" and not recorded else "admitted"), (r["case"], a)
        alerts_fit(source, r)
        for d in r["duties"]:
            want = left.pop((r["case"][:2], d["id"]), None)
            got = (d["start"], d["due"], d["done"], d["status"])
            assert want is None or got == want, (r["case"], d, want)
            assert d["status"] in ("met", "late", "open", "undatable") and d["cite"]
        for agency, name in r["agencies"].items():
            if name in ("中国证券监督管理委员会", "国家市场监督管理总局"):
                assert ids.setdefault(name, agency) == agency, name  # the same agency in every file
    assert not left, left


def event(seq, actor, name, what, **more):
    return dict(dict(seq=seq, date=None, actor=actor, actor_name=name, event=what, note="", documents=[], parties=[]), **more)


def write(folder, name, **content):
    path = os.path.join(folder, name + ".json")
    json.dump(dict(dict(id=name, title="", bureaus=[], parties=[], events=[]), **content), open(path, "w"), ensure_ascii=False)
    return path


def odd(folder):
    names = {"bureau": "甲市环保局", "police": "甲市公安局", "procuratorate": "甲市检察院", "court": "甲市法院",
             "supervisory_commission": "甲市监察委员会", "other": "张某"}
    what = ["penalty_decided", "filed", "not_filed", "judged", "opinion_issued", "receipt", "acceptance", "supplement_requested",
            "items_handed_over", "reconsideration_decided", "filed_after_notice", "disciplinary_action", "settlement", "other"]
    events = [event(i + 1, a, names[a] if i % 5 else None, w) for i, (a, w) in enumerate((a, w) for a in names for w in what)]
    [r] = replay(write(folder, "pairs", events=events))
    sound(r)
    assert not [a for a in r["acts"] if a["status"] == "refused"]
    assert [a for a in r["acts"] if a["breaches"] == ["role:court"]], "a court that files is a breach of role"
    [r] = replay(write(folder, "empty"))
    assert r["acts"] == [] and r["ledgers"] == {}
    late = [event(1, "bureau", "甲市环保局", "transfer", date="2024-03-04"), event(2, "police", "甲市公安局", "receipt", date="2024-03-05"),
            event(3, "police", "甲市公安局", "not_filed", date="2024-03-20", parties=["张某"])]
    [r] = replay(write(folder, "late", events=late))
    assert r["acts"][2]["status"] == "admitted_with_breach" and "late:D08" in r["acts"][2]["breaches"], r["acts"]
    assert [d for d in r["duties"] if (d["id"], d["start"], d["due"], d["done"], d["status"]) ==
            ("D08", "2024-03-05", "2024-03-08", "2024-03-20", "late")], r["duties"]
    assert r["subjects"]["张某"], r["subjects"]


def refused(folder):
    big = event(1, "police", "甲市公安局", "filed", documents=["文" * 10000] * 10)
    path = write(folder, "refused", events=[big, event(2, "police", "甲市公安局", "coercive_measure")])
    [r] = replay(path, want=3)
    assert [a["status"] for a in r["acts"]] == ["refused", "admitted"] and r["acts"][0]["code"] == "oversize", r["acts"]
    out, _ = run("--lang", "en", "replay", path, want=3)
    assert "oversize" in out and "current revision" in out
    for bad in (dict(events=[event(1, "army", "", "filed")]), dict(events=[event(1, "police", "", "invaded")]),
                dict(events=[event(1, "police", "", "filed", date="2023-13")]), dict(events=None)):
        out, err = run("replay", "--json", write(folder, "bad", **bad), want=2)
        assert out == "" and "bad" in err
    run("replay", os.path.join(folder, "absent.json"), want=2)
    run("replay", want=2)


def kept(folder):
    city = os.path.join(folder, "city")
    path = glob.glob(os.path.join(ROOT, "tests/cases/published/60-*.json"))[0]
    [first] = replay("--keep", city, path)
    sound(first)
    replay_again = ("--city", city, path)
    run("replay", *replay_again, want=1)  # it does not run
    run("city", "start", city)
    try:
        [again] = replay(*replay_again)
        sound(again)
        assert again["agencies"] == first["agencies"] and again["uuid"] != first["uuid"]
        assert all(again["ledgers"][a]["entries"] > first["ledgers"][a]["entries"] for a in again["ledgers"])
    finally:
        run("city", "stop", city)


def scratch_of(pid):
    """The directory that the replay's children were told, once it has any."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for child in open("/proc/%d/task/%d/children" % (pid, pid)).read().split():
            try:
                for word in open("/proc/%s/cmdline" % child).read().split("\0"):
                    if word.endswith("/exchange/broker.conf"):
                        return word[:-len("/exchange/broker.conf")]
            except OSError:
                pass  # it ended in between
        time.sleep(0.01)  # a poll interval; the loop ends on what it waits for or on the limit
    raise AssertionError("no city came up")


def deliver_signals():
    """Whoever runs the tests in the background may have SIGINT ignored, and children inherit that."""
    for s in (signal.SIGINT, signal.SIGTERM):
        signal.signal(s, signal.SIG_DFL)


def broken_off():
    files = sorted(glob.glob(os.path.join(ROOT, "tests/cases/published/*.json")))
    for what in (signal.SIGINT, signal.SIGTERM):
        p = subprocess.Popen([XIANJIE, "replay", *files], env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             start_new_session=True, preexec_fn=deliver_signals)
        scratch = scratch_of(p.pid)
        assert os.path.isdir(scratch)
        os.killpg(p.pid, what)  # as Ctrl-C does: all of them
        assert p.wait(60) == -what, p.returncode
        assert not os.path.exists(scratch), scratch


def main():
    folder = tempfile.mkdtemp(prefix="xj-replay-", dir="/tmp")
    try:
        odd(folder)
        refused(folder)
        kept(folder)
        broken_off()
        published()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("ok")


if __name__ == "__main__":
    main()
