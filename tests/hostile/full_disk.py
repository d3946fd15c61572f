"""Threat: the disk of the exchange or of an agency runs full, by its own data or by somebody's.
Outcome: below its reserve the exchange takes nothing new (NOTICE `quota`; the act waits in its sender's outbox, in sight), but lets
receipts and proofs of what it has admitted through; an agency takes no act and no delivery. A peer that keeps the exchange busy does
not keep it from noticing. When even the reserve is gone the process stops rather than say what it could not write. With room again
everything goes out by itself: nothing lost, nothing twice."""
import atexit
import contextlib
import os
import subprocess

import room
from room import until
from stolen_key import thief_of
from xianjie_peer import HEARTBEAT

MIB = 1024 * 1024


class Tank:
    """A process of the lab whose data directory is a small disk of its own, in a mount namespace that a holder keeps open."""

    def __init__(self, lab, name, mib, reserve_mib=None):
        self.lab, self.name, self.data = lab, name, lab.data(name)
        lab.halt(name)
        with open(lab.conf(name), "a") as f:
            f.write("\nallow_tmpfs = yes\n" + ("" if reserve_mib is None else "reserve_mib = %d\n" % reserve_mib))
        script = 'cp -a "$1" "$1.kept" && mount -t tmpfs -o size=%dm none "$1" && cp -a "$1.kept/." "$1/" && echo up && exec sleep 600' % mib
        self.holder = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", self.data],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        atexit.register(self.drain)
        if self.holder.stdout.readline() != "up\n":
            lab.close()
            raise room.NotHere("no small disk can be mounted: that needs root, outside a chroot")
        self.start()

    def start(self):
        self.lab.launch(self.name, ("nsenter", "-m", "-t", str(self.holder.pid)))

    def inside(self, *path):
        return os.path.join("/proc/%d/root%s" % (self.holder.pid, self.data), *path)

    def free(self):
        fs = os.statvfs(self.inside())
        return fs.f_bavail * fs.f_frsize

    def fill(self, leave=0):
        with open(self.inside("ballast"), "ab", 0) as f, contextlib.suppress(OSError):
            while self.free() > leave:
                f.write(bytes(min(MIB, max(4096, self.free() - leave))))

    def empty(self):
        os.unlink(self.inside("ballast"))

    def verdict(self):
        """What both verifiers say of the store after a clean stop; its disk goes with it."""
        self.lab.halt(self.name)
        found = room.verdicts(self.lab, self.inside(os.path.basename(self.lab.store(self.name))))
        self.drain()
        return found

    def drain(self):
        if self.holder.poll() is None:
            self.holder.kill()
            self.holder.wait()
            self.holder.stdout.close()


class TankLab(room.Lab):
    """A lab one of whose processes lives in a tank; its socket or its address is then in there."""

    def __init__(self, build, name, *args):
        super().__init__(build)
        self.rest()
        self.tank = None
        self.tank = Tank(self, name, *args)

    def data(self, name):
        tank = getattr(self, "tank", None)
        return tank.inside() if tank and name == tank.name and tank.holder.poll() is None else super().data(name)


def outbox(lab, name):
    return lab.call(name, "GET", "/api/outbox")[1]["open"]


def queued_act(lab, to="procuratorate"):
    """An act that the exchange does not take for now: it waits, in sight."""
    def look():
        status, j = lab.act("bureau", "disposal_note", copies=[lab.id(to)], wait_ms=700)
        assert status == 200, (status, j)
        return j if j["status"] == "queued" else None
    answer = until("the exchange takes nothing new", look, 30)
    assert answer["id"] in [o["id"] for o in outbox(lab, "bureau")], "an act that waits is not in sight"
    return answer


def the_exchange_below_its_reserve_takes_nothing_new_and_lets_receipts_through(build):
    lab = TankLab(build, "exchange", 24, 8)
    until("they are ready", lambda: lab.state("bureau") == lab.state("police") == "ready")
    lab.halt("police")
    owed = lab.note()  # admitted, and owed to the police
    busy = thief_of(lab, "justice")  # a client that never lets the exchange come to rest
    busy.hello()
    over = room.threading.Event()

    def beat():
        while not over.is_set():
            busy.send(HEARTBEAT)
            over.wait(0.05)

    beater = room.threading.Thread(target=beat, daemon=True)
    beater.start()
    lab.tank.fill(leave=6 * MIB)
    answer = queued_act(lab)
    over.set()
    beater.join()
    busy.close()
    lab.launch("police")
    until("what was admitted is stored and proved", lambda: lab.arrived("bureau", {**owed, "to": [lab.id("police")]}))
    assert answer["id"] in [o["id"] for o in outbox(lab, "bureau") if o["status"] == "queued"]
    lab.tank.empty()
    until("it goes out by itself", lambda: not outbox(lab, "bureau"), 40)
    lab.halt("justice")
    lab.restart("justice")
    lab.rest(60)
    lab.shown_once([owed], ("bureau", "police"))
    lab.shown_once([answer], ("bureau", "procuratorate"))
    assert lab.tank.verdict() == {}
    lab.close()


def an_exchange_that_cannot_write_stops_and_goes_on_with_room(build):
    lab = TankLab(build, "exchange", 10, 0)  # and it keeps no reserve
    until("they are ready", lambda: lab.state("bureau") == lab.state("police") == "ready")
    answers, dead = [], lambda: lab.children["exchange"].poll() is not None
    lab.tank.fill()
    for i in range(20):
        answers.append(lab.act("bureau", "disposal_note", copies=[lab.id("police")], wait_ms=300)[1])
        if dead():
            break
    assert dead() and lab.children["exchange"].returncode == 1, "it neither wrote nor stopped"
    said = [a for a in answers if a["status"] == "admitted"]
    lab.tank.empty()
    lab.tank.start()
    until("all goes out by itself", lambda: not outbox(lab, "bureau"), 40)
    lab.rest(60)
    lab.shown_once(answers)
    assert said == [] or all(lab.get("bureau", "/api/acts/" + a["id"])["seq"] == a["seq"] for a in said), "an answer that was given changed"
    assert lab.tank.verdict() == {}
    lab.close()


def an_agency_without_room_takes_no_act_and_no_mail_until_there_is_some(build):
    lab = TankLab(build, "police", 90)
    until("they are ready", lambda: lab.state("bureau") == lab.state("police") == "ready")
    lab.tank.fill(leave=30 * MIB)
    refused = until("it notices", lambda: (lambda r: r if r[0] == 503 else None)(
        lab.act("police", "disposal_note", copies=[lab.id("bureau")], wait_ms=300)))
    assert refused[1]["error"]["text_zh"] and refused[1]["error"]["remedy_zh"], refused
    mail = lab.note()
    assert lab.get("police", "/api/acts/" + mail["id"]) is None
    lab.tank.empty()
    until("the mail comes by itself", lambda: lab.get("police", "/api/acts/" + mail["id"]), 40)
    answer = lab.note("police", "bureau")
    lab.rest(60)
    lab.shown_once([mail, answer])
    assert lab.tank.verdict() == {}
    lab.close()


if __name__ == "__main__":
    room.main(globals())
