#!/usr/bin/python3
"""Both verifiers on the same good and tampered files. `test_verify2.py [BUILD [SEED COUNT]]`: BUILD holds tests/unit/make_ledgers."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import shapes
import xianjie_verify2
from xj_wire import Malformed, pack, unpack

BUILD = "build"
SEED, COUNT = "20260101", "120"


def findings(path, root):
    v = xianjie_verify2.Verifier(path, bytes.fromhex(root))
    try:
        v.run()
        return {c: r["entry"] for c, r in v.results.items() if r["verdict"] == "bad"}, v.head(), len(v.entries)
    finally:
        v.close()


class BothVerifiers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="xj-verify2-")
        cls.dir = cls.directory.name
        subprocess.run([os.path.join(BUILD, "tests/unit/make_ledgers"), cls.dir, SEED, COUNT], check=True)
        with open(os.path.join(cls.dir, "expected.json")) as f:
            cls.cases = json.load(f)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_they_agree_on_every_file_and_with_what_was_done_to_it(self):
        for c in self.cases:
            with self.subTest(file=c["file"]):
                found, head, entries = findings(os.path.join(self.dir, c["file"]), c["root"])
                self.assertEqual(found, c["c"], "this verifier and the one in C")
                if c["bad"] is not None:
                    self.assertEqual(found, c["bad"], "what was done to the file")
                self.assertEqual((head, entries), (c["head"], c["entries"]))

    def test_the_cases_are_many_of_both_kinds_and_reach_every_check(self):
        known = [c["bad"] for c in self.cases if c["bad"] is not None]
        self.assertGreaterEqual(sum(not bad for bad in known), 50)
        self.assertGreaterEqual(sum(bool(bad) for bad in known), 100)
        self.assertEqual({check for bad in known for check in bad}, set(xianjie_verify2.CHECKS) - {"completeness"})
        drawn = [c["c"] for c in self.cases if c["bad"] is None]
        self.assertEqual(len(drawn), int(COUNT))
        self.assertTrue(sum(bool(bad) for bad in drawn) > int(COUNT) * 9 // 10)

    def command(self, case, root):
        return subprocess.run([sys.executable, os.path.join(HERE, "xianjie_verify2.py"), os.path.join(self.dir, case["file"]),
                               "--root", root, "--json"], stdout=subprocess.PIPE)

    def test_the_command_exits_0_only_for_a_good_file_under_its_own_root(self):
        good = next(c for c in self.cases if c["file"] == "good-a.db")
        bad = next(c for c in self.cases if c["file"] == "stored-root-b.db")
        ran = self.command(good, good["root"])
        self.assertEqual((ran.returncode, json.loads(ran.stdout)["ok"]), (0, True))
        ran = self.command(bad, bad["root"])
        self.assertEqual((ran.returncode, json.loads(ran.stdout)["checks"]["numbering"]["entry"]), (1, bad["bad"]["numbering"]))
        ran = self.command(good, "00" * 32)
        self.assertEqual((ran.returncode, json.loads(ran.stdout)["checks"]["register"]["entry"]), (1, 0))


class Decoder(unittest.TestCase):
    def test_what_is_not_canonical_is_refused(self):
        for text in ("cc01", "cd00ff", "ce0000ffff", "cf00000000ffffffff", "d0ff", "d17f", "d900", "da0001" + "61", "c500" + "01" + "00",
                     "a100", "a3610062", "dc0000", "de0000", "ca00000000", "cb0000000000000000", "c1", "d40000", "a1ff", "a3eda080", "9101" + "00",
                     "8201" + "00" + "01" + "00", "8202" + "00" + "01" + "00", "92" + "01", "", "91" * 17 + "00"):
            with self.subTest(bytes=text), self.assertRaises(Malformed):
                unpack(bytes.fromhex(text))

    def test_what_is_canonical_packs_to_the_same_bytes(self):
        for text in ("00", "7f", "cc80", "cd0100", "ce00010000", "cf0000000100000000", "ff", "e0", "d0df", "d1ff7f", "a0", "c0", "c2",
                     "c3", "90", "80", "c400", "92" + "01" + "a161", "82" + "01" + "c3" + "a161" + "c0"):
            with self.subTest(bytes=text):
                self.assertTrue(shapes.canonical(bytes.fromhex(text)))

    def test_a_statement_may_be_as_large_as_the_specification_lets_it(self):
        path = [bytes([i]) * 32 for i in range(10)]
        statement = ["370800-gaj", 1, "370800-scjgj", 1, 1, bytes(32), 1, [[bytes(32), i + 1, i, path] for i in range(1024)]]
        self.assertGreater(len(pack(statement)), 256 * 1024)
        self.assertEqual(shapes.delivered(pack(statement)), statement)
        statement[7].append(statement[7][0])
        self.assertRaises(Malformed, shapes.delivered, pack(statement))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BUILD = sys.argv[1]
    if len(sys.argv) > 3:
        SEED, COUNT = sys.argv[2:4]
    unittest.main(argv=sys.argv[:1])
