"""Threat: ZeroMQ bounds frames, not messages: an agency with keys sends one message of very many parts, or of none.
Outcome: a hop frame is exactly one part, so anything else is dropped and counted as an incident, and has no effect; parts without
end meet the process's memory cap, not the machine: the exchange ends, is started again, and nothing is lost or doubled."""
import room
from room import expect, world
from stranger import Trial, note
from xianjie_peer import SUBMIT
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


if __name__ == "__main__":
    room.main(globals())
