"""Threat: an agency's clock lies, to make an act seem early or a receipt late; so does the exchange's.
Outcome: order is never by a clock: everybody shows the acts of a case in one order, that of the exchange's journal. What a limit runs
from is the exchange's time of admission, which the sender cannot choose; an `occurred` long ago is shown as claimed and moves no
admission. Each instant stands between two others' (I12): the entry of the act and the entry of its answer in the sender's ledger, and
the recipient's; a clock that lies falls out of the bracket, and the ledgers show whose. An agency that finds the exchange's clock more
than five minutes from its own records it (`clock`)."""
import time

import room
from evidence import Ledger
from room import until
from xianjie_verify2 import DELIVERED, OWN
from xj_wire import D, unpack

DAY_MS = 86400000


def now_ms():
    return int(time.time() * 1000)


def moved(lab, name, ms):
    lab.halt(name)
    lab.restart(name, env={"LD_PRELOAD": room.preload("clock.c", lab.base), "XJ_CLOCK_MS": str(ms)})
    until("%s is ready" % name, lambda: name == "exchange" or lab.state(name) == "ready")


def shown(lab, name, case):
    return [(a["id"], a["seq"], a["admitted_ms"]) for a in lab.case(name, case)["acts"]]


def agencies_whose_clocks_lie_move_no_act_and_no_limit(build):
    if room.SANITIZED:
        return
    lab = room.Lab(build)
    lab.rest()
    began = now_ms()
    moved(lab, "bureau", -400 * DAY_MS)
    moved(lab, "police", 300 * DAY_MS)
    case = room.honest_case(lab)["case"]
    lab.note("police", "bureau", case=case, occurred="2020-01-01")  # and a claim
    lab.rest()
    views = {n: shown(lab, n, case) for n in ("bureau", "police")}
    views["procuratorate"] = shown(lab, "procuratorate", case)
    assert views["procuratorate"] == views["bureau"][:2] == views["police"][:2] and views["bureau"] == views["police"], views
    assert [seq for _, seq, _ in views["bureau"]] == sorted(seq for _, seq, _ in views["bureau"]) and len(views["bureau"]) == 3
    assert all(began <= admitted <= now_ms() for v in views.values() for _, _, admitted in v), "an admission by a lying clock"
    starts = {n: sorted((d["id"], d["start_ms"], d["due_ms"]) for d in lab.case(n, case)["duties"] if d["start_ms"])
              for n in ("bureau", "police", "procuratorate")}
    assert starts["procuratorate"] and all(set(starts["procuratorate"]) <= set(s) for s in starts.values()), starts
    assert all(began <= start <= now_ms() for s in starts.values() for _, start, _ in s), "a limit runs from a lie: %s" % starts
    for name in ("bureau", "police"):
        lab.tells(name, "clock")
    assert "clock" not in lab.incidents("procuratorate")
    lab.close_and_verify()
    root = bytes.fromhex(lab.root_hex())
    bureau = Ledger(lab.store("bureau"), root)
    for _, _, head, _ in bureau.each(DELIVERED):  # the recipient's lie beside the exchange's time
        d = unpack(head)
        if d[2] == lab.id("police"):
            assert d[3] > now_ms() + 200 * DAY_MS and began <= d[4] <= now_ms(), d[:5]
    assert out_of_bracket(bureau) and out_of_bracket(Ledger(lab.store("police"), root))
    assert not out_of_bracket(Ledger(lab.store("procuratorate"), root))
    lab.close()


def out_of_bracket(ledger):
    """Own acts whose admission, by the exchange's clock, lies outside the time between their entry and that of their answer."""
    out, admissions = [], ledger.admissions()
    for _, time_ms, head, _ in ledger.each(OWN):
        digest = D("xianjie/1 message", head)
        if digest in admissions:
            _, st, answered_ms = admissions[digest]
            if not time_ms - 1000 <= st[1] <= answered_ms + 1000:
                out.append(digest)
    return out


def an_exchange_whose_clock_lies_falls_out_of_every_bracket(build):
    if room.SANITIZED:
        return
    lab = room.Lab(build)
    honest = lab.note()
    lab.rest()
    moved(lab, "exchange", -3 * DAY_MS)
    until("they are ready", lambda: all(lab.state(n) == "ready" for n in lab.names))
    lied = lab.note()
    lab.rest()
    acts = [lab.get("police", "/api/acts/" + a["id"]) for a in (honest, lied)]
    assert acts[0]["seq"] < acts[1]["seq"] and acts[0]["admitted_ms"] > acts[1]["admitted_ms"] + 2 * DAY_MS, "its clock does lie"
    for name in ("bureau", "police"):
        lab.tells(name, "clock")
    lab.close_and_verify()
    assert len(out_of_bracket(Ledger(lab.store("bureau"), bytes.fromhex(lab.root_hex())))) == 1, "the lie, and only it"
    lab.close()


if __name__ == "__main__":
    room.main(globals())
