#!/usr/bin/env python3
"""Writes the plan of the synthetic year as JSON lines: `make_plan.py OUT [--scale PERCENT] [--seed N]`. The same scale and seed
give the same bytes. Figures of a whole year (100 percent) are those of the city's own account: 461 departments, 7,897 penalty
cases, 45 transfers to the police, 7 matters sent back by the police, 14,730 cases not penalised or penalised less, RMB 22.6517
million less in fines."""
import argparse
import os
import random
import re
import sys

sys.dont_write_bytecode = True
import breaches_penalty
import breaches_transfer
import days
from book import Book
from city import City
from persons import People
from transfers import Course

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
YEAR = 2025
PENALTIES, LENIENT, TRANSFERS, REVERSE, REDUCED_FEN = 7897, 14730, 45, 7, 2265170000
CLEAN = ("judged_course", "dropped_course", "refused_course", "closed_course", "contested_course", "overturned_course",
         "gaps_course", "forwarded_course", "open_course")


def shares(rng, count, total):
    """count amounts of whole yuan that add up to total fen."""
    weights = [rng.paretovariate(1.3) for _ in range(count)]
    each = [max(1, int(total // 100 * w / sum(weights))) * 100 for w in weights]
    each[each.index(max(each))] += total - sum(each)
    return each


def weighted(city, rng):
    """Bureaus by how much they penalise: market, urban management and traffic most."""
    heavy = {"market": 12, "urban": 8, "transport": 8, "environment": 4, "tobacco": 4, "agriculture": 3, "land": 2, "safety": 2, "tax": 2}
    return rng.choices(city.bureaus, [heavy.get(b["sector"], 1) for b in city.bureaus], k=1)[0]


def clean_transfers(book, rng, count):
    course = Course(book)
    sectors = ("market", "tobacco", "environment", "agriculture", "safety")
    for i in range(count):
        found = [b for s in sectors for b in book.city.bureaus_of(s)]
        make = CLEAN[i % len(CLEAN)]
        last = "03-20" if make == "judged_course" else "06-10" if make in ("dropped_course", "closed_course") else "09-15"
        d = rng.randint(days.day("%d-01-06" % YEAR), days.day("%d-%s" % (YEAR, last)))
        getattr(course, make)(rng.choice(found), book.calendar.roll(d))
    for i in range(max(1, count // 4)):
        course.declined_course(rng.choice(book.city.bureaus_of("market")), book.calendar.roll(days.day("%d-04-01" % YEAR) + 40 * i))


def reverse(book, rng, count):
    course = Course(book)
    for i in range(count):
        found = [b for s in ("market", "urban", "culture", "transport") for b in book.city.bureaus_of(s)]
        d = rng.randint(days.day("%d-01-06" % YEAR), days.day("%d-09-01" % YEAR))
        course.reverse(rng.choice(found), book.calendar.roll(d), filed=i % 4 != 3)


def make(scale, seed):
    rng = random.Random(seed)
    calendar = days.Calendar(os.path.join(ROOT, "schema", "calendars", "cn.json"))
    city = City(rng, People(rng), scale)
    book = Book(city, rng, calendar, YEAR)
    breaches_penalty.plant(book, scale)
    breaches_transfer.plant(book)
    clean_transfers(book, rng, max(round(TRANSFERS * scale) - book.totals["transfers"], 9 if scale > 0.01 else 2))
    reverse(book, rng, max(2, round(REVERSE * scale)))
    course = Course(book)
    for _ in range(max(0, round(PENALTIES * scale) - book.totals["penalties"])):
        course.penalty(weighted(city, rng))
        book.sum("penalties", 1)
    lenient = max(1, round(LENIENT * scale))
    for reduced in shares(rng, lenient, round(REDUCED_FEN * scale / 100) * 100):
        course.lenient(weighted(city, rng), reduced)
    book.sum("lenient", lenient)
    book.sum("agencies", len(city.agencies))
    return book


def unplanted(book):
    """Rules of the procedure that no planted breach is found by: a new rule needs a new breach."""
    with open(os.path.join(ROOT, "schema", "procedures", "referral.yaml"), encoding="utf-8") as f:
        section = re.search(r"^rules:\n(.*?)^\w", f.read(), re.M | re.S).group(1)
    return sorted(set(re.findall(r"^  ([A-Z][A-Z0-9_]*):", section, re.M)) - {x["rule"] for x in book.planted})


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("out")
    p.add_argument("--scale", type=float, default=100, help="percent of the year")
    p.add_argument("--seed", type=int, default=2025)
    a = p.parse_args()
    book = make(a.scale / 100, a.seed)
    missing = unplanted(book)
    if missing:
        sys.exit("make_plan: no breach is planted for %s (tests/year/breaches_*.py)" % ", ".join(missing))
    with open(a.out, "w", encoding="utf-8") as f:
        book.write(f, {"year": YEAR, "scale_percent": a.scale, "seed": a.seed, "begin": book.begin_ms, "end": book.end_ms})
    print(", ".join("%s %s" % x for x in sorted(dict(book.totals, acts=len(book.acts), cases=book.cases, planted=len(book.planted)).items())))


if __name__ == "__main__":
    main()
