"""Clean penalty cases and lenient cases (不罚轻罚): lawful in every step, near misses among them."""
import days
from book import Case, Place

# sector: [(violation, law, goods, fine from, to in yuan)]
VIOLATIONS = {
    "market": [("销售侵犯注册商标专用权的商品", "《中华人民共和国商标法》", "白酒", 3000, 60000),
               ("经营超过保质期的食品", "《中华人民共和国食品安全法》", "预包装食品", 5000, 50000),
               ("发布虚假广告", "《中华人民共和国广告法》", "保健食品广告", 5000, 80000),
               ("使用未经检定的计量器具", "《中华人民共和国计量法》", "电子秤", 500, 2000)],
    "environment": [("未按规定处置危险废物", "《中华人民共和国固体废物污染环境防治法》", "废机油", 20000, 150000),
                    ("超标排放水污染物", "《中华人民共和国水污染防治法》", "生产废水", 20000, 200000),
                    ("未采取扬尘防治措施", "《中华人民共和国大气污染防治法》", "施工扬尘", 10000, 60000)],
    "tobacco": [("无证经营烟草制品零售业务", "《中华人民共和国烟草专卖法》", "卷烟", 1000, 20000),
                ("未在当地烟草专卖批发企业进货", "《中华人民共和国烟草专卖法实施条例》", "卷烟", 500, 10000)],
    "agriculture": [("经营假农药", "《农药管理条例》", "除草剂", 5000, 50000), ("经营劣种子", "《中华人民共和国种子法》", "玉米种子", 5000, 40000)],
    "land": [("未经批准占用土地", "《中华人民共和国土地管理法》", "耕地", 10000, 90000)],
    "safety": [("未如实记录安全生产教育培训情况", "《中华人民共和国安全生产法》", "培训档案", 5000, 50000)],
    "fishery": [("在禁渔区捕捞", "《中华人民共和国渔业法》", "银鱼", 1000, 20000)],
    "urban": [("擅自占道经营", "《城市市容和环境卫生管理条例》", "摊点", 50, 500), ("随意倾倒建筑垃圾", "《城市建筑垃圾管理规定》", "建筑垃圾", 1000, 20000)],
    "tax": [("未按规定期限办理纳税申报", "《中华人民共和国税收征收管理法》", "纳税申报表", 200, 2000)],
}
OTHER = [("未取得许可从事经营活动", "所适用的专门法律", "经营场所", 1000, 20000), ("未按规定备案", "所适用的专门法律", "备案材料", 500, 8000),
         ("未按规定公示信息", "所适用的专门法律", "公示信息", 500, 5000)]
DECIDE = {"land": 60}  # days in which a penalty is decided; else 90


def violations(sector):
    return VIOLATIONS.get(sector, OTHER)


