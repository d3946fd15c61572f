"""Threat: power goes while something is written; a disk that lied about having written; a write torn in the middle; one bit flipped in the
write-ahead log, behind which SQLite drops all later commits without a word.
Outcome: what was answered or acknowledged is there after the start, if the disk kept what it confirmed. If it did not, the process
notices: an agency finds itself *shorter* and sends nothing until all is back from the exchange, before a shortened exchange everybody
stops sending; nobody gives one number to two acts. A tail that was never confirmed is dropped, and what it held comes again. (The death of processes at every write
and sync: tests/integration/test_kills.py; power cuts on simulated disks: tests/sim.)"""
import os

import room
from room import until
from stale_state import keep, put_back, recovers, refuses_to_send

FRAME = 24 + 8192  # of a page in the log


def caught_in_the_act(lab, name, act):
    """Kills a process while its last commits are in its log only, and keeps the files: (directory, answer)."""
    lab.rest()
    lab.halt(name)  # folds the log
    lab.restart(name)
    until("it is ready", lambda: name == "exchange" or lab.state(name) == "ready")
    until("all are ready", lambda: all(lab.state(n) == "ready" for n in lab.names))
    answer = act()
    lab.kill(name)
    log = lab.store(name) + "-wal"
    assert os.path.getsize(log) > 32 + FRAME, "the log was folded: there is nothing to tear"
    return keep(lab, name, "caught-" + name), answer


def log_of(lab, name):
    return lab.store(name) + "-wal"


def frames(path):
    """(offset, ends a commit) of the frames of a log that are of its present salt."""
    with open(path, "rb") as f:
        data = f.read()
    salt, out, at = data[16:24], [], 32
    while at + FRAME <= len(data) and data[at + 8:at + 16] == salt:
        out.append((at, data[at + 4:at + 8] != bytes(4)))
        at += FRAME
    return out


def write_at(path, at, data):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(data)


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 4]))


def a_torn_tail_that_was_never_confirmed_is_dropped(build):
    lab = room.lab(build)
    for name in ("bureau", "exchange"):
        caught, answer = caught_in_the_act(lab, name, lab.note)
        whole = frames(log_of(lab, name))
        end = whole[-1][0] + FRAME
        with open(log_of(lab, name), "rb") as f:
            f.seek(whole[-1][0])
            frame = f.read(FRAME)
        for torn in (frame[:8], frame[:FRAME // 2], frame[:-1], os.urandom(FRAME), frame[:4] + bytes(4) + frame[8:]):
            put_back(lab, name, caught)
            write_at(log_of(lab, name), end, torn)
            lab.launch(name)
            lab.await_ready(name)
            lab.kill(name)
        put_back(lab, name, caught)
        write_at(log_of(lab, name), end, frame[:FRAME // 2])
        lab.restart(name)
        until("all are ready", lambda: all(lab.state(n) == "ready" for n in lab.names))
        lab.rest()
        lab.shown_once([answer])


def an_agency_whose_disk_lost_what_it_confirmed_has_it_back(build):
    lab = room.lab(build)
    caught, answer = caught_in_the_act(lab, "bureau", lambda: (lab.note(), lab.note())[1])
    whole = frames(log_of(lab, "bureau"))
    commits = [at for at, ends in whole if ends]
    for what, damage in {"a flipped bit in the log": lambda p: flip(p, commits[0] + 24 + 100), "a log without its end": lambda p: os.truncate(p, commits[0] + FRAME),
                         "no log": os.unlink}.items():
        put_back(lab, "bureau", caught)
        damage(log_of(lab, "bureau"))
        lab.launch("bureau")
        recovers(lab, "bureau")
        lab.rest()
        lab.shown_once([answer])
        lab.kill("bureau")
        print("   ", what, "was noticed")
    lab.restart("bureau")


def an_exchange_whose_disk_lost_what_it_confirmed_gets_it_back(build):
    lab = room.lab(build)
    _, answer = caught_in_the_act(lab, "exchange", lambda: (lab.note(), lab.rest(), lab.note())[0])
    first = next(at for at, ends in frames(log_of(lab, "exchange")) if ends)
    os.truncate(log_of(lab, "exchange"), first + FRAME)
    lab.restart("exchange")
    until("they go on", lambda: all(lab.state(n) == "ready" for n in lab.names))
    lab.rest()
    lab.shown_once([answer])


if __name__ == "__main__":
    room.main(globals())
