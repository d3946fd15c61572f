"""The samples of tests/cases/samples, run live through the agencies of a small city: what no published case shows."""
import glob
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, City, main


def run_sample(city, path):
    sample = json.load(open(path))
    case, parties = None, {}
    for i, step in enumerate(sample["steps"]):
        body = {}
        if i == 0:
            body["title"] = sample["title"]
            body["parties"] = [{"id": None, "kind": k, "name": n} for n, k in sample["parties"].items()]
        for key in ("reasons", "fine"):
            if key in step:
                body[key] = step[key]
        named = {x[1] for x in step.get("subjects", []) if len(x) > 1}  # whoever names a charge says what it is
        if named:
            body["charges"] = [{"id": parties.get(n), "name": n, "code": ""} for n in sorted(named)]
        subjects = [{"party": s[0], "charge": s[1] if len(s) > 1 else None} for s in step.get("subjects", [])]
        status, j = city.act(step["by"], step["act"], case, step.get("papers", ()), body=body, subjects=subjects,
                             principals=[city.id(n) for n in step.get("to", [])])
        where = "%s step %d %s" % (os.path.basename(path), i + 1, step["act"])
        assert status == 200, "%s: %s" % (where, json.dumps(j, ensure_ascii=False))
        breaches = [b["code"] for b in j["breaches"]]
        assert breaches == step.get("breaches", []), "%s: breaches %s" % (where, breaches)
        assert j["status"] == ("admitted_with_breach" if breaches else "admitted"), "%s: %s" % (where, j)
        case = j["case"]
        parties.update(j.get("parties") or {})
        city.settle()
    return sample, case, parties


def subject_key(subject, parties):
    if not subject:
        return None
    return (parties[subject[0]], parties[subject[1]] if len(subject) > 1 else None)


def check_end(city, sample, case, parties, path):
    seen = city.case("procuratorate", case) if any(s["act"] == "transfer" for s in sample["steps"]) else city.case("bureau", case)
    rows = {}
    for view in [seen] + [city.case(n, case) for n in ("bureau", "police", "court")
                          if city.call(n, "GET", "/api/cases/" + case)[0] == 200]:
        for r in view["rows"]:
            s = r["subject"]
            rows[(r["track"], r["owner"], (s["party"], s["charge"]) if s else None)] = r["state"]
    for track, owner, subject, state in sample["end"]["rows"]:
        got = rows.get((track, city.id(owner), subject_key(subject, parties)))
        assert got == state, "%s: %s of %s for %s is %s, not %s" % (path, track, owner, subject, got, state)
    questions, duties = set(), {}
    for n in city.names:
        status, view = city.call(n, "GET", "/api/cases/" + case)
        if status != 200:
            continue
        questions |= {(q["id"], q["question"]) for q in view["questions"] if q["open"]}
        for d in view["duties"]:
            duties.setdefault(d["id"], set()).add(d["status"])
    open_now = sorted(q for _, q in questions)
    assert open_now == sorted(sample["end"]["open"]), "%s: open questions %s" % (path, open_now)
    for duty, status in sample["end"]["duties"].items():
        assert status in duties.get(duty, set()), "%s: %s is %s, not %s" % (path, duty, duties.get(duty), status)


def samples_run_live_and_end_as_the_law_says(build):
    city = City(build)
    try:
        city.start()
        paths = sorted(glob.glob(os.path.join(ROOT, "tests/cases/samples/*.json")))
        assert len(paths) >= 12
        for path in paths:
            sample, case, parties = run_sample(city, path)
            check_end(city, sample, case, parties, os.path.basename(path))
            print("  %s" % sample["title"], flush=True)
        city.stop()
        assert city.check_all() == len(city.names) + 1
    finally:
        city.close()


if __name__ == "__main__":
    main([samples_run_live_and_end_as_the_law_says])
