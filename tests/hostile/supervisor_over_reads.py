"""Threat: a supervising agency (监督机关) reads more than its grant covers: another area, other acts, bodies and papers where it was
granted headers, what is not open yet; a sender leaves it out.
Outcome: it gets every act that its grant covers once, in full or as a header without body, keys and papers, as the grant says; nothing
else comes, whatever it asks for (I19). With the grant withdrawn nothing more comes. (A sender that leaves it out is admitted with the
breach `subscriber`, which names it: tests/integration/test_breaches.py.)"""
import uuid

import room
from cross_area_read import asked
from room import PAPERS, SMALL
from stranger import enlist

NAMES = {"full": ("370800-jd1", "济宁市监督一处"), "headers": ("370800-jd2", "济宁市监督二处"), "notes": ("370800-jd3", "济宁市监督三处")}


class AreaLab(room.Lab):
    """Two bureaus in two districts, and three supervisors of the first: in full, headers only, one kind of act only."""

    def __init__(self, build):
        super().__init__(build, (*SMALL, "environment"))
        for name, area in (("bureau", "370811"), ("environment", "370812")):
            ident, title, role, sector = room.city_module.AGENCIES[name]
            self.registrar("agency", ident, "--name", title, "--role", role, "--sector", sector, "--division", area)
        for name, (ident, title) in NAMES.items():
            self.registrar("agency", ident, "--name", title, "--role", "supervisory", "--division", "370800")
        self.peers = {name: enlist(self, name) for name in NAMES}
        self.grant("full")
        self.grant("headers", "--mode", "header")
        self.grant("notes", "--act", "disposal_note")
        self.rest()
        head = self.call("justice", "GET", "/api/register/head")[1]["number"]
        room.until("the register is everywhere", lambda: all(self.call(n, "GET", "/api/status")[1]["register"] == head for n in self.names))

    def rest(self, limit_s=30):
        def look():
            for peer in getattr(self, "peers", {}).values():
                peer.pump()
            return self.at_rest()
        room.until("the city is at rest", look, limit_s)

    def id(self, name):
        return NAMES[name][0] if name in NAMES else super().id(name)

    def registrar(self, *args):
        self.run("register", *args, data=self.data("justice"))

    def grant(self, name, *args):
        self.registrar("grant", self.id(name), "area", "--procedure", "referral", "--division", "370811", *args)

    def mail(self):
        """{supervisor: {act id: (act, has a body, role)}} of what has come to each; nothing twice."""
        self.rest()
        out = {}
        for name, peer in self.peers.items():
            peer.sync()
            ids = [m[1][2] for m in peer.inbox]
            assert len(ids) == len(set(ids)), "%s got an act twice" % name
            out[name] = {m[1][2]: (m[1][6], m[2] is not None, dict(map(tuple, m[1][11]))[peer.agency]) for m in peer.inbox}
        return out


def a_supervisor_gets_what_its_grant_covers_once_and_nothing_else(build):
    lab = AreaLab(build)
    try:
        covered = room.honest_case(lab)
        lab.rest()
        status, other = lab.act("environment", "transfer", papers=PAPERS, principals=[lab.id("police")])
        assert status == 200, other
        status, note = lab.act("bureau", "disposal_note", copies=[lab.id("police")])
        assert status == 200, note
        mine = {uuid.UUID(a["id"]).bytes: a["act"] for a in lab.case("bureau", covered["case"])["acts"]}
        theirs, noted = uuid.UUID(other["id"]).bytes, uuid.UUID(note["id"]).bytes
        got = lab.mail()
        assert theirs not in {i for mail in got.values() for i in mail}, "an act of another area"
        open_acts = {i for i in mine} | {noted}
        assert set(got["full"]) == set(got["headers"]) <= open_acts and len(got["full"]) >= 2, (got, mine)
        assert {i for i in got["full"] if got["full"][i][0] == "disposal_note"} == set(got["notes"]), "acts beyond its grant"
        assert all(body and role == "copy" for _, body, role in got["full"].values()), got["full"]
        assert not any(body for _, body, _ in got["headers"].values()) and {r for _, _, r in got["headers"].values()} == {"notice"}
        # what it was not given it does not get by asking
        papers = {n: [bytes.fromhex(p["digest"]) for p in lab.get(n, "/api/acts/" + i)["papers"]] for n, i in
                  (("bureau", covered["id"]), ("environment", other["id"]))}
        assert papers["bureau"] and papers["environment"]
        for name, peer in lab.peers.items():
            assert not any(asked(peer, d) for d in papers["environment"]), "a paper of another area"
        assert not any(asked(lab.peers["notes"], d) for d in papers["bureau"]), "a paper of an act beyond its grant"
        for digest in papers["bureau"]:
            sealed = asked(lab.peers["headers"], digest)
            assert sealed is None, "the sealed paper, to one who was granted headers"
        withdrawn(lab)
        lab.rest()
    finally:
        for peer in lab.peers.values():
            peer.close()
    lab.close_and_verify()
    lab.close()


def withdrawn(lab):
    before = {n: len(p.inbox) for n, p in lab.peers.items()}
    for name in NAMES:
        lab.registrar("grant", lab.id(name), "area", "--withdraw")
    head = lab.call("justice", "GET", "/api/register/head")[1]["number"]
    room.until("the register is everywhere", lambda: all(lab.call(n, "GET", "/api/status")[1]["register"] == head for n in lab.names))
    status, note = lab.act("bureau", "disposal_note", copies=[lab.id("police")])
    assert status == 200 and note["breaches"] == [], note
    lab.mail()
    assert {n: len(p.inbox) for n, p in lab.peers.items()} == before, "mail after the grant was withdrawn"


if __name__ == "__main__":
    room.main(globals())
