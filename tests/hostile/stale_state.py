"""Threat: a disk comes back older than it was: an agency's backup is put back, the exchange's is, a copied ledger is started twice.
Outcome: the agency is *shorter*: it says so, and sends nothing until all it had is back from the exchange (I11), so that no number is
given to two acts. With the newer files put back after that it is the same again. Before an exchange that lost its disk every agency
that can prove more stops sending and says so; with the newer journal back everything goes on as if nothing had been. Nothing is lost,
nothing twice."""
import os
import shutil

import room
from room import until

FILES = ("ledger.db", "ledger.db-wal", "view.db", "view.db-wal", "view.db-shm", "journal.db", "journal.db-wal")


def keep(lab, name, as_name):
    """A backup of a stopped process's files."""
    where = os.path.join(lab.base, as_name)
    shutil.rmtree(where, ignore_errors=True)
    os.mkdir(where)
    for f in FILES:
        if os.path.exists(os.path.join(lab.data(name), f)):
            shutil.copy(os.path.join(lab.data(name), f), where)
    return where


def put_back(lab, name, where):
    for f in FILES:
        path = os.path.join(lab.data(name), f)
        if os.path.exists(path):
            os.unlink(path)
        if os.path.exists(os.path.join(where, f)):
            shutil.copy(os.path.join(where, f), path)


def refuses_to_send(lab, name, state):
    until("%s says %s" % (name, state), lambda: lab.state(name) == state)
    figures = lab.call(name, "GET", "/api/status")[1]
    assert figures["why_zh"] and figures["why_en"], figures
    status, j = lab.act(name, "disposal_note", copies=[lab.id("procuratorate")], wait_ms=500)
    assert status == 503 and j["error"]["remedy_zh"], "an act was taken: %s %s" % (status, j)
    assert lab.call(name, "GET", "/api/status")[1]["own_number"] == figures["own_number"]
    lab.tells(name, state)


def recovers(lab, name):
    """It says what it lost, has it back, and goes on."""
    lab.tells(name, "ledger_lost")
    until("%s goes on" % name, lambda: lab.state(name) == "ready")


def an_agency_with_an_old_backup_has_what_it_lacks_back_before_it_sends(build):
    lab = room.lab(build)
    answers = [lab.note()]
    lab.rest()
    lab.halt("bureau")
    old = keep(lab, "bureau", "old")
    lab.restart("bureau")
    answers.append(lab.note())
    lab.rest()
    lab.halt("bureau")
    new = keep(lab, "bureau", "new")
    for files in (old, new):  # the second time it is the newer one that lacks an act
        put_back(lab, "bureau", files)
        lab.launch("bureau")
        recovers(lab, "bureau")
        answers.append(lab.note())
        assert answers[-1]["number"] == len(answers), "a number was given to two acts"
        lab.rest()
        lab.shown_once(answers)
        lab.halt("bureau")
        assert room.verdicts(lab, lab.store("bureau")) == {}, "a ledger that came back is a ledger"
    lab.restart("bureau")


def an_exchange_with_an_old_backup_gets_back_what_it_lacks(build):
    lab = room.lab(build)
    answers = [lab.note()]
    lab.rest()
    lab.halt("exchange")
    old = keep(lab, "exchange", "old-x")
    lab.restart("exchange")
    until("they are back", lambda: lab.state("bureau") == lab.state("police") == "ready")
    answers.append(lab.note())
    lab.rest()
    lab.halt("exchange")
    put_back(lab, "exchange", old)
    lab.restart("exchange")
    lab.rest()
    answers.append(lab.note())
    lab.rest()
    lab.halt("exchange")
    assert room.verdicts(lab, lab.store("exchange")) == {}, "a journal rebuilt verifies"
    lab.restart("exchange")
    lab.rest()
    lab.shown_once(answers)


if __name__ == "__main__":
    room.main(globals())
