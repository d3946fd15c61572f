"""Threat: somebody with access to the files, but not to keys, changes the database of an agency or of the exchange: one byte, a whole
entry, a time, a signature, an object, a checkpoint, the working state, or plants a trigger; or does so while it runs.
Outcome: both verifiers name the entry at fault, and the same one; a change at the end of the file, where the next entry would go,
keeps the process from starting, with the reason; the file in use cannot be opened by another. The view is no evidence: made anew from
the ledger it shows the truth again."""
import contextlib
import os
import shutil
import sqlite3

import room
from room import until
from xianjie_verify2 import ADMITTED, OWN, RECEIVED
from xj_wire import H, pack, unpack


@contextlib.contextmanager
def opened(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        yield db
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def entry(db, kind, last=False):
    return db.execute("SELECT n, kind, time_ms, head, sig, leaf FROM entry WHERE kind = ? ORDER BY n %s LIMIT 1" % ("DESC" if last else ""),
                      (kind,)).fetchone()


def flipped(data, at=-1):
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


def put(db, n, **columns):
    for name, value in columns.items():
        db.execute("UPDATE entry SET %s = ? WHERE n = ?" % name, (value, n))  # names from this file alone


def leaf_of(n, kind, time_ms, head, sig):
    return H(b"\0" + pack([n, kind, time_ms, head, sig]))


# Each changes an open file and gives the checks that must be bad, with the entry at fault (None: whichever).
def a_byte_of_an_act(db):
    n, _, _, head, _, _ = entry(db, RECEIVED)
    put(db, n, head=flipped(head))
    return {"bytes": n}


def an_act_and_its_leaf(db):
    n, kind, t, head, sig, _ = entry(db, OWN)
    h = unpack(head)
    h[14] = [0, 1]  # when it is said to have happened
    head = pack(h)
    put(db, n, head=head, leaf=leaf_of(n, kind, t, head, sig))
    return {"signatures": n}


def a_signature_put_in_another_s_place(db):
    n, kind, t, head, _, _ = entry(db, ADMITTED)
    _, _, _, _, other, _ = entry(db, ADMITTED, last=True)
    put(db, n, sig=other, leaf=leaf_of(n, kind, t, head, other))
    return {"signatures": n}


def a_time(db):
    n, _, t, _, _, _ = entry(db, OWN)
    put(db, n, time_ms=t - 86400000)
    return {"bytes": n}


def an_entry_taken_out(db):
    n = entry(db, OWN)[0]
    db.execute("DELETE FROM entry WHERE n = ?", (n,))
    return {"bytes": n}


def two_entries_in_each_other_s_place(db):
    a, b = entry(db, ADMITTED), entry(db, ADMITTED, last=True)
    put(db, a[0], head=b[3], sig=b[4], leaf=leaf_of(a[0], ADMITTED, a[2], b[3], b[4]))
    put(db, b[0], head=a[3], sig=a[4], leaf=leaf_of(b[0], ADMITTED, b[2], a[3], a[4]))
    return {"numbering": None}


def a_byte_of_a_body(db):
    digest, data = db.execute("SELECT digest, bytes FROM object ORDER BY rowid LIMIT 1").fetchone()
    db.execute("UPDATE object SET bytes = ? WHERE digest = ?", (flipped(data, 40), digest))
    return {"bytes": None}


def a_paper_burnt(db):
    digest = unpack(entry(db, OWN, last=True)[3])[19]
    db.execute("DELETE FROM object WHERE digest = ?", (digest,))
    return {"objects": None}


def a_checkpoint_of_another_root(db):
    size, note = db.execute("SELECT size, note FROM checkpoint ORDER BY size LIMIT 1").fetchone()
    lines = note.split("\n")
    lines[2] = "A" * 43 + "="
    db.execute("UPDATE checkpoint SET note = ? WHERE size = ?", ("\n".join(lines), size))
    return {"checkpoints": size}


def an_invented_entry_at_the_end(db):
    n = db.execute("SELECT max(n) FROM entry").fetchone()[0] + 1
    _, kind, t, head, sig, _ = entry(db, OWN)
    db.execute("INSERT INTO entry(n, kind, time_ms, leaf, head, sig) VALUES(?, ?, ?, ?, ?, ?)", (n, kind, t, leaf_of(n, kind, t, head, sig), head, sig))
    return {"numbering": n}


def a_trigger(db):
    db.execute("CREATE TRIGGER later AFTER INSERT ON entry BEGIN UPDATE entry SET time_ms = 0 WHERE n = new.n; END")
    return {"bytes": 0}


def the_owner(db):
    db.execute("UPDATE meta SET value = ? WHERE name = 'owner'", (b"370800-fy",))
    return {"signatures": None}


EDITS = [v for k, v in sorted(globals().items()) if k.split("_")[0] in ("a", "an", "two", "the") and callable(v)]


def stage(lab):
    room.honest_case(lab)
    lab.note("police", "bureau")
    lab.rest()
    return lab


def every_change_is_named_by_both_verifiers(build):
    lab = stage(room.lab(build))
    lab.halt("bureau")
    copy = os.path.join(lab.base, "edited.db")
    for edit in EDITS:
        shutil.copy(lab.store("bureau"), copy)
        with opened(copy) as db:
            wanted = edit(db)
        found = room.verdicts(lab, copy)
        for check, n in wanted.items():
            assert check in found and n in (None, found[check]), "%s: wanted %s, found %s" % (edit.__name__, wanted, found)
    lab.restart("bureau")


def does_not_start(lab, name):
    """The reason, from the log."""
    before = len(lab.log(name))
    lab.launch(name)
    assert lab.await_death(name, 20) and lab.children[name].returncode not in (0, None), "it runs on an edited file"
    said = lab.log(name)[before:]
    assert any(w in said for w in ("contradicts itself", "does not verify", "a trigger or a view")), said
    return said


def an_edit_where_the_next_entry_would_go_keeps_the_process_from_starting(build):
    lab = stage(room.lab(build))
    for name in ("bureau", "exchange"):
        lab.halt(name)
        path, true = lab.store(name), os.path.join(lab.base, "true.db")
        shutil.copy(path, true)
        for edit in (a_trigger, an_entry_taken_out_near_the_end, a_byte_near_the_end):
            with opened(path) as db:
                edit(db)
            said = does_not_start(lab, name)
            assert any("\u4e00" <= c <= "\u9fff" for c in said), "not said in Chinese: " + said
            assert room.verdicts(lab, path), "and a verifier finds nothing"
            shutil.copy(true, path)
        lab.restart(name)
    until("they are back", lambda: all(lab.state(n) == "ready" for n in lab.names))
    lab.note()


def an_entry_taken_out_near_the_end(db):
    n = db.execute("SELECT max(n) FROM entry").fetchone()[0] - 1
    db.execute("DELETE FROM entry WHERE n = ?", (n,))


def a_byte_near_the_end(db):
    n, head = db.execute("SELECT n, head FROM entry WHERE n = (SELECT max(n) - 1 FROM entry)").fetchone()
    put(db, n, head=flipped(head))


def a_file_in_use_is_not_opened_by_another(build):
    lab = stage(room.lab(build))
    for name in ("bureau", "exchange"):
        with contextlib.closing(sqlite3.connect(lab.store(name), timeout=0.1)) as db:
            try:
                db.execute("UPDATE entry SET time_ms = 0 WHERE n = 1")
                raise AssertionError("an entry of a running process was changed")
            except sqlite3.OperationalError as e:
                assert "locked" in str(e) or "readonly" in str(e), e
    lab.note()


def a_view_that_was_edited_is_made_anew_from_the_ledger(build):
    lab = stage(room.lab(build))
    case = lab.call("bureau", "GET", "/api/cases?limit=1")[1]["cases"][0]
    title = case["title"]
    lab.halt("bureau")
    with opened(os.path.join(lab.data("bureau"), "view.db")) as db:
        tables = [t for t, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        touched = 0
        for table in tables:
            for column in [row[1] for row in db.execute("PRAGMA table_info(%s)" % table)]:
                if column == "title":
                    touched += db.execute("UPDATE %s SET title = '假的'" % table).rowcount
        assert touched, "the view has no titles"
    lab.restart("bureau")
    shown = lab.call("bureau", "GET", "/api/cases?limit=1")[1]["cases"][0]["title"]
    assert shown == "假的", "the insider's edit does not even show"
    lab.halt("bureau")
    assert lab.run("rebuild", data=lab.data("bureau"), check=False).returncode == 5, "rebuild does not say that the view was wrong"
    lab.restart("bureau")
    until("the view is folded", lambda: lab.at_rest())
    assert lab.call("bureau", "GET", "/api/cases?limit=1")[1]["cases"][0]["title"] == title


if __name__ == "__main__":
    room.main(globals())
