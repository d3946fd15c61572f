"""Case files nobody wrote: every kind of actor with every kind of event, in any order, with dates, names and parties of every form
the format allows; and the published ones with events lost, doubled, swapped or replaced. All of it is history that somebody may
hold, so nothing may be refused, and every ledger must hold what belongs in it. XJ_UNSEEN: all (the whole grid and all published
cases), else a sample; XJ_SEED."""
import collections
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EVENTS = """
inspection admin_case_opened suspected_crime_found correction_notice penalty_notice penalty_hearing penalty_decided penalty_reduced
penalty_revoked penalty_paid enforcement_applied admin_expert_opinion bureau_reply jurisdiction_requested jurisdiction_forwarded
jurisdiction_designated transfer clue_transferred suggestion_to_transfer receipt acceptance supplement_requested assigned
admin_detention_transfer admin_detention items_seized items_handed_over items_not_handed_over items_returned items_disposed
consultation joint_meeting mechanism_agreed filed not_filed reconsideration_requested reconsideration_decided filed_after_notice
refiled case_withdrawn coercive_measure arrested bail arrest_requested transferred_for_prosecution reverse_transfer
early_intervention supervision_applied supervision_suggested explanation_requested explanation_given notice_to_file
notice_to_withdraw supervision_opinion arrest_approved arrest_refused returned_for_supplement own_investigation
additional_suspect_pursued hearing_held non_prosecution opinion_issued procuratorial_suggestion public_interest_suit prosecuted
protest transferred_between_procuratorates duty_crime_filed duty_crime_transferred judged appeal_decided retrial_decided
disciplinary_action settlement victim_or_witness_report other""".split()
BUREAUS = [("某县市场监督管理局", "market"), ("某市生态环境局", "environment"), ("某县烟草专卖局", "tobacco"), ("某镇人民政府", "township"),
           ("某市税务局稽查局", "tax"), ("某县自然资源局", "land"), ("某县应急管理局", "safety"), ("某市公安局交警支队", "traffic_police")]
NAMES = {
    "police": ["某县公安局", "某市公安局", "某区公安分局", "某县公安局森林警察大队"],
    "procuratorate": ["某县人民检察院", "某市人民检察院", "某省人民检察院"],
    "court": ["某县人民法院", "某市中级人民法院"],
    "supervisory_commission": ["某县监察委员会", "某县纪委监委"],
    "other": ["当事人王某", "某行业协会", None],
}


def a_date(r, year):
    day = lambda: "%04d-%02d-%02d" % (year, r.randint(1, 12), r.randint(1, 28))
    return r.choice([day(), day(), day(), "%04d-%02d" % (year, r.randint(1, 12)), "%04d" % year, "/".join(sorted((day(), day()))), None])


def a_name(r, actor, bureaus):
    names = [b[0] for b in bureaus] if actor == "bureau" else NAMES[actor]
    name = r.choice(names)
    if actor != "other" and r.random() < 0.15:
        name += r.choice(["、", "会同"]) + r.choice(NAMES["police"] + NAMES["procuratorate"])
    return None if r.random() < 0.05 else name


def a_case(r, ident, pairs):
    bureaus = r.sample(BUREAUS, r.randint(1, 3))
    labels = ["甲某", "乙某", "丙公司"][:r.randint(0, 3)]
    year, events = r.randint(2008, 2024), []
    for seq, (actor, event) in enumerate(pairs, 1):
        parties = r.sample(labels, r.randint(1, len(labels))) if labels and r.random() < 0.4 else []
        events.append({"seq": seq, "date": a_date(r, year), "actor": actor, "actor_name": a_name(r, actor, bureaus), "event": event,
                       "note": r.choice(["", "说明"]), "documents": r.choice([[], ["某文书"]]), "parties": parties})
        year += r.random() < 0.1
    return {"id": ident, "title": r.choice([ident, ""]), "source": {"publisher": "随机", "number": None},
            "bureaus": r.choice([[], [{"name": n, "type": t} for n, t in bureaus]]),
            "parties": [{"label": x, "kind": "unit" if "公司" in x else "person", "outcome": None} for x in labels], "events": events}


def disturbed(r, case, ident):
    """A published case of which somebody lost, doubled, swapped or confused events."""
    events = case["events"]
    for _ in range(3):
        i = r.randrange(len(events))
        what = r.choice(["lose", "double", "swap", "confuse"])
        if what == "lose" and len(events) > 2:
            events.pop(i)
        elif what == "double":
            events.insert(r.randrange(len(events) + 1), dict(events[i]))
        elif what == "swap" and i > 0:
            events[i - 1], events[i] = events[i], events[i - 1]
        else:
            events[i]["event"] = r.choice(EVENTS)
    for seq, e in enumerate(events, 1):
        e["seq"] = seq
    return dict(case, id=ident)


def write_all(r, folder, whole):
    pairs = [(a, e) for a in ["bureau", *NAMES] for e in EVENTS]
    published = sorted(glob.glob(os.path.join(ROOT, "tests/cases/published/*.json")))
    r.shuffle(pairs)
    r.shuffle(published)
    if not whole:
        pairs, published = pairs[:90], published[:3]
    cases = []
    while pairs:
        n = r.randint(8, 20)
        cases.append(a_case(r, "unseen-%03d" % len(cases), pairs[:n]))
        pairs = pairs[n:]
    cases += [disturbed(r, json.load(open(f)), "disturbed-%03d" % i) for i, f in enumerate(published)]
    for c in cases:
        with open(os.path.join(folder, c["id"] + ".json"), "w") as f:
            json.dump(c, f, ensure_ascii=False)
    return cases


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build"))
    seed = int(os.environ.get("XJ_SEED", "20261124"))
    folder = tempfile.mkdtemp(prefix="xj-unseen-", dir="/tmp")
    cases = write_all(random.Random(seed), folder, os.environ.get("XJ_UNSEEN") == "all")
    p = subprocess.run([os.path.join(build, "bin", "xianjie"), "replay", "--json", *sorted(glob.glob(folder + "/*.json"))],
                       capture_output=True, text=True)
    assert p.returncode == 0, "seed %d, kept in %s: exit %d\n%s%s" % (seed, folder, p.returncode, p.stdout[-3000:], p.stderr)
    told = {c["case"]: c for c in json.loads(p.stdout)}
    words = collections.Counter()
    for c in cases:
        acts = told[c["id"]]["acts"]
        assert [a["event"] for a in acts] == [e["seq"] for e in c["events"]], c["id"]
        assert all(x["verified"] for x in told[c["id"]]["ledgers"].values()), c["id"]
        words.update(a["status"] for a in acts)
    print("seed %d: %d cases, %s" % (seed, len(cases), dict(words)))
    shutil.rmtree(folder)  # a run that failed leaves its files to be looked into
    print("ok")


if __name__ == "__main__":
    main()
