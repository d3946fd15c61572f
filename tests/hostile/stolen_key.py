"""Threat: somebody has copied an agency's keys and speaks as the agency from another machine; secrets leak into logs, files or dumps.
Outcome: of two machines with one key the newer is heard and the older told, stops, and records it: a theft that is used does not stay
hidden from its owner, who is stopped, finds more said in its name than it said, on record, and gets it to see. What the thief had admitted
cannot be told apart and stands; once the theft is reported, what was admitted since then is shown as, and in evidence is, *not proved*, and
what was admitted before stays proved. When the registrar has given the agency other keys the thief is nobody: on a new connection, and on the one it has. No
secret is in a log, a store, an environment or a dump (I27)."""
import datetime
import json
import os
import shutil
import subprocess
import uuid

import room
from city import ROOT
from room import until, world
from stranger import Trial, note
from unknown_client import REFUSED, curve, knock
from xianjie_peer import HELLO, NOTICE, Peer
from xj_wire import read_keys


def a_newer_connection_replaces_the_older_which_is_told(build):
    w = world(build)
    with Trial(w, w.e):
        old = w.e.socket
        w.e.nonce = os.urandom(16)  # another start of the machine, not the same one again
        w.e.connect()
        w.e.hello()
        w.good(w.e)
        new, w.e.socket = w.e.socket, old
        w.e.wait_for(NOTICE)
        assert w.e.notices.pop()[0] == "superseded"
        digest = w.e.submit(note(w, w.e), consume=False)
        w.e.wait_for(NOTICE)
        assert w.e.notices.pop()[0] == "superseded" and digest not in w.e.answers
        w.e.send(HELLO, w.e.store, os.urandom(16), w.e.epoch, w.e.leaves_size, w.e.head, w.e.number, w.e.previous, w.e.mailbox,
                 w.e.feed, w.e.register.number, 256, "the older machine", epoch=0)
        w.e.wait_for(NOTICE)  # it does not take its place back
        assert w.e.notices.pop()[0] == "superseded"
        old.close()
        w.e.socket = new
        w.good(w.e)


def thief_of(lab, name):
    """Somebody who has the keys of an agency and nothing else of it."""
    keys = os.path.join(lab.base, "stolen-" + name)
    if not os.path.exists(keys):
        os.mkdir(keys)
        shutil.copy(os.path.join(lab.data(name), "secret.keys"), keys)
    return Peer(lab.id(name), keys, os.path.join(lab.data("exchange"), "anchor"), room.endpoint_of(lab))


def instant(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone(datetime.timedelta(hours=8))).isoformat(timespec="milliseconds")


def the_theft_is_told(lab, forged, honest):
    """Views of the police, and evidence out of their ledger, by both verifiers."""
    def shown(case):
        return [a["key_compromised_since"] is not None for a in lab.case("police", case)["acts"]]
    until("the police see it", lambda: shown(forged) == [True], 20)
    assert shown(honest) == [False]
    for case, wanted in ((forged, ["compromised"]), (honest, [""])):
        path = os.path.join(lab.base, case + ".zip")
        lab.run("export", "--case", case, "--out", path, data=lab.data("police"))
        for argv in ([os.path.join(lab.bin, "xianjie"), "--json", "verify", path, "--root", lab.root_hex()],
                     ["/usr/bin/python3", os.path.join(ROOT, "tests/verify2/bundle.py"), path, "--root", lab.root_hex(), "--json"]):
            p = subprocess.run(argv, capture_output=True, text=True)
            assert p.returncode == 0, p.stdout + p.stderr
            items = json.loads(p.stdout)["claims"]["P1"]["items"]
            assert [i["code"] for i in items if i["id"]] == wanted, items


