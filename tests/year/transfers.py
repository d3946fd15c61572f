"""Transfers to the police with their whole course, each step lawful and in time; breaches.py lets one step go wrong. Times: each
step is done a drawn number of working days after the last unless the caller says when."""
import days
from penalties import Maker

CRIMES = {"market": ["销售假冒注册商标的商品罪", "生产、销售不符合安全标准的食品罪"], "environment": ["污染环境罪"],
          "tobacco": ["非法经营罪"], "agriculture": ["生产、销售伪劣农药罪"], "land": ["非法占用农用地罪"], "safety": ["危险作业罪"],
          "fishery": ["非法捕捞水产品罪"], "tax": ["逃税罪"]}


class Course(Maker):
    """Steps of one case `c`; c.t is when the last was done."""

    def step(self, c, by, act, papers="", low=0, high=2, at=None, **more):
        t = at if at is not None else self.after(c.t, low, high)
        assert t > c.t, (act, days.iso(t), days.iso(c.t))
        c.do(t, by, act, papers, **more)
        c.t = t
        return t

    def hours(self, c, n):
        """Within n hours of the last step: later on the same day if there is one, else on the next day that is one."""
        d = days.day_of(c.t)
        t = self.mark(d, c.t)
        return t if days.day_of(t) == d else min(t, c.t + n * 3600000 - 600000)

    # ---- the bureau ----

    def open(self, bureau, d, filed=True, kind="transfer", seized=True, v=None):
        """A case of the bureau up to where a crime is suspected."""
        c = self.new(kind, bureau, v)
        c.t, c.filed = self.mark(d), d
        c.items = [[c.violation[2], self.rng.randint(5, 900), "件"]]
        if filed:
            self.file(c, c.t)
        else:
            c.t -= 600000
        if filed and seized:
            c.t = self.seize(c, c.t, c.items[0][1])
        c.seized = seized
        c.charge = self.rng.choice(CRIMES.get(c.place.sector, ["非法经营罪"]))
        return c

    def suspect(self, c, copies=None, low=3, high=12, **more):
        self.step(c, c.place.bureau, "crime_suspected", low=low, high=high, copies=copies, body={"facts": c.charge}, **more)
        return c.t

    def report(self, c, **more):
        self.step(c, c.place.bureau, "transfer_report", "transfer_report", **dict({"low": 0, "high": 1}, **more))

    def approve(self, c, **more):
        self.step(c, c.place.bureau, "transfer_approved", **dict({"low": 1, "high": 1}, **more))

    def send(self, c, papers=None, **more):
        """Within a day of the approval (310/5); morning sendings, so that the receipt follows on the same day."""
        p = papers or "transfer_letter investigation_report %s test_report" % ("item_list" if c.seized else "no_items")
        body = {"officers": self.book.officers(c.place.bureau), "facts": c.charge}
        if c.seized:
            body["items"] = c.items
        more["at"] = more.get("at") or self.hours(c, 24)
        self.step(c, c.place.bureau, "transfer", p, body=body, **more)
        self.book.sum("transfers", 1)

    def to_transfer(self, c):
        self.suspect(c)
        self.report(c)
        self.approve(c)
        self.send(c)
        return c

    # ---- the police ----

    def receipt(self, c, by=None, at=None, **more):
        """Within a day of the sending, with time left for the acceptance."""
        c.sent = c.t
        at = at or min(self.hours(c, 24), c.sent + 24 * 3600000 - 1800000)
        self.step(c, by or c.place.police, "receipt", "receipt", at=at, **more)

    def accept(self, c, by=None, at=None, **more):
        """At once: gaps are no reason not to (程序180(2)). The clocks count from an acceptance only if it comes within a day of
        the delivery (09-fold, 9.2)."""
        at = at or self.hours(c, 24)
        if at > c.sent + 24 * 3600000 - 600000:
            at = c.t + 600000
        self.step(c, by or c.place.police, "acceptance", at=at, **more)
        c.accepted = days.day_of(c.t)

    def received(self, c, by=None):
        self.receipt(c, by)
        self.accept(c, by)

    def in_time(self, c, limit=3):
        return self.within_days(c, c.accepted, limit)

    def within_days(self, c, start, limit):
        """A working moment at most `limit` natural days after a day, holidays rolled."""
        last = self.cal.roll(start + limit)
        d = self.rng.choice([d for d in range(days.day_of(c.t), last + 1) if self.cal.works(d)])
        t = self.mark(d, c.t)
        return t if days.day_of(t) <= last else c.t + 600000  # overtime

    def filing(self, c, by=None, **more):
        more["at"] = more.get("at") or self.in_time(c)
        body = {"charges": [{"name": c.charge}]}
        self.step(c, by or c.place.police, "filed", "filing_decision", body=body, **more)
        c.filed_by = by or c.place.police

    def refusal(self, c, papers="not_filed_notice file_list", reasons="犯罪事实显著轻微，不需要追究刑事责任", **more):
        more["at"] = more.get("at") or self.in_time(c)
        self.step(c, c.place.police, "not_filed", papers, body={"reasons": reasons} if reasons else None, **more)

    def extension(self, c, act="decision_verification", **more):
        more["at"] = more.get("at") or self.in_time(c)
        self.step(c, c.place.police, act, "approval" if act == "decision_extended" else "", **more)

    def hand_over(self, c, items=None, confirmed=True, **more):
        """Three days behind the filing (310/12)."""
        if not c.seized:
            return
        more["at"] = more.get("at") or self.mark(self.cal.work(days.day_of(c.t), 1))
        self.step(c, c.place.bureau, "items_handed_over", "handover_list", body={"items": items or c.items}, **more)
        self.step(c, c.filed_by, "items_confirmed", "handover_list", low=0, high=1,
                  body={"items": items or c.items} if confirmed else None)

    def refused_then_decided(self, c):
        """No crime: the bureau penalises after all."""
        t = self.decide(c, self.after(c.t, 5, 15))
        c.t = t
        self.publish(c, t)

    # ---- the procuratorate and the court ----

    def arrest(self, c):
        p = c.place
        self.step(c, p.police, "coercive_measure", low=1, high=3)
        self.step(c, p.police, "arrest_requested", low=5, high=15, to=p.proc)
        self.step(c, p.proc, "arrest_approved", at=self.within_days(c, days.day_of(c.t), 7))
        self.step(c, p.police, "arrested", low=0, high=0)

    def send_up(self, c, low=15, high=35, **more):
        self.step(c, c.place.police, "sent_for_prosecution", "prosecution_opinion", low=low, high=high, **more)

    def send_back(self, c, low=8, high=15):
        self.step(c, c.place.proc, "returned_for_supplement", "outline", low=low, high=high)

    def prosecute(self, c, low=8, high=17, **more):
        self.step(c, c.place.proc, "prosecuted", "indictment", low=low, high=high, **more)

    def drop(self, c, low=8, high=17, **more):
        self.step(c, c.place.proc, "not_prosecuted", "non_prosecution_decision", low=low, high=high,
                  body={"reasons": "犯罪情节轻微，依照刑法规定不需要判处刑罚"}, **more)

    def judge(self, c, low=12, high=33, fine=2000000, offset=None, **more):
        body = {"criminal_fine": fine, "charges": [{"name": c.charge}]}
        if offset:
            body["offset"] = offset
        self.step(c, c.place.court, "judged", "judgment", low=low, high=high, body=body, **more)

    def feed_back(self, c):
        self.step(c, c.place.court, "judgment_feedback", low=1, high=5)

    def close(self, c):
        """What is punished as a crime is not fined again (处罚法35): the bureau closes its case."""
        self.decide(c, self.after(c.t, 2, 10), "no_penalty",
                    record={"content": "已追究刑事责任", "discussed": False, "serious": False, "appraised": False})

    def opinion(self, c):
        p = c.place
        self.step(c, p.proc, "reverse_review", low=1, high=3)
        self.step(c, p.proc, "opinion", "opinion_letter non_prosecution_decision", low=3, high=9, to=p.bureau)

    def act_on(self, c):
        """Files again under the opinion, penalises, publishes, replies: within the shortest of the limits."""
        b = c.place.bureau
        self.step(c, b, "admin_filed", at=self.within_days(c, days.day_of(c.t), 7))
        c.filed = days.day_of(c.t)
        t = self.decide(c, self.after(c.t, 5, 12))
        c.t = t
        t = self.publish(c, t)
        c.t = t
        self.step(c, b, "reply", low=0, high=2)

    # ---- whole clean courses ----

    def judged_course(self, bureau, d):
        c = self.to_transfer(self.open(bureau, d))
        self.received(c)
        self.filing(c)
        self.hand_over(c)
        self.arrest(c)
        self.send_up(c)
        self.prosecute(c)
        self.judge(c)
        self.feed_back(c)
        self.close(c)

    def dropped_course(self, bureau, d):
        c = self.to_transfer(self.open(bureau, d, seized=False))
        self.received(c)
        self.extension(c)
        self.filing(c, at=self.in_time(c, 7))
        due = self.cal.past_days(c.accepted, 3)
        if c.t >= due:
            self.unseen(c, "R14", due, c.place.police, "the extension", cleared=c.t)
        self.send_up(c)
        self.drop(c)
        self.opinion(c)
        self.act_on(c)

    def closed_course(self, bureau, d):
        """Not prosecuted; the review finds nothing to penalise and is closed (指引15)."""
        c = self.to_transfer(self.open(bureau, d, seized=False))
        self.received(c)
        self.filing(c)
        self.send_up(c)
        self.drop(c)
        self.step(c, c.place.proc, "reverse_review", low=1, high=3)
        self.step(c, c.place.proc, "review_closed", "closing_decision", low=2, high=6, body={"reasons": "不需要给予行政处罚"})
        self.close(c)

    def refused_course(self, bureau, d):
        c = self.to_transfer(self.open(bureau, d))
        self.received(c)
        self.refusal(c)
        self.unseen(c, "R25", self.cal.past_days(days.day_of(c.t), 90), c.place.bureau, "the penalty")
        self.refused_then_decided(c)

    def unseen(self, c, rule, ms, answerable, what, **more):
        """A false alarm that is known: the county's procuratorate, which has no grant, was told of the matter and is not told of
        what came after, so what it does not see looks like silence."""
        if c.place.proc not in c.place.seeing:
            c.expect(rule, ms, answerable, "false alarm: the county's procuratorate does not see " + what, viewers=[c.place.proc], **more)

    def contested_course(self, bureau, d):
        """Refused, upheld, suggested to the procuratorate, explained, closed; then penalised."""
        c = self.to_transfer(self.open(bureau, d, seized=False))
        p = c.place
        self.received(c)
        self.refusal(c)
        self.step(c, p.bureau, "reconsideration_requested", "reconsideration_request", low=1, high=1)
        self.step(c, p.police, "reconsideration_upheld", "reconsideration_decision", low=1, high=1)
        self.step(c, p.bureau, "supervision_suggested", "supervision_suggestion", low=1, high=1)
        self.step(c, p.proc, "explanation_requested", "explanation_request", low=2, high=5, to=p.police)
        self.step(c, p.police, "explanation_given", "explanation evidence_list", at=self.within_days(c, days.day_of(c.t), 7))
        self.step(c, p.proc, "supervision_closed", "supervision_reply", low=1, high=5, to=p.bureau,
                  body={"reasons": "不立案理由成立"})
        self.unseen(c, "R25", self.cal.past_days(days.day_of(c.t), 90), p.bureau, "the penalty")
        self.refused_then_decided(c)

    def overturned_course(self, bureau, d):
        c = self.to_transfer(self.open(bureau, d))
        p = c.place
        self.received(c)
        self.refusal(c)
        self.step(c, p.bureau, "reconsideration_requested", "reconsideration_request", low=1, high=1)
        self.step(c, p.police, "reconsideration_overturned", "reconsideration_decision", low=1, high=1)
        c.filed_by = p.police
        self.hand_over(c)
        self.arrest(c)

    def gaps_course(self, bureau, d):
        """Material is missing, is sent, and the police file."""
        c = self.to_transfer(self.open(bureau, d))
        p = c.place
        self.received(c)
        self.step(c, p.police, "supplement_requested", "supplement_notice gap_list", at=self.hours(c, 24))
        self.step(c, p.bureau, "supplement", "supplement_materials", low=1, high=1)
        self.filing(c)
        self.hand_over(c)

    def forwarded_course(self, bureau, d):
        """Not theirs: within a day to the competent police (310/7)."""
        c = self.to_transfer(self.open(bureau, d))
        other = self.other_police(c, 1)[0]
        self.receipt(c)
        self.step(c, c.place.police, "forward", "forward_notice", at=self.hours(c, 24), to=other)
        self.received(c, other)
        self.filing(c, other)
        self.hand_over(c)

    def other_police(self, c, n):
        found = [self.book.city.organ(d, "gaj") for d, _ in self.book.city.divisions]
        return [x for x in found if x != c.place.police][:n]

    def open_course(self, bureau, d):
        """Filed and under investigation still."""
        c = self.to_transfer(self.open(bureau, d))
        self.received(c)
        self.filing(c)
        self.hand_over(c)
        self.arrest(c)

    def declined_course(self, bureau, d):
        """The head declines with reasons; the bureau penalises and copies the decision (高检会2006-2/1)."""
        c = self.open(bureau, d, kind="declined")
        b = c.place.bureau
        self.suspect(c)
        self.report(c)
        self.step(c, b, "transfer_declined", low=1, high=1, body={"reasons": "未达到立案追诉标准"})
        c.t = self.decide(c, self.after(c.t, 2, 6))
        self.step(c, b, "penalty_copied", "penalty_decision", low=1, high=3)
        self.publish(c, c.t, self.cal.work(c.decided, 6))

    # ---- what the police send back (反向) ----

    def reverse(self, bureau, d, filed=True):
        """A report to the police that is no crime but a matter for the bureau (310/13)."""
        c = self.new("reverse", bureau)
        c.t, c.filed, c.seized = self.mark(d), d, False
        p = c.place
        c.do(c.t, p.police, "report")
        self.step(c, p.police, "not_filed", "not_filed_notice file_list", low=1, high=2, body={"reasons": "不构成犯罪，属行政违法"})
        self.step(c, p.police, "reverse_transfer", "reverse_letter no_items", low=1, high=4, to=p.bureau,
                  body={"reasons": "不构成犯罪，需要追究行政责任"})
        self.book.sum("reverse_transfers", 1)
        self.step(c, p.bureau, "receipt", "receipt", low=0, high=1)
        if filed:
            self.act_on(c)
            return
        self.step(c, p.bureau, "admin_not_filed", low=1, high=4, body={"reasons": "违法行为已超过二年"})
        self.step(c, p.bureau, "reply", low=1, high=4)
