"""The plan in the making: cases, the acts of each, the alerts that must be found, and the plan's own count of acts.

What a rule's alert tells is written down here from the rules' text (schema/procedures/referral.yaml), not computed by the
programs that are tested."""
import json

import days

# Acts that nobody gets who is not addressed, and acts that stay inside the agency (07-procedure, `vis`, `internal`).
PARTIES_ONLY = {"inspection", "items_seized", "crime_suspected", "clue", "coercive_measure", "arrested", "released", "arrest_requested",
                "arrest_approved", "arrest_refused", "duty_crime_filed", "duty_clue", "duty_clue_forwarded", "consultation",
                "consultation_asked", "consultation_answered", "disposal_note", "trial_extended", "early_intervention",
                "supervision_applied", "clue_found", "own_investigation"}
INTERNAL = {"transfer_report", "transfer_approved", "transfer_declined", "reverse_review", "review_suspended", "review_resumed",
            "review_closed"}
# Whom each rule tells: a = the agency answerable, p = procuratorate, j = justice bureau, q = police, b = bureau.
TELLS = {"R1": "apj", "R1A": "apj", "R1B": "apj", "R1C": "ap", "R1D": "a", "R2": "apj", "R3": "ap", "R4": "apj", "R5": "apj", "R6": "apj", "R7": "ap",
         "R8": "apj", "R9": "apj", "R10": "apj", "R10A": "apj", "R10B": "ap", "R11": "apj", "R11A": "apj", "R12": "ap", "R13": "ap",
         "R14": "ap", "R15": "ap", "R16": "ap", "R18": "ap", "R20": "ap", "R20A": "ap", "R20B": "ap", "R20C": "ap", "R21": "a",
         "R21A": "pj", "R22": "apj", "R23": "apj", "R24": "pj", "R25": "apj", "R29": "aqp", "R29A": "aqp", "R30": "aqp", "R31": "ap",
         "R32": "apb", "R33": "aj", "R34": "aj", "R35": "aq", "R36A": "aq", "R37": "aj", "R38": "aj", "R39": "apj", "R40": "ap",
         "EARLY_MEASURE": "ap", "LONG_OPEN": "p", "SUPERVISED_OPEN": "ap", "OVERDUE": "ap", "STAGE_LONG": "a", "UNPUBLISHED": "a", "R27": "ap"}
# How loud, when the trigger is live and for LONG_OPEN: amber, but for these.
RED = {"R1", "R1A", "R1B", "R5", "R6", "R8", "R9", "R10", "R11", "R14", "R15", "R20", "R20A", "R20B", "R22", "R29", "R30", "R36A", "OVERDUE"}
NOTICE = {"R1D", "STAGE_LONG"}
JUSTICE = "370800-sfj"
# What reports count, from the text of the statistics in referral.yaml: the acts; of sums, the figure; `case`: the first such act of a
# case only. Those of duties are not counted here.
COUNTED = {"admin_filed": ["admin_filed"], "penalties": ["penalty_decided"], "no_penalties": ["no_penalty"], "transfers": ["transfer"],
           "acceptances": ["acceptance"], "supplements": ["supplement_requested"],
           "filed": ["filed", "filed_after_notice", "reconsideration_overturned", "refiled"], "not_filed": ["not_filed"],
           "returned": ["forward", "return"], "decided": ["filed", "forward", "not_filed", "return"], "filed_or_not": ["filed", "not_filed"],
           "reconsiderations": ["reconsideration_requested"], "notices_to_file": ["notice_to_file"], "withdrawn": ["case_withdrawn"],
           "sent_for_prosecution": ["sent_for_prosecution"], "prosecuted": ["prosecuted"], "not_prosecuted": ["not_prosecuted"],
           "judgments": ["acquitted", "exempted", "judged"], "reverse_transfers": ["reverse_transfer"],
           "opinions": ["opinion", "transfer_opinion"], "replies": ["reply"]}
ONCE_A_CASE = {"transferred_cases": ["transfer"], "transferred_parties": ["transfer"], "prosecuted_parties": ["prosecuted"],
               "supervisions": ["correction_notice", "explanation_requested", "notice_to_file", "notice_to_withdraw", "overdue_asked",
                                "supervision_applied", "supervision_closed"]}
