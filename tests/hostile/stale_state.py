"""Threat: a disk comes back older than it was: an agency's backup is put back, the exchange's is, a copied ledger is started twice.
Outcome: the agency is *shorter*: it says so, receives, and sends nothing (I11), so that no number is given to two acts. Before an
exchange that lost its disk every agency that can prove more stops sending and says so. With the newer files back everything goes on
as if nothing had been, nothing lost, nothing twice."""
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
    assert status in (409, 503) and j["error"]["remedy_zh"], "an act was taken: %s %s" % (status, j)  # 409: its register is older, too
    assert lab.call(name, "GET", "/api/status")[1]["own_number"] == figures["own_number"]
    lab.tells(name, state)


def an_agency_with_an_old_backup_sends_nothing_and_with_the_new_one_goes_on(build):
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
    put_back(lab, "bureau", old)
    lab.launch("bureau")
    refuses_to_send(lab, "bureau", "shorter")
    until("it pulls what speaks of its lost act", lambda: lab.call("bureau", "GET", "/api/status")[1]["feed"] == 2)
    lab.halt("bureau")
    found = room.verdicts(lab, lab.store("bureau"))
    assert list(found) == ["proofs"], "the proof of an act that the ledger no longer holds shows what it lacks: %s" % found
    put_back(lab, "bureau", new)
    lab.restart("bureau")
    answers.append(lab.note())
    lab.rest()
    lab.shown_once(answers)


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
