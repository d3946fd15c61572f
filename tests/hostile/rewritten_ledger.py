"""Threat: an agency that owns its keys rewrites its ledger, cuts off its end, runs two versions of it, or back-dates entries, so well
that the file alone agrees with itself.
Outcome: the two verifiers, which see one file, say so (that no later entry was cut off is *not checkable here*). But with every receipt
the agency signed the head of its ledger, and the exchange and the senders hold these statements: they contradict the new version, and
prove it with the agency's own signature. Started with it the agent finds its ledger *inconsistent*, stops, sends nothing, and keeps the
evidence; or it finds it *shorter*, and before it sends anything has everything back that was cut off, on record (I10, I11)."""
import os
import shutil

import room
from evidence import Ledger, denied, disowned, rewrite
from room import until
from stale_state import keep, put_back, recovers
from xianjie_verify2 import CHECKPOINTED, INCIDENT, OWN
from xj_wire import read_keys

DAY_MS = 86400000


class Stage:
    """A city in which the police have sent, received and recorded an incident, and are about to lie about it."""

    def __init__(self, build):
        self.lab = lab = room.lab(build)
        lab.note("police", "bureau")
        self.case = room.honest_case(lab)
        lab.rest()
        self.root = bytes.fromhex(lab.root_hex())
        self.seed = read_keys(os.path.join(lab.data("police"), "secret.keys"))["sign_seed"]
        lab.halt("police")
        self.true = keep(lab, "police", "true")
        self.path = lab.store("police")

    def others(self):
        """What the exchange and the bureau hold, read from copies of their files while they run on."""
        out = []
        for name in ("exchange", "bureau"):
            copy = os.path.join(self.lab.base, "copy-" + name)
            for tail in ("", "-wal"):
                if os.path.exists(copy + tail):
                    os.unlink(copy + tail)
                if os.path.exists(self.lab.store(name) + tail):
                    shutil.copy(self.lab.store(name) + tail, copy + tail)
            out.append(Ledger(copy, self.root))
        return out

    def forge(self, change):
        rewrite(self.path, self.lab.id("police"), self.seed, change)
        assert room.verdicts(self.lab, self.path) == {}, "the forger was clumsy: the file alone gives it away"
        return Ledger(self.path, self.root)

    def refuses(self):
        lab = self.lab
        lab.launch("police")
        until("it finds out", lambda: lab.state("police") == "inconsistent")
        lab.tells("police", "inconsistent")
        assert lab.act("police", "disposal_note", copies=[lab.id("bureau")], wait_ms=300)[0] == 503
        lab.halt("police")

    def has_it_back(self, acts):
        lab = self.lab
        lab.launch("police")
        recovers(lab, "police")
        assert len(lab.case("police", self.case["case"])["acts"]) == acts, "an act that was cut off did not come back"
        lab.rest()
        lab.halt("police")
        assert room.verdicts(lab, self.path) == {}

    def make_good(self):
        put_back(self.lab, "police", self.true)
        self.lab.restart("police")
        self.lab.note("police", "bureau")
        self.lab.rest()


def an_entry_that_was_back_dated_contradicts_what_others_hold(build):
    s = Stage(build)
    n = next(i for i, (k, _, _, _) in enumerate(rows_of(s)) if k == OWN)
    shown = s.forge(lambda rows: [(k, t - 30 * DAY_MS if i == n else t, h, sig) for i, (k, t, h, sig) in enumerate(rows)])
    found = [disowned(shown, [other]) for other in s.others()]
    assert all(found), "the exchange and the sender both hold a signed head that this ledger does not have: %s" % found
    assert not any(disowned(Ledger(os.path.join(s.true, "ledger.db"), s.root), [other]) for other in s.others()), "the true one has them all"
    s.refuses()
    s.make_good()


def an_entry_that_was_taken_out_contradicts_what_others_hold(build):
    s = Stage(build)
    first = next(i for i, (k, _, _, _) in enumerate(rows_of(s)) if k in (CHECKPOINTED, INCIDENT))
    shown = s.forge(lambda rows: rows[:first] + rows[first + 1:])
    assert all(disowned(shown, [other]) for other in s.others())
    s.refuses()
    s.make_good()


def an_end_that_was_cut_off_is_missed_by_others_and_comes_back(build):
    s = Stage(build)
    acts = len(s.lab.case("bureau", s.case["case"])["acts"])
    own = [i for i, (k, _, _, _) in enumerate(rows_of(s)) if k == OWN]
    shown = s.forge(lambda rows: rows[:own[-1]])  # after the last head that it signed: only its last act is missing
    assert all(denied(shown, [other]) for other in s.others()), "the act it hides is in the journal and with its recipient, signed"
    s.has_it_back(acts)
    put_back(s.lab, "police", s.true)
    shown = s.forge(lambda rows: rows[:own[0]])
    assert all(disowned(shown, [other]) and denied(shown, [other]) for other in s.others())
    s.has_it_back(acts)
    s.lab.restart("police")
    s.lab.note("police", "bureau")
    s.lab.rest()


def two_versions_of_one_ledger_are_told_apart_and_end_alike(build):
    lab = room.Lab(build)
    lab.note("police", "bureau")
    lab.rest()
    lab.halt("police")
    common = keep(lab, "police", "common")
    lab.restart("police")
    lab.note("bureau", "police")  # what one version has
    lab.rest()
    lab.halt("police")
    one = keep(lab, "police", "one")
    put_back(lab, "police", common)
    lab.launch("police")
    recovers(lab, "police")
    mail = lab.note("bureau", "police")
    lab.halt("police")
    put_back(lab, "police", one)
    lab.restart("police")
    until("the first version goes on", lambda: lab.get("police", "/api/acts/" + mail["id"]))
    lab.rest()
    lab.close_and_verify()
    lab.close()


def rows_of(stage):
    return [e[1:] for e in Ledger(stage.path, stage.root).entries]


if __name__ == "__main__":
    room.main(globals())