SUMMED = {"fines": (["penalty_decided"], lambda b: b.get("fine")),
          "reductions": (["no_penalty", "penalty_decided"], lambda b: b.get("penalty", {}).get("reduced"))}


class Place:
    """The agencies of one case: its bureau, and police, procuratorate and court of its division."""

    def __init__(self, city, bureau):
        d = bureau["division"]
        self.city, self.bureau, self.division, self.sector = city, bureau["id"], d, bureau["sector"]
        self.police, self.proc, self.court = (city.organ(d, s) for s in ("gaj", "jcy", "fy"))
        self.commission = city.organ(d, "jw")
        self.seeing = city.all_seeing(d)
        self.name = bureau["name"]


class Case:
    def __init__(self, book, kind, place, title, parties):
        self.book, self.kind, self.place, self.title, self.parties = book, kind, place, title, parties
        self.number = book.new_case()
        self.acts, self.last, self.over = 0, None, False

    def do(self, ms, by, act, papers="", body=None, to=None, copies=None, occurred=None, **more):
        """An act at an instant; False when it lies past the year: then it does not happen, and nothing after it may."""
        self.over = self.over or ms >= self.book.end_ms
        if self.over:
            return False
        body = dict(body or {})
        body.setdefault("drafted_by", self.book.clerk(by))
        body.setdefault("approved_by", self.book.head(by))
        if self.acts == 0:
            body["title"] = self.title
            body["parties"] = self.parties
        request = {"act": act, "body": body}
        if papers:
            request["papers"] = papers.split()
        if to:
            request["principals"] = to if isinstance(to, list) else [to]
        if copies:
            request["copies"] = copies
        if occurred:
            request["occurred"] = occurred
        request.update(more)
        self.acts, self.last = self.acts + 1, ms
        self.book.put(self, ms, by, act, request, set(request.get("principals", [])) | set(copies or []))
        return True

    def expect(self, rule, ms, answerable, kind, cleared=None, only=None, hidden=(), fires=None, viewers=None):
        """An alert that must show from ms on. only: these agencies alone see what it rests on; hidden: of those told, these
        do not; viewers: these and nobody else, whatever the rule says. cleared: from then on shown as cleared. fires: the instant
        it names, if not ms."""
        if ms >= self.book.end_ms:
            return
        if viewers is not None:
            self.plant(rule, ms, answerable, kind, cleared, fires, viewers)
            return
        viewers = set()
        for t in TELLS[rule]:
            viewers |= {"a": {answerable}, "p": set(self.place.seeing), "j": {JUSTICE}, "q": {self.place.police},
                        "b": {self.place.bureau}}[t]
        if only is not None:
            viewers &= set(only)
        self.plant(rule, ms, answerable, kind, cleared, fires, viewers - set(hidden))

    def plant(self, rule, ms, answerable, kind, cleared, fires, viewers):
        if cleared is not None and cleared >= self.book.end_ms:
            cleared = None
        severity = "red" if rule in RED else "notice" if rule in NOTICE else "amber"
        self.book.planted.append({"kind": kind, "case": self.number, "rule": rule, "severity": severity, "answerable": answerable, "from": ms,
                                  "fires": fires, "cleared": cleared, "viewers": sorted(viewers)})


