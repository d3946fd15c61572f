"""The look-up of the filing standards once more, written from chapter 13 alone, against `xianjie standards` on random questions."""
import datetime
import json
import os
import random
import subprocess

from city import ROOT, main

QUESTIONS, SEED = 250, 13
DATA = json.load(open(os.path.join(ROOT, "schema/standards/cn.json")))
FAILED, OPEN, HELD = 0, 1, 2
DAY = datetime.timedelta(1)


def date(text):
    return datetime.date.fromisoformat(text)


def anniversary(day, years):
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


# ---- 3: measures ----

def values(amounts):
    """name: (value, exact)"""
    known = {}
    for name, value in amounts:
        known[name] = (max(value, known.get(name, (0, True))[0]), True)
    for name, measure in DATA["measures"].items():
        if len(measure) > 3 and name not in known:
            given = [p for p in measure[3] if p in known]
            if given:
                known[name] = (sum(known[p][0] * measure[3][p] for p in given) // measure[4], len(given) == len(measure[3]))
    return known


# ---- 4.3: conditions ----

def prior_holds(prior, q):
    def counts(days, years):
        certain = sum(p < q["from"] and (years == 0 or q["to"] <= anniversary(p, years)) for p in days)
        possible = sum(p < q["to"] and (years == 0 or q["from"] <= anniversary(p, years)) for p in days)
        return certain, possible

    certain, possible = counts(q["penalties"], prior["years"])
    sure, maybe = counts(q["convictions"], prior["convicted"]) if "convicted" in prior else (0, 0)
    if certain >= prior["times"] or sure:
        return HELD
    return OPEN if possible >= prior["times"] or maybe or not q["all"] else FAILED


def limit_holds(limit, known):
    name, op, least = limit
    value, exact = known.get(name, (-1, False))
    if value >= least:
        return FAILED if op == "<" else HELD
    return (HELD if op == "<" else FAILED) if exact else OPEN


def near_holds(entry, at, q, known):
    held, prompts = FAILED, set()
    for i, row in enumerate(entry["rows"][:at]):
        if "measure" not in row:
            continue
        state, percent, why = verdict(entry, i, q, known)
        if state == "counts" and percent >= entry["rows"][at]["near"]:
            return HELD, prompts
        value, exact = known.get(row["measure"], (0, False))
        if (state == "open" or why) and not (exact and 100 * value // row["value"] < entry["rows"][at]["near"]):
            held, prompts = OPEN, prompts | why
    return held, prompts


def conditions(entry, at, q, known):
    row, held, prompts = entry["rows"][at], [HELD], set()
    if "subject" in row:
        held.append(HELD if row["subject"] == q["subject"] else FAILED)
    for limit in row.get("all_of", []):
        held.append(limit_holds(limit, known))
        prompts |= {"missing"} if held[-1] == OPEN else set()
    if "prior" in row:
        held.append(prior_holds(row["prior"], q))
        prompts |= {"priors"} if held[-1] == OPEN else set()
    near = HELD
    if "near" in row:
        near, why = near_holds(entry, at, q, known)
        held.append(near)
        prompts |= why
    if "judge" in row:
        held.append(OPEN)
        if near == HELD:
            prompts.add("condition" if "measure" in row or "near" in row else "conduct")
    return min(held), prompts


# ---- 4.4: rows ----

def verdict(entry, at, q, known):
    row = entry["rows"][at]
    if "aside" in row or row["tag"] == "U":
        return "aside", None, set()
    held, prompts = conditions(entry, at, q, known)
    if held == FAILED:
        return "out", None, set()
    if "measure" not in row:
        return ("counts", 100, set()) if held == HELD else ("open", None, prompts)
    if row["measure"] not in known:
        return "open", None, {"missing"}
    value, exact = known[row["measure"]]
    top = row.get("max", row["value"])
    percent, short = 100 * value // top, 100 * value // row["value"] < 80
    if held == OPEN and exact and short:
        return "out", percent, set()
    if not exact and percent < 100:
        prompts.add("missing")
    if top > row["value"] and value < top and not short:
        prompts.add("range")
    return "counts" if held == HELD else "open", percent, prompts


# ---- 4.5 to 4.7: entries, versions, kinds ----

def finding(entry, q, known):
    best, prompts, decided = None, {"suspicion"} if entry.get("suspicion") else set(), True
    for i, row in enumerate(entry["rows"]):
        state, percent, why = verdict(entry, i, q, known)
        if state == "counts":
            best = max(percent, -1 if best is None else best)
        if row.get("aside") == "exempt" and conditions(entry, i, q, known)[0] != FAILED:
            prompts.add("exempt")
        prompts |= why
        if state == "open" or why or (row["tag"] == "U" and "aside" not in row):
            decided = False
    outcome = "reached" if (best or 0) >= 100 else "near" if (best or 0) >= 80 else "below" if decided else "unknown"
    return outcome, best, prompts


def lowest(percents):
    return None if None in percents else min(percents)


def at_least_near(outcomes):
    if all(o == "reached" for o in outcomes):
        return "reached"
    return "near" if all(o in ("reached", "near") for o in outcomes) else None


def covers(entry, first, last):
    return date(entry["from"]) <= last and ("to" not in entry or first <= date(entry["to"]))


def of_kind(entries, q, known):
    found = [finding(e, q, known) for e in entries]
    outcomes, prompts = [o for o, _, _ in found], set().union(*(p for _, _, p in found))
    outcome = at_least_near(outcomes) or ("unknown" if "unknown" in outcomes else "below")
    if len(entries) > 1:
        prompts.add("versions")
    day = q["from"]
    while day <= q["to"] and any(covers(e, day, day) for e in entries):
        day += DAY
    if day <= q["to"]:
        outcome = "unknown"
        prompts.add("gap")
    return outcome, lowest([p for _, p, _ in found]), prompts


def look(q):
    kinds = {}
    for e in DATA["entries"]:
        if e["charge"] == q["charge"] and q["kind"] in (None, e.get("kind")) and covers(e, q["from"], q["to"]):
            kinds.setdefault(e.get("kind"), []).append(e)
    if not kinds:
        return "unknown", None, {"gap"}
    found = [of_kind(entries, q, values(q["amounts"])) for entries in kinds.values()]
    outcomes, prompts = [o for o, _, _ in found], set().union(*(p for _, _, p in found))
    if len(set(outcomes)) > 1:
        prompts.add("kinds")
    outcome = at_least_near(outcomes) or ("below" if all(o == "below" for o in outcomes) else "unknown")
    return outcome, lowest([p for _, p, _ in found]), prompts


# ---- questions ----

def question(rnd):
    """About an entry, around its first and last days, its figures, and the anniversaries of penalties."""
    entry = rnd.choice(DATA["entries"])
    first = date(rnd.choice([entry["from"], entry.get("to", "2026-01-01")])) + rnd.choice([-1, 0, 0, 1, 30]) * DAY
    amounts = []
    for row in entry["rows"]:
        if "measure" in row and rnd.random() < 0.6:
            top = rnd.choice([row["value"], row.get("max", row["value"])])
            amounts.append((row["measure"], rnd.choice([0, top, top - 1, top * 8 // 10, top * 8 // 10 - 1, top * 3, top // 2])))
        amounts += [(name, least + rnd.choice([-1, 0, 5])) for name, _, least in row.get("all_of", []) if rnd.random() < 0.7]
    for name in ("sales_amount", "unsold_value"):
        if rnd.random() < 0.2:
            amounts.append((name, rnd.choice([1000000, 4000000, 5000000, 11000000, 15000000])))

    def days():
        back = [0, -1, 1, 365, 366, 730, 731, 1095, 1096, 1826, 1827, 3000]
        return [first - rnd.choice(back) * DAY for _ in range(rnd.choice([0, 0, 1, 2, 3]))]

    return {"charge": entry["charge"], "kind": entry.get("kind") if rnd.random() < 0.6 else None, "from": first,
            "to": first + rnd.choice([0, 0, 0, 1, 400]) * DAY, "amounts": [(n, max(0, v)) for n, v in amounts][:60], "penalties": days(),
            "convictions": days() if rnd.random() < 0.3 else [], "all": rnd.random() < 0.6, "subject": rnd.choice(["person", "unit"])}


def told(build, q):
    charge = q["charge"] + ("（%s）" % q["kind"] if q["kind"] else "")
    args = [os.path.join(os.path.abspath(build), "bin/xianjie"), "--json", "standards", charge, "--conduct", "%s/%s" % (q["from"], q["to"])]
    args += [a for n, v in q["amounts"] for a in ("--amount", "%s=%d" % (n, v))]
    args += [a for d in q["penalties"] for a in ("--prior", str(d))] + [a for d in q["convictions"] for a in ("--convicted", str(d))]
    args += ["--prior", "none"] if q["all"] else []
    args += ["--unit"] if q["subject"] == "unit" else []
    p = subprocess.run(args, capture_output=True, text=True, env=dict(os.environ, XIANJIE_SHARE=os.path.join(ROOT, "schema")), timeout=60)
    assert p.returncode == 0, (args, p.stderr)
    one = json.loads(p.stdout)["charges"][0]
    return one["outcome"], one["percent"], set(one["prompts"])


def two_look_ups_agree_on_random_questions(build):
    rnd, seen = random.Random(SEED), set()
    for _ in range(QUESTIONS):
        q = question(rnd)
        want, got = look(q), told(build, q)
        assert got == want, "%s\nxianjie: %s\nchapter 13: %s" % (q, got, want)
        seen |= {want[0]} | want[2]
    assert {"reached", "near", "below", "unknown", "versions", "kinds", "gap", "priors", "range", "condition"} <= seen, seen


main([two_look_ups_agree_on_random_questions])
