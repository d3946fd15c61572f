"""Threat: ZeroMQ bounds frames, not messages: an agency with keys sends one message of very many parts, or of none.
Outcome: a hop frame is exactly one part, so anything else is dropped and counted as an incident, and has no effect; parts without
end meet the process's memory cap, not the machine (I20): there ZeroMQ lets go of the connection, or the process ends and is started
again; nothing is lost or doubled either way, and honest acts go on."""
import threading

import room
import zmq
from middleman import Front, kind_of
from room import Honest, expect, until, world
from stolen_key import thief_of
from stranger import Trial, note
from xianjie_peer import HELLO, SUBMIT
from xj_wire import D, unpack


def frames_of_several_parts_and_empty_ones_are_dropped(build):
    w = world(build)
    expect("malformed", w.e.agency)
    with Trial(w, w.e) as t:
        before = w.e.number
        _, message = w.e.enclose(note(w, w.e))
        submit = w.e.frame(SUBMIT, [message])
        for parts in ([submit, b"more"], [b"", submit], [submit, submit], [b"", b""], [submit] + [b"x"] * 50):
            w.e.socket.send_multipart(parts)
            t.notice(None)
        w.e.socket.send(b"")
        t.notice(None)
        assert w.e.number == before and D("xianjie/1 message", unpack(message)[0]) not in w.e.answers
        w.good(w.e)



# ---- parts without end ----
class Service(threading.Thread):
    """What a service manager does: starts a process again whenever it has ended."""

    def __init__(self, lab, name):
        super().__init__(daemon=True)
        self.lab, self.name, self.over, self.ends = lab, name, threading.Event(), []

    def __enter__(self):
        self.start()
        return self

    def run(self):
        while not self.over.is_set():
            code = self.lab.children[self.name].poll()
            if code is not None:
                self.ends.append(code)
                self.lab.launch(self.name)
            self.over.wait(0.05)

    def __exit__(self, *_):
        self.over.set()
        self.join(10)


def cap(lab, name, mib):
    lab.halt(name)
    with open(lab.conf(name), "a") as f:
        f.write("\nmemory_mib = %d\n" % mib)
    lab.restart(name)
    until("all are ready", lambda: all(lab.state(n) == "ready" for n in lab.names))


def bomb(mib):
    """One message that is four times what the other side may hold, in parts that are each within the limit."""
    return [bytes(1024 * 1024)] * (4 * mib)


def bombed(lab, rounds):
    """Throws that many bombs at an exchange of 96 MiB, which its service starts again if it ends: (ends, honest)."""
    with Service(lab, "exchange") as service, Honest(lab) as honest:
        for i in range(rounds):
            attacker = thief_of(lab, "justice")
            attacker.hello()
            before, monitor = len(honest.ms), attacker.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
            attacker.socket.send_multipart(bomb(96), copy=False)
            assert monitor.poll(30000), "384 MiB of one message were taken"
            attacker.socket.disable_monitor()
            attacker.context.destroy(0)
            until("honest acts go on", lambda: len(honest.ms) > before + 3)
    assert all(code in (-6, 1) for code in service.ends), service.ends
    return service.ends, honest


def many_parts(build, rounds):
    if room.SANITIZED:
        return
    lab = room.Lab(build)
    cap(lab, "exchange", 96)
    ends, honest = bombed(lab, rounds)
    assert room.peak_kib(room.pid_of(lab, "exchange")) < 96 * 1024
    lab.halt("justice")
    lab.restart("justice")
    lab.rest(60)
    lab.shown_once(honest.answers)
    print("    multipart_bomb: %d bombs of 384 MiB at a cap of 96; the exchange ended %d times; honest acts %d, p50 %.1f, the longest %.0f ms" % (
        rounds, len(ends), len(honest.ms), honest.percentile(0.5), max(honest.ms)), flush=True)
    lab.close_and_verify()
    lab.close()


def parts_without_end_meet_the_cap_of_the_exchange(build):
    many_parts(build, 1)


def bombed_by_its_exchange(b):
    """An agent notices after 15 s that ZeroMQ does not dial again by itself."""
    lab = room.Lab(b)
    answers = [lab.note()]
    lab.rest()
    lab.halt("police")
    with open(lab.conf("police"), "a") as f:
        f.write("\nmemory_mib = 160\n")
    hellos = []

    def judge(way, frame):
        hellos.extend([1] if kind_of(frame) == HELLO else [])
        return [frame]

    with Front(lab, "police", judge, started=False) as front:
        lab.launch("police")
        until("it has an exchange", lambda: lab.state("police") == "ready")
        with Service(lab, "police") as service:
            before = len(hellos)
            front.bomb(bomb(160))
            answers.append(lab.note())
            until("it met its cap, and is back", lambda: len(hellos) > before and lab.state("police") == "ready")
            assert room.peak_kib(room.pid_of(lab, "police")) < 160 * 1024
            lab.rest()
            assert all(code in (-6, 1) for code in service.ends), service.ends
    lab.rest()
    lab.shown_once(answers)
    lab.close_and_verify()
    lab.close()


def big(build):
    many_parts(build, 10)
    bombed_by_its_exchange(build)


if __name__ == "__main__":
    room.main(globals())