class Book:
    def __init__(self, city, rng, calendar, year):
        self.city, self.rng, self.calendar = city, rng, calendar
        self.begin_ms, self.end_ms = days.start_ms(days.day("%d-01-01" % year)), days.start_ms(days.day("%d-01-01" % (year + 1)))
        self.year = year
        self.acts, self.planted, self.counts = [], [], {}
        self.cases = 0
        self.numbers = {}
        self.totals = {}
        self.people = {}

    def new_case(self):
        self.cases += 1
        return self.cases

    def clerk(self, agency):
        o = self.city.officers.get(agency)
        return o[0][0] if o else self.person_of(agency, "clerk")

    def head(self, agency):
        return self.person_of(agency, "head")

    def person_of(self, agency, what):
        if (agency, what) not in self.people:
            self.people[agency, what] = self.city.people.name()
        return self.people[agency, what]

    def document(self, agency, word="罚"):
        """The next number of a decision of the agency."""
        n = self.numbers[agency, word] = self.numbers.get((agency, word), 0) + 1
        a = self.city.by_id[agency]
        return "%s%s%s〔%d〕%d号" % (a["place"][:-1], a["name"][len(a["place"]):][:2], word, self.year, n)

    def officers(self, agency, n=2):
        """Two officers, as the law wants (处罚法42)."""
        return [list(o) for o in self.rng.sample(self.city.officers[agency], n)]

    def put(self, case, ms, by, act, request, addressed):
        self.acts.append((ms, len(self.acts), case.number, by, act, request))
        month = days.iso(ms)[:7]
        seen = {by} if act in INTERNAL else {by} | addressed
        if act not in INTERNAL and act not in PARTIES_ONLY:
            seen |= {"370800-jcy", JUSTICE}
        key = (month, by, act)
        row = self.counts.setdefault(key, {"n": 0, "procuratorate": 0, "justice": 0})
        row["n"] += 1
        row["procuratorate"] += "370800-jcy" in seen
        row["justice"] += JUSTICE in seen

    def sum(self, what, n):
        self.totals[what] = self.totals.get(what, 0) + n

    # ---- what reports must say ----

    def reported(self):
        """{(month, agency, statistic): [units, sum]} of acts as the procuratorate sees them, by the date they bear."""
        rows, seen = {}, set()

        def add(ms, request, agency, name, value=0):
            occurred = request.get("occurred")
            row = rows.setdefault(((occurred or days.iso(ms))[:7], agency, name), [0, 0])
            row[0] += 1
            row[1] += value
        for ms, _, case, by, act, request in sorted(self.acts, key=lambda x: (x[0], x[1])):
            for name, acts in COUNTED.items():
                if act in acts:
                    add(ms, request, by, name)
            for name, acts in ONCE_A_CASE.items():
                if act in acts and (case, name) not in seen:
                    seen.add((case, name))
                    add(ms, request, by, name)
            for name, (acts, figure) in SUMMED.items():
                value = figure(request["body"]) if act in acts else None
                if value is not None:
                    add(ms, request, by, name, value)
            if act in ("transfer", "forward"):
                police = request.get("principals", [self.city.organ(self.city.by_id[by]["division"], "gaj")])[0]
                add(ms, request, police, "transfers_received")
        return rows

    # ---- writing ----

    def write(self, f, head):
        def line(kind, value):
            f.write(json.dumps({kind: value}, ensure_ascii=False, separators=(",", ":")) + "\n")
        c = self.city
        line("plan", head)
        for a in c.agencies:
            line("agency", {k: a[k] for k in ("id", "name", "role", "sector", "superior")})
        for agency, role, others in c.counterparts():
            line("counterpart", {"agency": agency, "role": role, "agencies": others})
        for g in c.grants():
            line("grant", g)
        for x in c.certificates:
            line("certificate", x)
        for e in c.entrustments:
            line("entrustment", e)
        self.write_acts(line)
        for p in sorted(self.planted, key=lambda p: (p["from"], p["case"], p["rule"])):
            line("planted", {k: v for k, v in p.items() if v is not None})
        for (month, agency, act), row in sorted(self.counts.items()):
            line("count", dict({"month": month, "agency": agency, "act": act}, **row))
        for (month, agency, name), (n, total) in sorted(self.reported().items()):
            line("reported", {"month": month, "agency": agency, "statistic": name, "n": n, "sum": total})
        line("totals", dict(self.totals, acts=len(self.acts), cases=self.cases))

    def write_acts(self, line):
        """In the order of time. Acts of one instant are done together, so no two of one case may share it."""
        last = {}
        for ms, _, case, by, act, request in sorted(self.acts, key=lambda x: (x[0], x[1])):
            assert last.get(case, -1) < ms, (case, act, days.iso(ms))
            last[case] = ms
            line("act", {"at": ms, "time": days.iso(ms), "case": case, "by": by, "request": request})
