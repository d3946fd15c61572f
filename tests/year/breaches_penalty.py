"""Planted breaches of cases without a transfer. Each says which alerts must show, from when, and to whom; `n` of them."""
import days
from city import CITY, GRANTED
from penalties import VIOLATIONS, Maker


class Planted(Maker):
    """c: a case whose penalty was decided."""

    def bureau(self, sectors=("market", "urban", "culture", "agriculture"), seeing=True, division=None):
        """A bureau of one of the sectors; seeing: the city's, or of a county whose procuratorate sees its cases."""
        divisions = (division,) if division else (CITY,) + GRANTED if seeing else None
        return self.rng.choice([b for s in sectors for b in self.book.city.bureaus_of(s, divisions)])

    def decided_case(self, bureau, d, n=20, v=None, party=None, publish=True, kind="penalty", **decision):
        c = self.new(kind, bureau, v, party)
        self.book.sum("penalties", 1)
        t = self.file(c, self.mark(self.cal.roll(d)))
        c.at = self.decide(c, self.mark(self.cal.roll(d + n)), **decision)
        if publish:
            self.publish(c, c.at)
        return c

    def plain(self, **more):
        """A record without any sign."""
        return dict({"discussed": False, "serious": False, "appraised": False, "minimum": 0}, **more)

    def some_day(self, first="01-06", last="11-10"):
        y = self.book.year
        return self.rng.randint(days.day("%d-%s" % (y, first)), days.day("%d-%s" % (y, last)))

    # ---- what the record shows ----

    def below_minimum(self):
        b = self.bureau()
        c = self.decided_case(b, self.some_day(), fine=1000000, record=self.plain(minimum=5000000, discussed=True))
        c.expect("R2", c.at, b["id"], "fined below the minimum after discussion")

    def repeated(self, discussed=False, same_bureau=True):
        b = self.bureau()
        d = self.some_day(last="08-01")
        first = self.decided_case(b, d, record=self.plain())
        other = b
        while other is b and not same_bureau:
            other = self.bureau(sectors=("market", "urban", "culture", "transport"), division=b["division"])
        c = self.decided_case(other, d + self.rng.randint(25, 100), v=first.violation, party=first.parties[0],
                              record=self.plain(discussed=discussed))
        blind = () if other is b else (other["id"],)  # it cannot know of what another bureau did
        c.expect("R3", c.at, other["id"], "penalised again for the same", hidden=blind)
        if discussed:
            c.expect("R10B", c.at, other["id"], "penalised again, after discussion", hidden=blind)

    def split(self, one_day):
        b = self.bureau()
        d = self.some_day(last="10-01")
        same = self.plain(place="某仓库", goods="酒类")
        first = self.decided_case(b, d, record=same)
        second = self.decided_case(b, d if one_day else d + 20, v=first.violation, party=first.parties[0], record=same)
        last = max(first.at, second.at)
        for c in (first, second):
            c.expect("R4", last, b["id"], "one matter split into two penalties")
        if days.day_of(first.at) != days.day_of(second.at):
            second.expect("R3", last, b["id"], "one matter split into two penalties")

    def signs(self):
        b = self.bureau()
        c = self.decided_case(b, self.some_day(), record=self.plain(discussed=True, serious=True, appraised=True))
        c.expect("R10B", c.at, b["id"], "three signs of a penalty in place of prosecution")

    def standard(self, percent, rule):
        """Sales at so many percent of the 50,000 yuan of the crime of selling fake goods."""
        b = self.bureau(("market",))
        c = self.decided_case(b, self.some_day(), record=self.plain(),
                              body={"charges": [{"name": "生产、销售伪劣产品罪"}], "amounts": [["sales_amount", 50000 * percent, "fen"]]})
        ms = self.cal.past_days(days.day_of(c.at), 4) if rule == "R1B" else c.at
        c.expect(rule, ms, b["id"], "penalised at %d percent of the filing standard" % percent)

    def same_number(self):
        b = self.bureau()
        d = self.some_day()
        first = self.decided_case(b, d, record=self.plain())
        second = self.decided_case(b, d + 5, record=self.plain(number=first.record["number"]))
        for c in (first, second):
            c.expect("R37", second.at, b["id"], "two decisions under one number")

    def conflict(self):
        """Two bureaus penalise the same conduct; only who sees both can know."""
        b = self.bureau(("market",))
        other = self.bureau(("culture",), division=b["division"])
        d = self.some_day()
        conduct = str(days.date(d - 10))
        first = self.decided_case(b, d, record=self.plain(conduct=conduct))
        second = self.decided_case(other, d + 9, v=first.violation, party=first.parties[0], record=self.plain(conduct=conduct))
        blind = (b["id"], other["id"])
        first.expect("R38", second.at, b["id"], "two bureaus penalised one conduct", hidden=blind)
        second.expect("R38", second.at, other["id"], "two bureaus penalised one conduct", hidden=blind)
        second.expect("R3", second.at, other["id"], "two bureaus penalised one conduct", hidden=blind)

    # ---- who acted ----

    def expired_certificate(self):
        b = self.bureau()
        d = self.some_day()
        gone = self.book.city.officer(b["id"], days.day("2022-07-01"), self.cal.roll(d + 20) - 1)
        good = self.book.city.officers[b["id"]][0]
        c = self.decided_case(b, d, record=self.plain(), officers=[list(good), gone],
                              override={"certificate": "换证期间"})
        c.expect("R33", c.at, b["id"], "an officer whose certificate had run out the day before")

    def one_officer(self):
        b = self.bureau()
        c = self.decided_case(b, self.some_day(), record=self.plain(), officers=self.book.officers(b["id"], 1),
                              override={"certificate": "人手不足"})
        c.expect("R33", c.at, b["id"], "one officer only")

    def entrustment_over(self):
        e = self.rng.choice([e for e in self.book.city.entrustments if e["to"] == days.day("2025-06-30")])
        b = self.book.city.by_id[e["bureau"]]
        c = self.decided_case(b, self.some_day("07-01"), v=VIOLATIONS["urban"][0], record=self.plain(), refs=[e["number"]],
                              override={"entrustment": "正在续签"})
        c.expect("R34", c.at, b["id"], "under an entrustment that had run out")

    def outside_entrustment(self):
        e = self.rng.choice([e for e in self.book.city.entrustments if e["to"] != days.day("2025-06-30")])
        b = self.book.city.by_id[e["bureau"]]
        c = self.decided_case(b, self.some_day(), v=VIOLATIONS["urban"][1], record=self.plain(), refs=[e["number"]],
                              override={"entrustment": "紧急处置"})
        c.expect("R34", c.at, b["id"], "outside what was entrusted")

    # ---- clocks of the bureau's own ----

    def unpublished(self, late):
        b = self.bureau(seeing=False)
        c = self.decided_case(b, self.some_day(), record=self.plain(), publish=False)
        due = self.cal.past_work(c.decided, 7)
        when = None
        if late:
            when = self.mark(self.cal.work(days.day_of(due), self.rng.randint(0, 9)))
            c.do(when, b["id"], "penalty_published")
        c.expect("UNPUBLISHED", due, b["id"], "penalty not published in time", cleared=when, only=(b["id"],))

    def overrun(self, done):
        """The 90 days of 处罚法60 are over."""
        b = self.bureau(("urban", "culture", "agriculture"), seeing=False)
        c = self.new("penalty", b)
        self.book.sum("penalties", 1)
        d = self.cal.roll(self.some_day(last="07-15"))
        self.file(c, self.mark(d))
        due = self.cal.past_days(d, 90)
        when = self.mark(self.cal.work(days.day_of(due), self.rng.randint(0, 15))) if done else None
        if done:
            self.publish(c, self.decide(c, when, record=self.plain()))
        c.expect("OVERDUE", due, b["id"], "penalty not decided in time", cleared=when, only=(b["id"],))

    def seized_long(self):
        b = self.bureau()
        c = self.new("penalty", b)
        self.book.sum("penalties", 1)
        d = self.cal.roll(self.some_day(last="08-01"))
        t = self.seize(c, self.file(c, self.mark(d)))
        due = self.cal.past_days(days.day_of(t), 60)
        when = self.decide(c, self.mark(self.cal.work(days.day_of(due), 3)), record=self.plain())
        self.publish(c, when)
        c.expect("R31", due, b["id"], "seized for more than sixty days", cleared=when, only=(b["id"],))

    def entered_late(self):
        """Environment: on the platform within seven days (环34)."""
        b = self.bureau(("environment",))
        c = self.new("penalty", b)
        self.book.sum("penalties", 1)
        d = self.cal.roll(self.some_day(last="10-20"))
        self.file(c, self.mark(d))
        decided = self.cal.roll(d + 20)
        due = self.cal.past_days(decided, 7)
        t = self.decide(c, self.mark(self.cal.work(days.day_of(due), 1)), occurred=str(days.date(decided)), record=self.plain())
        c.expect("R27", t, b["id"], "entered on the platform too late", cleared=t, fires=due)
        published = self.mark(days.day_of(t), t)
        c.do(published, b["id"], "penalty_published")
        over = self.cal.past_work(decided, 7)
        if published >= over:  # then it was published too late as well
            c.expect("UNPUBLISHED", max(over, t), b["id"], "entered on the platform too late", cleared=published, only=(b["id"],), fires=over)

    # ---- suspected and not transferred ----

    def penalised_instead(self, told):
        """told: procuratorate and justice bureau were told of the suspicion, and the decision was copied."""
        b = self.bureau(("culture", "urban"))
        c = self.new("penalty", b)
        self.book.sum("penalties", 1)
        d = self.cal.roll(self.some_day(last="10-01"))
        t = self.file(c, self.mark(d))
        suspected = self.mark(self.cal.work(d, 10))
        city = ["370800-jcy", "370800-sfj"]
        c.do(suspected, b["id"], "crime_suspected", copies=city if told else None, body={"facts": "涉嫌非法经营罪"})
        c.at = self.decide(c, self.mark(self.cal.work(days.day_of(suspected), 2)), record=self.plain())
        last = c.at
        if told:
            last = self.mark(self.cal.work(c.decided, 2))
            c.do(last, b["id"], "penalty_copied", "penalty_decision")
        self.publish(c, last)
        seen = [b["id"]] + (city if told else [])
        kind = "penalised in place of a transfer"
        c.expect("R10", c.at, b["id"], kind, only=seen)
        c.expect("R9", self.cal.past_days(days.day_of(suspected), 4), b["id"], kind, only=seen)
        if not told:
            c.expect("R12", self.cal.past_days(c.decided, 10), b["id"], kind, only=seen)

    def official_pursued(self):
        """A penalty, and later the commission files against an official who let it rest there (刑法402)."""
        b = self.bureau()
        c = self.decided_case(b, self.some_day(last="09-01"), record=self.plain())
        t = self.mark(self.cal.work(c.decided, 30))
        city = ["370800-jcy", "370800-sfj"]
        c.do(t, c.place.commission, "duty_crime_filed", copies=city)
        for rule in ("R1", "R10"):
            c.expect(rule, t, b["id"], "an official is pursued for what was only penalised", only=city)

    def demanded(self):
        """The procuratorate demands the transfer of what was penalised; nothing comes."""
        b = self.bureau()
        c = self.decided_case(b, self.some_day(last="09-01"), record=self.plain())
        t = self.mark(self.cal.work(c.decided, 12))
        c.do(t, "370800-jcy", "transfer_opinion", "opinion_letter", to=b["id"])
        for rule in ("R1A", "R10A"):
            c.expect(rule, t, b["id"], "transfer demanded after a penalty")

    def declined_without_reasons(self):
        b = self.bureau()
        c = self.new("declined", b)
        d = self.cal.roll(self.some_day(last="10-01"))
        t = self.file(c, self.mark(d))
        for n, act, paper in ((5, "crime_suspected", ""), (1, "transfer_report", "transfer_report"), (1, "transfer_declined", "")):
            t = self.mark(self.cal.work(days.day_of(t), n))
            c.do(t, b["id"], act, paper)
        c.expect("R7", t, b["id"], "transfer declined without reasons", only=(b["id"],))
        at = self.decide(c, self.mark(self.cal.work(days.day_of(t), 4)), record=self.plain())
        copied = self.mark(self.cal.work(c.decided, 2))
        c.do(copied, b["id"], "penalty_copied", "penalty_decision")
        self.publish(c, max(copied, at))


def plant(book, scale):
    """Every kind at least once; in a whole year the frequent ones more often."""
    p = Planted(book)

    def times(n, make, *args, **kw):
        for _ in range(max(1, round(n * scale))):
            make(*args, **kw)
    times(10, p.below_minimum)
    times(15, p.repeated)
    times(6, p.repeated, same_bureau=False)
    times(3, p.repeated, discussed=True)
    times(4, p.split, True)
    times(4, p.split, False)
    times(4, p.signs)
    times(4, p.standard, 130, "R1B")
    times(4, p.standard, 90, "R1C")
    times(6, p.same_number)
    times(3, p.conflict)
    times(10, p.expired_certificate)
    times(6, p.one_officer)
    times(3, p.entrustment_over)
    times(3, p.outside_entrustment)
    times(30, p.unpublished, True)
    times(10, p.unpublished, False)
    times(8, p.overrun, True)
    times(6, p.overrun, False)
    times(8, p.seized_long)
    times(6, p.entered_late)
    times(5, p.penalised_instead, False)
    times(2, p.penalised_instead, True)
    times(2, p.official_pursued)
    times(2, p.demanded)
    times(2, p.declined_without_reasons)