def what_is_done_with_a_stolen_key_comes_out_and_other_keys_end_it(build):
    lab = room.Lab(build)
    honest = lab.note()
    lab.rest()
    thief = thief_of(lab, "bureau")
    welcome = thief.hello()
    thief.number, thief.previous = welcome[8], welcome[9]
    until("the owner hears of it", lambda: lab.state("bureau") == "superseded")
    lab.tells("bureau", "stopped")
    assert lab.act("bureau", "disposal_note", copies=[lab.id("police")], wait_ms=500)[0] == 503
    forged = thief.build("disposal_note", [(lab.id("police"), "copy")])
    digest = thief.submit(forged)
    kind, _, admitted = thief.answer(digest)
    assert kind == 1, "with the key it cannot be told apart"
    room.honest_note(lab, "police", "procuratorate")
    lab.halt("bureau")
    lab.launch("bureau")
    lab.tells("bureau", "ledger_lost")
    until("the owner sees what was said in its name", lambda: lab.state("bureau") == "ready" and lab.call("bureau", "GET", "/api/status")[1]["own_number"] == 2)
    lab.halt("bureau")
    # the registrar gives the agency other keys
    thief.reconnect()
    thief.hello()
    fresh = os.path.join(lab.base, "fresh")
    lab.run("keygen", "agency", fresh)
    lab.run("register", "keys", lab.id("bureau"), "--keys", os.path.join(fresh, "public.keys"), data=lab.data("justice"))
    public = os.path.join(lab.dir, "keys", lab.id("bureau"), "public.keys")
    lab.run("register", "compromised", lab.id("bureau"), "--keys", public, "--since", instant(admitted[1]), data=lab.data("justice"))
    head = lab.call("justice", "GET", "/api/register/head")[1]["number"]
    until("the register is everywhere", lambda: lab.call("police", "GET", "/api/status")[1]["register"] == head)
    the_theft_is_told(lab, str(uuid.UUID(bytes=forged[0][3])), honest["case"])
    before = len(thief.inbox)
    mail = lab.note("police", "bureau")
    thief.notices = []
    second = thief.submit(thief.build("disposal_note", [(lab.id("police"), "copy")]), consume=False)
    thief.wait_for(NOTICE)
    assert thief.notices[0][0] == "denied", thief.notices
    thief.notices = []
    thief.send(HELLO, thief.store, thief.nonce, thief.epoch, 0, thief.head, thief.number, thief.previous, 0, 0, 1, 256, "thief", epoch=0)
    thief.wait_for(NOTICE)
    assert thief.notices[0][0] == "denied", "HELLO of a key that is no longer the agency's"
    assert second not in thief.answers and len(thief.inbox) == before, "a thief was served"
    thief.close()
    again = thief_of(lab, "bureau")
    assert knock(again, lambda s: curve(s, again.transport, again.server)) == REFUSED, "an old key opened the door"
    again.close()
    lab.stop_all()
    told = room.incidents_of(lab.store("exchange"))
    assert any(c == "unknown" and t.startswith(lab.id("bureau") + ":") for c, t in told), told
    found = {n: room.verdicts(lab, lab.store(n)) for n in (*lab.names, "exchange")}
    assert not any(found.values()), (found, mail)
    lab.close()


# ---- nothing gives a secret away ----
def no_secret_is_in_a_log_a_store_an_environment_or_a_dump(build):
    lab = room.lab(build)
    lab.note()
    lab.rest()
    for name in ("exchange", "bureau"):
        secrets = [v for v in read_keys(os.path.join(lab.data(name), "secret.keys")).values()]
        needles = secrets + [s.hex().encode() for s in secrets]
        pid = room.pid_of(lab, name)
        assert room.memory_holds(pid, secrets), "the search finds nothing even where it must"
        for other in (n for n in ("exchange", "bureau", "police") if n != name):
            assert not room.memory_holds(room.pid_of(lab, other), needles), "%s knows a secret of %s" % (other, name)
        held = {p for p, _ in room.files_hold(lab.data(name), needles)}
        assert {os.path.basename(p) for p in held} == {"secret.keys"}, held
        for proc in ("environ", "cmdline"):
            with open("/proc/%d/%s" % (pid, proc), "rb") as f:
                data = f.read()
            assert not any(n in data for n in needles)
        with open("/proc/%d/limits" % pid) as f:
            assert [line.split()[4:6] for line in f if line.startswith("Max core")] == [["0", "0"]], "a core file may be left"
        assert os.stat("/proc/%d/mem" % pid).st_uid == 0 and os.stat(os.path.join(lab.data(name), "secret.keys")).st_mode & 0o77 == 0


def a_dying_process_leaves_no_dump(build):
    lab = room.lab(build)
    for name in ("bureau", "exchange"):
        before = set(os.listdir(lab.data(name))) | set(os.listdir("."))
        os.kill(room.pid_of(lab, name), 6)
        assert lab.await_death(name) and lab.children[name].returncode == -6
        assert set(os.listdir(lab.data(name))) | set(os.listdir(".")) <= before, "something was left"
        lab.restart(name)
    until("they are back", lambda: all(lab.state(n) == "ready" for n in lab.names))
    lab.note()


if __name__ == "__main__":
    room.main(globals())