class Maker:
    def __init__(self, book):
        self.book, self.rng, self.cal = book, book.rng, book.calendar
        self.people = book.city.people
        self.lots = 0

    # ---- times ----

    def mark(self, d, last=None):
        """A moment in office hours of day d, after `last` if that is on the same day."""
        low = 0
        if last is not None and days.day_of(last) == d:
            low = sum(1 for m in days.MARKS if days.at(d, m) <= last)
        if low >= len(days.MARKS):
            return self.mark(self.cal.work(d, 1))
        return days.at(d, days.MARKS[self.rng.randrange(low, len(days.MARKS))])

    def after(self, last, low, high):
        """A moment low to high working days after `last`."""
        d = self.cal.work(days.day_of(last), self.rng.randint(low, high)) if high > 0 else self.cal.work(days.day_of(last), 0)
        return self.mark(d, last)

    def office_day(self, first, last):
        """A day between two; one in twenty on a weekend, when inspections go out, too."""
        d = self.rng.randint(first, last)
        return d if self.rng.random() < 0.05 else self.cal.roll(d)

    # ---- records ----

    def record(self, c, more):
        """The record of a penalty and the fine in fen."""
        r, v, filed = self.rng, c.violation, c.filed
        fine = r.randrange(v[3], v[4] + 1, 50 if v[4] < 5000 else 100) * 100
        first = filed - r.randint(1, 40)
        p = {"number": self.book.document(c.place.bureau), "violation": v[0], "basis": v[1], "content": "罚款%d元" % (fine // 100),
             "conduct": "%s/%s" % (days.date(first), days.date(first + r.randint(0, 20))), "place": self.spot(c.place), "goods": v[2],
             "lenient": "none", "grade": r.choice(("较轻", "一般", "较重"))}
        if r.random() < 0.6:
            p["minimum"] = v[3] * 100
        signs = r.sample(("discussed", "appraised", "serious"), r.choice((0, 0, 0, 0, 0, 0, 0, 1, 1, 2)))
        p.update({s: True for s in signs})
        if "appraised" in signs:
            p["appraisal"] = "鉴字第%06d号" % self.lot()
        p.update(more)
        return p, fine

    def lot(self):
        self.lots += 1
        return self.lots

    def spot(self, place):
        return "%s第%d号" % (place.name, self.lot())

    def amounts(self, fine):
        return [["illegal_gain", fine * self.rng.randint(1, 8) // 10, "fen"]] if self.rng.random() < 0.5 else []

    def new(self, kind, bureau, v=None, party=None):
        place = Place(self.book.city, bureau)
        v = v or self.rng.choice(violations(place.sector))
        party = party or self.people.party(bureau["division"], bureau["place"])
        c = Case(self.book, kind, place, party["name"] + v[0] + "案", [party])
        c.violation = v
        return c

    def file(self, c, ms, **more):
        c.do(ms, c.place.bureau, "admin_filed", body={"facts": c.violation[0], "officers": self.book.officers(c.place.bureau)}, **more)
        c.filed = days.day_of(ms)
        return ms

    def decide(self, c, ms, act="penalty_decided", occurred=None, officers=None, refs=None, record=None, fine=None, body=None, **more):
        """The decision with its record; c.decided is the day its clocks count from."""
        p, f = self.record(c, record or {})
        fine = f if fine is None else fine
        b = {"penalty": p, "officers": officers or self.book.officers(c.place.bureau), "amounts": self.amounts(f)}
        paper = "penalty_decision"
        if act == "no_penalty":
            paper = "no_penalty_decision"
            p["content"] = "不予行政处罚"
        else:
            b.update({"fine": fine, "penalty_kinds": ["罚款"]} if fine else {"penalty_kinds": ["警告"]})
        b.update(body or {})
        more.update({"entrustments": refs} if refs else {})
        c.do(ms, c.place.bureau, act, paper, body=b, occurred=occurred, **more)
        c.decided = days.day(occurred) if occurred else days.day_of(ms)
        c.record, c.fine = p, fine
        return ms

    def publish(self, c, ms, d=None):
        """On d, or within the seven working days of 国办118 behind the decision, one in ten on the very last."""
        n = 7 if self.rng.random() < 0.1 else self.rng.randint(1, 6)
        d = self.cal.work(c.decided, n) if d is None else d
        when = self.mark(max(d, days.day_of(ms)), ms)
        c.do(when, c.place.bureau, "penalty_published")
        return when

    def paid(self, c, ms):
        r = self.rng.random()
        when = self.after(ms, 1, 12)
        if r < 0.75:
            c.do(when, c.place.bureau, "penalty_paid")
        elif r < 0.77:
            c.do(when, c.place.bureau, "enforcement_applied")

    # ---- clean cases ----

    def span(self, c):
        """How long until the decision: most in weeks, a few on the very last day of the limit."""
        limit = DECIDE.get(c.place.sector, 90)
        return limit if self.rng.random() < 0.02 else self.rng.randint(3, min(limit, 60) - 1)

    def within(self, c, first, last):
        """Day of filing and day of decision, both in the year, the decision in time."""
        limit = DECIDE.get(c.place.sector, 90)
        d0, n = self.office_day(first, last - 14), self.span(c)
        d1 = self.cal.roll(d0 + limit) if n == limit else self.last_work(d0 + n)
        return d0, max(d1 if d1 <= last else self.last_work(last), self.cal.work(d0, 1))

    def last_work(self, d):
        while not self.cal.works(d):
            d -= 1
        return d

    def penalty(self, bureau):
        c = self.new("penalty", bureau)
        first, last = days.day_of(self.book.begin_ms) + 1, days.day_of(self.book.end_ms) - 1
        d0, d1 = self.within(c, first, last)
        entrusted = self.entrusted(c)
        t = self.file(c, self.mark(d0))
        seized = self.rng.random() < 0.15 and d1 - d0 < 55
        if seized:
            t = self.seize(c, t)
        extended = self.longer(c, t, last)
        if d1 - d0 > 12:
            t = self.after(t, 1, 3)
            c.do(t, c.place.bureau, "penalty_notice")
        if d1 - d0 > 25 and self.rng.random() < 0.04:
            t = self.after(t, 3, 5)
            c.do(t, c.place.bureau, "penalty_hearing")
        t = extended or self.mark(max(d1, days.day_of(t)), t)
        t = self.decided(c, t, entrusted)
        self.paid(c, self.publish(c, t))
        if seized and self.rng.random() < 0.5:
            c.do(self.after(c.last, 1, 9), c.place.bureau, self.rng.choice(("items_returned", "items_disposed")))

    def longer(self, c, t, last):
        """Market: up to 120 days when the head has allowed it within the 90 (市监程序64)."""
        d0 = days.day_of(t)
        if c.place.sector != "market" or self.rng.random() > 0.02 or d0 + 125 > last or hasattr(c, "items"):
            return None
        c.do(self.mark(self.last_work(d0 + self.rng.randint(70, 88))), c.place.bureau, "penalty_extended", "approval")
        return self.mark(self.last_work(d0 + self.rng.randint(95, 119)))

    def decided(self, c, t, entrusted):
        """One in five bears its date, and one in ten of these is entered the working day after."""
        if self.rng.random() >= 0.2:
            return self.decide(c, t, **entrusted)
        d = days.day_of(t)
        next_day = self.mark(self.cal.work(d, 1))
        late = self.rng.random() < 0.1 and next_day < days.start_ms(d + 3) and days.day_of(next_day) - c.filed < 55
        return self.decide(c, next_day if late else t, occurred=str(days.date(d)), **entrusted)

    def seize(self, c, t, quantity=None, **more):
        t = self.mark(days.day_of(t), t)
        c.items = [[c.violation[2], quantity or self.rng.randint(1, 400), "件"]]
        c.do(t, c.place.bureau, "items_seized", "item_list", body={"items": c.items, "officers": self.book.officers(c.place.bureau)}, **more)
        return t

    def entrusted(self, c):
        """A township acts in the bureau's name under a paper that holds."""
        found = [e for e in self.book.city.entrustments if e["bureau"] == c.place.bureau and e["to"] > days.day("2026-01-01")]
        if not found or c.violation[0] not in found[0]["items"] or self.rng.random() < 0.5:
            return {}
        officers = [list(o) for o in self.rng.sample(self.book.city.officers[found[0]["township"]], 2)]
        return {"refs": [found[0]["number"]], "officers": officers}

    def lenient(self, bureau, reduced):
        """不罚轻罚: not penalised (首违不罚, 轻微不罚), or less than the law's range (减轻) or its middle (从轻)."""
        b = self.book
        c = self.new("lenient", bureau)
        first, last = days.day_of(b.begin_ms) + 1, days.day_of(b.end_ms) - 1
        b.sum("reduced_fen", reduced)
        if self.rng.random() < 0.62:
            b.sum("no_penalty", 1)
            d0 = self.office_day(first, last - 25)
            c.filed, t = d0, None
            if self.rng.random() < 0.35:
                t = self.after(self.file(c, self.mark(d0)), 0, 12)
            t = t or self.mark(d0)
            ground = self.rng.choice(("首次违法且危害后果轻微并及时改正", "违法行为轻微并及时改正，没有造成危害后果", "当事人有证据足以证明没有主观过错"))
            self.decide(c, t, "no_penalty", record={"lenient": "no_penalty", "reduced": reduced, "grade_basis": "不罚轻罚清单", "content": ground,
                                                    "discussed": False, "serious": False, "appraised": False})
            return
        b.sum("mitigated", 1)
        d0, d1 = self.within(c, first, last)
        t = self.file(c, self.mark(d0))
        t = self.mark(max(d1, days.day_of(t)), t)
        lenient = self.rng.choice(("mitigated", "lighter"))
        least = c.violation[3] * 100
        fine = least // 2 if lenient == "mitigated" else least
        t = self.decide(c, t, fine=fine, record={"lenient": lenient, "reduced": reduced, "minimum": least, "grade_basis": "不罚轻罚清单",
                                                 "discussed": False, "serious": False, "appraised": False})
        self.paid(c, self.publish(c, t))
