"""Threat: the exchange's machine, or somebody with its keys in front of it, drops, doubles, holds back and reorders what passes, and
reads along.
Outcome: every act is admitted once and stored once, in one order everywhere, since nothing is forgotten before it is proved and
retries never stop; it may cost time, never an act. What can be read on the way and in the exchange's memory and files is headers:
no word of a body, a paper, its name or a party (I17)."""
import base64

import room
from middleman import Front, kind_of, unfaithful
from room import until
from xianjie_peer import ANSWER, DELIVER, HELLO, PAPER, PAPER_PUT, STORED, SUBMIT, WELCOME

SECRET = "只有收件人能读的案情-7f3a"
NAMES = [s.encode() for s in (SECRET, "张某某-保密", "现场录像-绝密.txt", "纸上内容-绝密")]


def secret_transfer(lab):
    """An act whose body, party and papers bear words that are nowhere else."""
    title, party, name, inside = (n.decode() for n in NAMES)
    papers = [{"kind": k, "name": name, "media_type": "text/plain", "content_base64": base64.b64encode((inside + k).encode()).decode()}
              for k in room.PAPERS]
    body = {"title": title, "facts": title, "drafted_by": "甲", "approved_by": "乙", "parties": [{"kind": "person", "name": party}]}
    status, j = lab.call("bureau", "POST", "/api/acts", {"act": "transfer", "wait_ms": 30000, "principals": [lab.id("police")],
                                                         "subjects": [{"party": party}], "papers": papers, "body": body})
    assert status == 200, j
    return j


class Careless:
    """Loses the first frame of each of some kinds, doubles every third frame and holds every fourth back, so that it is overtaken."""

    def __init__(self, *lost):
        self.lost, self.n = set(lost), 0

    def __call__(self, way, frame):
        kind = kind_of(frame)
        if kind in self.lost:
            self.lost.discard(kind)
            return []
        self.n += 1
        return [(frame, 0.2)] if self.n % 4 == 0 and kind not in (HELLO, WELCOME) else [frame] * (2 if self.n % 3 == 0 else 1)


def play(lab, count):
    """Acts of a bureau and a case, all of which must arrive, each once and in one order."""
    answers = [lab.note(wait_ms=60000, body={"title": "第%d件" % i}) for i in range(count)]
    case = lab.perform("bureau", "transfer", papers=room.PAPERS, principals=[lab.id("police")])
    until("the case has arrived", lambda: lab.arrived("bureau", case))
    receipt = lab.perform("police", "receipt", case["case"], ("receipt",))
    until("the receipt is everywhere", lambda: lab.arrived("police", receipt))
    lab.rest(90)
    lab.shown_once(answers + [case])
    orders = [[a["id"] for a in lab.case(n, case["case"])["acts"]] for n in ("bureau", "police", "procuratorate")]
    assert orders[0] == orders[1] == orders[2] and len(orders[0]) == 2, orders


def what_is_lost_doubled_and_overtaken_costs_time_and_nothing_else(build):
    lab = room.lab(build)
    sender, reader = Careless(SUBMIT, ANSWER, PAPER_PUT, DELIVER), Careless(STORED, PAPER)
    with Front(lab, "police", reader), Front(lab, "bureau", sender):
        until("both have an exchange", lambda: lab.state("bureau") == lab.state("police") == "ready")
        play(lab, 3)
        assert not sender.lost and not reader.lost, "not everything was lost that should have been"
        assert min(sender.n, reader.n) > 12, "hardly anything was doubled or held back"
    told = set(lab.incidents("bureau") + lab.incidents("police"))
    assert told <= {"unreadable_frame"}, "more than a hint that something was lost on the way: %s" % told


def what_passes_and_what_the_exchange_holds_is_no_plaintext(build):
    lab, seen = room.lab(build), []

    def read_along(way, frame):
        seen.append((kind_of(frame), frame))
        return [frame]

    with Front(lab, "bureau", read_along), Front(lab, "police", read_along):
        until("both have an exchange", lambda: lab.state("bureau") == lab.state("police") == "ready")
        act = secret_transfer(lab)
        until("the police show it", lambda: lab.get("police", "/api/acts/" + act["id"]))
        digest = lab.get("police", "/api/acts/" + act["id"])["papers"][0]["digest"]
        assert lab.call("police", "GET", "/api/acts/%s/papers/%s" % (act["id"], digest))[0] == 200
        assert SECRET in str(lab.get("police", "/api/acts/" + act["id"])["body"])
        exchange, police, justice = (room.pid_of(lab, n) for n in ("exchange", "police", "justice"))
        assert room.memory_holds(police, NAMES), "the search finds nothing even where it must"
        assert not room.memory_holds(exchange, NAMES), "plaintext in the exchange's memory"
        assert not room.memory_holds(justice, NAMES), "plaintext in the memory of an agency that is no party (I18)"
    assert {SUBMIT, PAPER_PUT, DELIVER, PAPER} <= {k for k, _ in seen}, "nothing to read passed"
    assert not [n for n in NAMES if any(n in frame for _, frame in seen)]
    assert act["id"].replace("-", "") in b"".join(f for _, f in seen).hex()  # headers do pass in clear: it looks where it should
    assert room.files_hold(lab.data("police"), NAMES[:1]), "the search finds nothing even where it must"
    assert not room.files_hold(lab.data("exchange"), NAMES), "plaintext in the exchange's files"
    assert not room.files_hold(lab.data("justice"), NAMES), "plaintext in the files of an agency that is no party (I18)"


def big(build):
    """A quarter of all frames lost, a sixth doubled, a quarter held back."""
    lab = room.lab(build)
    for seed in range(8):
        judges = [unfaithful(2 * seed + i, drop=0.25, never=(HELLO, WELCOME)) for i in (0, 1)]
        with Front(lab, "police", judges[0]), Front(lab, "bureau", judges[1]):
            until("both have an exchange", lambda: lab.state("bureau") == lab.state("police") == "ready")
            play(lab, 10)
        print("unfaithful_broker: seed %d, %s: all acts once and in order" % (seed, [j.counts for j in judges]), flush=True)


if __name__ == "__main__":
    room.main(globals())
