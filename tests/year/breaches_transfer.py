"""Planted breaches on the way of a transfer: the clean course of transfers.py with one step late, missing or unlawful. Several
of one case where they are independent, since a year has 45 transfers."""
import days
from breaches_penalty import Planted
from transfers import Course


class Derailed(Course, Planted):
    def start(self, sectors, last, **more):
        return self.open(self.bureau(sectors), self.cal.roll(self.some_day(last=last)), **more)

    def later(self, c, due, n=1):
        """A moment n working days past a limit."""
        return self.mark(self.cal.work(days.day_of(due) - 1, n), c.t)

    def to_filing(self, c):
        self.to_transfer(c)
        self.received(c)
        self.filing(c)
        return c

    # ---- the bureau ----

    def reported_late(self):
        c = self.start(("market", "tobacco"), "09-01")
        t = self.suspect(c)
        due = self.cal.past_days(days.day_of(t), 4)
        self.report(c, at=self.later(c, due, 2))
        c.expect("R9", due, c.place.bureau, "suspected and reported late", cleared=c.t, only=(c.place.bureau,))
        self.approve(c)
        self.send(c)
        self.received(c)
        self.filing(c)
        self.hand_over(c)

    def decided_and_sent_late(self):
        c = self.start(("market", "culture"), "09-01")
        b = c.place.bureau
        self.suspect(c)
        self.report(c)
        due = self.cal.past_days(days.day_of(c.t), 3)
        self.approve(c, at=self.later(c, due, 2))
        c.expect("R5", due, b, "report decided late", cleared=c.t, only=(b,))
        due = days.past_hours(c.t, 24)
        self.send(c, at=self.mark(self.cal.work(days.day_of(c.t), 3)))
        c.expect("R6", due, b, "approved and sent late", cleared=c.t, only=(b,))
        self.received(c)
        self.refusal(c)
        self.refused_then_decided(c)

    def demanded_and_sent_late(self):
        """Environment: three days after the procuratorate's opinion (环14)."""
        c = self.start(("environment",), "07-01", seized=False)
        b = c.place.bureau
        c.t = self.decide(c, self.after(c.t, 8, 12), record=self.plain())
        self.publish(c, c.t, self.cal.work(c.decided, 3))
        c.t = c.last
        self.step(c, c.place.proc, "transfer_opinion", "opinion_letter", low=5, high=8, to=b)
        asked, due = c.t, self.cal.past_days(days.day_of(c.t), 3)
        self.report(c, at=self.later(c, due))
        self.approve(c)
        self.send(c)
        c.expect("R8", due, b, "demanded and sent late", cleared=c.t)
        for rule in ("R1A", "R10A"):
            c.expect(rule, asked, b, "demanded and sent late", cleared=c.t)
        c.expect("R1A", c.t, b, "demanded and sent late: the penalty, too", cleared=c.t)
        self.received(c)
        self.filing(c)
        self.judged_by_charge(c)

    def fined_after(self, fine=True):
        c = self.to_filing(self.start(("market", "agriculture"), "09-01"))
        b = c.place.bureau
        self.hand_over(c)
        t = self.decide(c, self.after(c.t, 4, 8), fine=None if fine else 0, record=self.plain())
        c.t = t
        self.publish(c, t)
        if fine:
            c.expect("R11", t, b, "fined after the transfer")
        c.expect("R11A", t, b, "penalised after the transfer")

    def without_test(self):
        c = self.start(("market",), "10-01")
        self.suspect(c)
        self.report(c)
        self.approve(c)
        self.send(c, "transfer_letter investigation_report item_list")
        c.expect("R35", c.t, c.place.bureau, "no test report")
        self.received(c)
        self.refusal(c)
        self.refused_then_decided(c)

    def supplemented_late(self):
        """Supplement demanded late, sent late."""
        c = self.to_transfer(self.start(("market", "tobacco"), "09-01"))
        p = c.place
        self.received(c)
        due = days.past_hours(c.t, 24)
        self.extension(c, at=self.mark(self.cal.work(c.accepted, 1), c.t))
        self.step(c, p.police, "supplement_requested", "supplement_notice gap_list", at=self.mark(self.cal.work(days.day_of(due), 1), c.t))
        c.expect("OVERDUE", c.t, p.police, "supplement demanded late", cleared=c.t, fires=due)
        due = self.cal.past_days(days.day_of(c.t), 3)
        self.step(c, p.bureau, "supplement", "supplement_materials", at=self.later(c, due))
        c.expect("OVERDUE", due, p.bureau, "supplement sent late", cleared=c.t)
        last = self.cal.past_days(c.accepted, 7)
        filed = self.mark(days.day_of(c.t), c.t)
        self.filing(c, at=filed)
        if filed >= last:
            c.expect("R14", last, p.police, "supplement sent late, and so filed late", cleared=filed)
        self.hand_over(c)

    def kept_back(self):
        c = self.to_filing(self.start(("market", "agriculture"), "10-01"))
        self.step(c, c.place.bureau, "items_not_handed_over", at=self.mark(self.cal.work(days.day_of(c.t), 1)),
                  body={"reasons": "物品易腐，已先行处理"})
        c.expect("R29A", c.t, c.place.bureau, "exhibits kept back")

    def handed_over_late(self):
        """Late, and not all."""
        c = self.to_filing(self.start(("market", "tobacco"), "09-01"))
        p = c.place
        due = self.cal.past_days(days.day_of(c.t), 3)
        fewer = [[c.items[0][0], c.items[0][1] - 3, c.items[0][2]]]
        self.hand_over(c, fewer, confirmed=False, at=self.later(c, due, 3))
        t = [x[0] for x in self.book.acts if x[2] == c.number and x[4] == "items_handed_over"][0]
        c.expect("R29", due, p.bureau, "exhibits handed over late", cleared=t)
        c.expect("R30", t, p.bureau, "fewer items than listed")

    # ---- the police ----

    def receipt_and_decision_late(self):
        c = self.to_transfer(self.start(("market", "transport"), "10-01"))
        p = c.place
        sent, due = days.day_of(c.t), days.past_hours(c.t, 24)
        self.receipt(c, at=self.mark(self.cal.work(days.day_of(due), 1)))
        c.expect("R13", due, p.police, "no receipt within a day", cleared=c.t)
        self.accept(c, at=c.t + 600000)
        due = self.cal.past_days(sent, 3)  # whoever signs late has not more time
        self.filing(c, at=self.later(c, max(due, days.start_ms(days.day_of(c.t) + 1)), 3))
        c.expect("R14", due, p.police, "filing decided late", cleared=c.t)
        self.hand_over(c)

    def refused_badly(self, reasons):
        c = self.to_transfer(self.start(("market", "agriculture"), "09-15"))
        self.received(c)
        if reasons:
            self.refusal(c, papers="not_filed_notice")
        else:
            self.refusal(c, reasons=None)
        c.expect("R15", c.t, c.place.police, "refused without " + ("the file" if reasons else "reasons"))
        self.refused_then_decided(c)

    def asked_twice(self):
        c = self.to_transfer(self.start(("market", "tobacco"), "10-01"))
        p = c.place
        self.received(c)
        self.step(c, p.police, "supplement_requested", "supplement_notice gap_list", at=self.hours(c, 24))
        self.step(c, p.bureau, "supplement", "supplement_materials", low=1, high=1)
        self.extension(c, "decision_extended", at=self.mark(days.day_of(c.t), c.t))
        self.step(c, p.police, "supplement_requested", "supplement_notice gap_list", at=self.hours(c, 24))
        c.expect("R16", c.t, p.police, "supplement demanded twice")
        self.step(c, p.bureau, "supplement", "supplement_materials", at=self.mark(self.cal.work(days.day_of(c.t), 1)))
        self.filing(c, at=self.mark(days.day_of(c.t), c.t))
        self.hand_over(c)

    def forwarded_thrice(self):
        """In a small city back to the first."""
        c = self.to_transfer(self.start(("market",), "10-15"))
        others = self.other_police(c, 3)
        chain = [c.place.police] + [others[i % len(others)] if len(others) > 1 else (others[0], c.place.police)[i % 2] for i in range(3)]
        late = None
        for i in range(3):
            self.receipt(c, chain[i])
            if i == 0:
                late = days.past_hours(c.t, 24)
                self.step(c, chain[0], "forward", "forward_notice", at=self.mark(self.cal.work(days.day_of(late), 1), c.t), to=chain[1])
                c.expect("OVERDUE", c.t, chain[0], "forwarded late", cleared=c.t, fires=late)
            else:
                self.step(c, chain[i], "forward", "forward_notice", at=self.hours(c, 24), to=chain[i + 1])
        c.expect("R18", c.t, chain[2], "forwarded three times", hidden=() if chain[2] == chain[0] else (chain[2],))
        self.received(c, chain[3])
        self.filing(c, chain[3])
        self.hand_over(c)

    def returned_late(self):
        """Environment: no police matter, returned within a day (环9)."""
        c = self.to_transfer(self.start(("environment",), "10-01", seized=False))
        p = c.place
        self.received(c)
        due = days.past_hours(c.t, 24)
        self.step(c, p.police, "return", "file_list", at=self.mark(self.cal.work(days.day_of(due), 1), c.t),
                  body={"reasons": "不属于公安机关管辖"})
        c.expect("OVERDUE", c.t, p.police, "returned late", cleared=c.t, fires=due)
        last = self.cal.past_days(c.accepted, 3)
        if c.t >= last:
            c.expect("R14", last, p.police, "returned late", cleared=c.t)
        self.refused_then_decided(c)

    def told_late(self):
        """Safety: the filing is told within three days (应急54)."""
        c = self.to_transfer(self.start(("safety",), "09-15", seized=False))
        p = c.place
        self.received(c)
        self.extension(c, "decision_extended")
        occurred = self.cal.work(days.day_of(c.t), 1)
        due = self.cal.past_days(occurred, 3)
        self.step(c, p.police, "coercive_measure", at=self.mark(days.day_of(c.t), c.t))
        c.expect("EARLY_MEASURE", c.t, p.police, "a coercive measure before the filing", only=(p.police,))
        self.filing(c, at=self.later(c, due, 2), occurred=str(days.date(occurred)))
        c.expect("R32", c.t, p.police, "filing told late", cleared=c.t, fires=due)

    def backdated(self, future):
        c = self.start(("market", "culture"), "10-01")
        p = c.place
        self.suspect(c)
        self.report(c)
        self.approve(c)
        self.send(c, occurred=None if future else days.iso(c.t + 600000))
        d = days.day_of(c.t) + (3 if future else -2)
        self.receipt(c, occurred=str(days.date(d)), at=c.t + 20 * 60000)
        c.expect("R40", c.t, p.police, "receipt dated " + ("ahead" if future else "back"))
        self.accept(c, at=c.t + 10 * 60000)
        c.accepted = min(d, c.accepted)
        self.filing(c)
        self.hand_over(c)

    def investigated_long(self):
        """Sent back; the supplementary investigation takes more than its month; so does the review after it."""
        c = self.to_filing(self.start(("market", "tax"), "03-15", seized=False))
        p = c.place
        self.step(c, p.police, "coercive_measure", low=1, high=3)
        self.step(c, p.police, "arrest_requested", low=3, high=8, to=p.proc)
        due = self.cal.past_days(days.day_of(c.t), 7)
        self.step(c, p.proc, "arrest_refused", at=self.later(c, due, 2), body={"reasons": "没有社会危险性"})
        c.expect("OVERDUE", due, p.proc, "arrest decided late", cleared=c.t, only=(p.proc,))
        self.send_up(c)
        self.send_back(c)
        due = self.cal.past_months(days.day_of(c.t), 1)
        self.send_up(c, at=self.later(c, due, 3))
        c.expect("OVERDUE", due, p.police, "supplementary investigation late", cleared=c.t)
        due = self.cal.past_months(days.day_of(c.t), 1)
        self.prosecute(c, at=self.later(c, due, 2))
        c.expect("STAGE_LONG", due, p.proc, "review longer than a month", cleared=c.t, only=(p.proc,))
        due = self.cal.past_months(days.day_of(c.t), 2)
        self.judge(c, at=self.later(c, due, 4))
        c.expect("STAGE_LONG", due, p.court, "trial longer than two months", cleared=c.t, only=(p.court,))
        self.feed_back(c)
        self.close(c)

    def sent_back_thrice(self):
        c = self.to_filing(self.start(("market", "tobacco"), "03-15", seized=False))
        for _ in range(3):
            self.send_up(c, low=10, high=16)
            self.send_back(c)
        c.expect("R36A", c.t, c.place.proc, "sent back a third time", only=(c.place.proc, c.place.police))
        self.send_up(c, low=8, high=12)
        self.prosecute(c)
        self.judge(c)
        self.feed_back(c)
        self.close(c)

    def withdrawn_untold(self):
        """Withdrawn, told late (程序189), and then nothing for two months."""
        c = self.to_filing(self.start(("culture", "urban"), "06-01", filed=False, seized=False))
        p = c.place
        occurred = self.cal.work(days.day_of(c.t), 20)
        due = self.cal.past_days(occurred, 3)
        self.step(c, p.police, "case_withdrawn", "withdrawal_decision", at=self.later(c, due, 2), occurred=str(days.date(occurred)),
                  body={"reasons": "没有犯罪事实"})
        c.expect("R32", c.t, p.police, "withdrawal told late", cleared=c.t, fires=due)
        c.expect("R24", self.cal.past_months(occurred, 2), p.police, "nothing done after the withdrawal")

    # ---- supervision ----

    def refused_and_asked(self, c):
        p = c.place
        self.to_transfer(c)
        self.received(c)
        self.refusal(c)
        self.step(c, p.proc, "explanation_requested", "explanation_request", low=5, high=9, to=p.police)
        return self.cal.past_days(days.day_of(c.t), 7)

    def notified(self):
        """Reasons late; told to file; filed late, after a correction; not concluded in three months."""
        c = self.start(("market", "agriculture"), "04-01", filed=False, seized=False)
        p = c.place
        due = self.refused_and_asked(c)
        self.step(c, p.police, "explanation_given", "explanation evidence_list", at=self.later(c, due))
        c.expect("OVERDUE", due, p.police, "reasons given late", cleared=c.t)
        self.step(c, p.proc, "notice_to_file", "notice_to_file evidence_list", low=2, high=4, to=p.police, body={"reasons": "不立案理由不能成立"})
        told, due = c.t, self.cal.past_days(days.day_of(c.t), 15)
        self.step(c, p.proc, "correction_notice", "correction_notice", at=self.later(c, due, 2), to=p.police)
        self.step(c, p.police, "filed_after_notice", "filing_decision", low=2, high=4)
        c.expect("R20A", told, p.police, "had to be notified to file", cleared=c.t)
        c.expect("R20", due, p.police, "filed later than notified", cleared=c.t)
        c.expect("SUPERVISED_OPEN", self.cal.past_months(days.day_of(c.t), 3), p.police, "supervised case open after three months")

    def refiled(self):
        c = self.start(("market", "tobacco"), "09-15", seized=False)
        p = c.place
        asked = self.refused_and_asked(c)
        self.step(c, p.police, "refiled", "filing_decision", at=self.mark(self.last_work(days.day_of(asked) - 2), c.t))
        c.expect("R20C", c.t, p.police, "filed once reasons were demanded")

    def withdrawn_as_notified(self):
        c = self.to_filing(self.start(("market", "culture"), "08-01", seized=False))
        p = c.place
        self.step(c, p.proc, "explanation_requested", "explanation_request", low=5, high=9, to=p.police)
        self.step(c, p.police, "explanation_given", "explanation evidence_list", at=self.within_days(c, days.day_of(c.t), 7))
        self.step(c, p.proc, "notice_to_withdraw", "notice_to_withdraw evidence_list", low=2, high=4, to=p.police, body={"reasons": "属经济纠纷"})
        told = c.t
        self.step(c, p.police, "case_withdrawn", "withdrawal_decision", low=2, high=5, body={"reasons": "没有犯罪事实"})
        c.expect("R20B", told, p.police, "had to be notified to withdraw", cleared=c.t)
        self.refused_then_decided(c)

    def reconsidered_late(self):
        """Asked late, decided late, suggested late; the bureau then does nothing for ninety days."""
        c = self.to_transfer(self.start(("market", "tobacco"), "06-01", filed=False, seized=False))
        p = c.place
        self.received(c)
        self.refusal(c)
        due = self.cal.past_days(days.day_of(c.t), 3)
        self.step(c, p.bureau, "reconsideration_requested", "reconsideration_request", at=self.later(c, due))
        c.expect("OVERDUE", c.t, p.bureau, "reconsideration asked late", cleared=c.t, fires=due)
        due = self.cal.past_days(days.day_of(c.t), 3)
        self.step(c, p.police, "reconsideration_upheld", "reconsideration_decision", at=self.later(c, due))
        c.expect("OVERDUE", due, p.police, "reconsideration decided late", cleared=c.t)
        upheld = days.day_of(c.t)
        due = self.cal.past_days(upheld, 3)
        self.step(c, p.bureau, "supervision_suggested", "supervision_suggestion", at=self.later(c, due))
        c.expect("OVERDUE", c.t, p.bureau, "supervision suggested late", cleared=c.t, fires=due)
        self.step(c, p.proc, "explanation_requested", "explanation_request", low=2, high=5, to=p.police)
        self.step(c, p.police, "explanation_given", "explanation evidence_list", at=self.within_days(c, days.day_of(c.t), 7))
        self.step(c, p.proc, "supervision_closed", "supervision_reply", low=1, high=5, to=p.bureau, body={"reasons": "不立案理由成立"})
        c.expect("R25", self.cal.past_days(days.day_of(c.t), 90), p.bureau, "nothing decided after the refusal stood")

    def asked_why(self):
        """The police do not decide; asked why, they do not answer in time either."""
        c = self.to_transfer(self.start(("market", "housing"), "09-01", seized=False))
        p = c.place
        self.received(c)
        due = self.cal.past_days(c.accepted, 3)
        self.step(c, p.proc, "overdue_asked", at=self.later(c, due, 3), to=p.police)
        late = self.cal.past_days(days.day_of(c.t), 7)
        self.filing(c, at=self.later(c, late, 2))
        c.expect("R14", due, p.police, "filing decided late", cleared=c.t)
        c.expect("OVERDUE", late, p.police, "delay not explained in time", cleared=c.t)

    # ---- not prosecuted ----

    def dropped(self, sectors, last):
        c = self.to_filing(self.start(sectors, last, filed=False, seized=False))
        self.send_up(c, low=10, high=20)
        return c

    def forgotten(self):
        """Not passed to administrative procuration, and nothing for two months."""
        c = self.dropped(("culture", "urban"), "06-01")
        p = c.place
        self.drop(c)
        d = days.day_of(c.t)
        c.expect("R21", self.cal.past_work(d, 3), p.proc, "not passed to administrative procuration", only=(p.proc,))
        c.expect("R21A", self.cal.past_months(d, 2), p.proc, "nothing done after the non-prosecution")

    def told_of_it_late(self):
        """Environment: told within three days (环18)."""
        c = self.dropped(("environment",), "07-01")
        p = c.place
        occurred = self.cal.work(days.day_of(c.t), 8)
        due = self.cal.past_days(occurred, 3)
        self.drop(c, at=self.later(c, due, 1), occurred=str(days.date(occurred)))
        c.expect("R32", c.t, p.proc, "non-prosecution told late", cleared=c.t, fires=due)
        t = self.mark(days.day_of(c.t), c.t)
        self.step(c, p.proc, "reverse_review", at=t)
        over = self.cal.past_work(occurred, 3)
        if t >= over:
            c.expect("R21", max(over, self.dropped_at(c)), p.proc, "non-prosecution told late", cleared=t, only=(p.proc,), fires=over)
        self.step(c, p.proc, "opinion", "opinion_letter non_prosecution_decision", low=3, high=8, to=p.bureau)
        self.act_on(c)

    def dropped_at(self, c):
        return [x[0] for x in self.book.acts if x[2] == c.number and x[4] == "not_prosecuted"][0]

    def reviewed_late(self):
        """Passed late, reviewed late, filed late, never answered."""
        c = self.dropped(("market",), "05-01")
        p = c.place
        self.drop(c)
        due = self.cal.past_work(days.day_of(c.t), 3)
        self.step(c, p.proc, "reverse_review", at=self.later(c, due, 2))
        c.expect("R21", due, p.proc, "passed to administrative procuration late", cleared=c.t, only=(p.proc,))
        due = self.cal.past_work(days.day_of(c.t), 10)
        self.step(c, p.proc, "opinion", "opinion_letter non_prosecution_decision", at=self.later(c, due, 2), to=p.bureau)
        c.expect("OVERDUE", due, p.proc, "reverse review late", cleared=c.t, only=(p.proc,))
        asked = days.day_of(c.t)
        due = self.cal.past_work(asked, 15)
        self.step(c, p.bureau, "admin_filed", at=self.later(c, due, 2))
        c.expect("OVERDUE", due, p.bureau, "filed late under the opinion", cleared=c.t)
        c.filed = days.day_of(c.t)
        self.refused_then_decided(c)
        c.expect("R22", self.cal.past_months(asked, 2), p.bureau, "opinion never answered")

    def answered_with_nothing(self):
        c = self.dropped(("culture", "transport"), "07-01")
        p = c.place
        self.drop(c)
        self.opinion(c)
        self.step(c, p.bureau, "reply", low=10, high=20)
        c.expect("R23", c.t, p.bureau, "answered without having decided")

    # ---- fine and criminal fine ----

    def not_offset(self, fined_again):
        """The bureau had fined before the crime was suspected; the court takes nothing off. Or the bureau fines again."""
        c = self.start(("market", "agriculture"), "03-20", seized=False)
        p = c.place
        if not fined_again:
            c.t = self.decide(c, self.after(c.t, 8, 12), record=self.plain())
            self.publish(c, c.t, self.cal.work(c.decided, 2))
            c.t = c.last
        self.to_filing(c)
        if not fined_again:
            self.judged_by_charge(c)
        self.send_up(c)
        self.prosecute(c)
        self.judge(c)
        if not fined_again:
            c.expect("R39", c.t, p.court, "fine not offset by the court", hidden=(p.court,))
            self.feed_back(c)
            return
        self.feed_back(c)
        t = self.decide(c, self.after(c.t, 5, 10), record=self.plain())
        c.expect("R39", t, p.bureau, "fined again after the judgment")
        c.expect("R11", t, p.bureau, "fined again after the judgment")
        c.expect("R11A", t, p.bureau, "fined again after the judgment")
        self.publish(c, t)

    def offset(self):
        """Near miss: the court takes the earlier fine off."""
        c = self.start(("market", "agriculture"), "03-20", seized=False)
        c.t = self.decide(c, self.after(c.t, 8, 12), record=self.plain())
        self.publish(c, c.t, self.cal.work(c.decided, 2))
        c.t = c.last
        self.to_filing(c)
        self.judged_by_charge(c)
        self.send_up(c)
        self.prosecute(c)
        self.judge(c, offset=c.fine)
        self.feed_back(c)

    def judged_by_charge(self, c):
        """Once the police have named the charge, the bureau's own penalty is held against its filing standard: whether it reached
        it a person must judge. The notice is over as soon as it is there, since the matter is with the police."""
        c.expect("R1D", c.t, c.place.bureau, "the charge makes the penalty a matter to be judged", cleared=c.t)

    # ---- without a transfer ----

    def consulted_late(self):
        """环24: seven days to answer."""
        b = self.bureau(("environment",))
        c = self.new("consultation", b)
        c.t = self.mark(self.cal.roll(self.some_day(last="11-01")))
        self.file(c, c.t)
        p = c.place
        self.step(c, b["id"], "consultation_asked", "consultation_letter", low=2, high=5, to=p.police)
        due = self.cal.past_days(days.day_of(c.t), 7)
        self.step(c, p.police, "consultation_answered", at=self.later(c, due, 2))
        c.expect("OVERDUE", due, p.police, "consultation answered late", cleared=c.t, only=(p.police,))
        self.decide(c, self.after(c.t, 2, 5), "no_penalty", record=self.plain(content="证据不足"))

    def investigated_for_years(self):
        """A history: the police enter a filing of 2022 that came to nothing."""
        b = self.bureau(("market",))
        c = self.new("history", b)
        t = self.mark(self.cal.roll(self.some_day()))
        c.do(t, c.place.police, "filed", "filing_decision", occurred="2022-06-10", mode="late_entry", body={"source": "2022年立案登记簿"})
        c.expect("LONG_OPEN", t, c.place.police, "investigated for more than two years", fires=self.cal.past_months(days.day("2022-06-10"), 24))


def plant(book):
    """Each once; returns how many transfers it took."""
    p = Derailed(book)
    p.reported_late()
    p.decided_and_sent_late()
    p.demanded_and_sent_late()
    p.fined_after()
    p.fined_after(fine=False)
    p.without_test()
    p.supplemented_late()
    p.kept_back()
    p.handed_over_late()
    p.receipt_and_decision_late()
    p.refused_badly(reasons=False)
    p.refused_badly(reasons=True)
    p.asked_twice()
    p.forwarded_thrice()
    p.returned_late()
    p.told_late()
    p.backdated(future=False)
    p.backdated(future=True)
    p.investigated_long()
    p.sent_back_thrice()
    p.withdrawn_untold()
    p.notified()
    p.refiled()
    p.withdrawn_as_notified()
    p.reconsidered_late()
    p.asked_why()
    p.forgotten()
    p.told_of_it_late()
    p.reviewed_late()
    p.answered_with_nothing()
    p.not_offset(fined_again=False)
    p.not_offset(fined_again=True)
    p.offset()
    p.consulted_late()
    p.investigated_for_years()
