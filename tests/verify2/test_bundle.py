#!/usr/bin/python3
"""Both verifiers of evidence bundles on the same good and tampered ones. `test_bundle.py [BUILD]`: BUILD holds tests/unit/make_bundles."""
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import bundle
import bundle_form
from xj_wire import H, pack, unpack

BUILD = "build"
LETTER = {"proved": "p", "not proved": "n", "contradicted": "c"}
KEYS = ("claim", "bundle", "what", "id", "message", "agency", "verdict", "code", "from", "to")


def items_of(result):
    return sorted(json.dumps([i[k] for k in KEYS]) for c in result["claims"].values() for i in c["items"])


class BothVerifiers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="xj-bundles-")
        cls.dir = cls.directory.name
        subprocess.run([os.path.join(BUILD, "tests/unit/make_bundles"), cls.dir], check=True)
        with open(os.path.join(cls.dir, "expected.json")) as f:
            cls.cases = json.load(f)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def read(self, case):
        found = []
        for name in case["files"]:
            with open(os.path.join(self.dir, name), "rb") as f:
                found.append(f.read())
        return found

    def test_they_agree_on_every_bundle_and_with_what_was_done_to_it(self):
        for c in self.cases:
            with self.subTest(case=c["name"]):
                found = bundle.judge(self.read(c), bytes.fromhex(c["root"]))
                self.assertEqual(found.get("malformed"), c["malformed"], "what was done to the file")
                self.assertEqual(found.get("malformed"), c["c"].get("malformed"), "this verifier and the one in C")
                if "malformed" in found:
                    continue
                self.assertEqual("".join(LETTER[found["claims"][k]["verdict"]] for k in bundle.CLAIMS), c["verdicts"])
                for part in c["codes"].split():
                    self.assertEqual("%s:%s" % (part[:2], found["claims"][part[:2]]["code"]), part)
                self.assertEqual([found["claims"][k]["verdict"] for k in bundle.CLAIMS], c["c"]["verdicts"])
                self.assertEqual([found["claims"][k]["code"] for k in bundle.CLAIMS], c["c"]["codes"])
                self.assertEqual(items_of(found), sorted(json.dumps([i[k] for k in KEYS]) for i in c["c"]["items"]), "each item")

    def test_the_cases_are_many_of_every_kind(self):
        self.assertGreaterEqual(len(self.cases), 100)
        self.assertGreaterEqual(sum(c["malformed"] is not None for c in self.cases), 20)
        for i in range(9):
            letters = {c["verdicts"][i] for c in self.cases if c["verdicts"]}
            self.assertEqual(letters, set("nc") if i == 8 else set("pnc"), bundle.CLAIMS[i])

    def test_the_good_ones_are_bundles_for_any_zip_reader(self):
        import zipfile
        for c in self.cases:
            if c["name"].startswith("good-") and c["name"] != "good-refused":
                for f in c["files"]:
                    with zipfile.ZipFile(os.path.join(self.dir, f)) as z:
                        self.assertIsNone(z.testzip())
                        self.assertEqual(z.namelist()[0], "manifest")
                        self.assertTrue(all(i.compress_type == zipfile.ZIP_STORED for i in z.infolist()))

    def command(self, program, case, root):
        files = [os.path.join(self.dir, f) for f in case["files"]]
        p = subprocess.run([*program, *files, "--root", root], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return p.returncode, json.loads(p.stdout)

    def test_both_commands_exit_5_for_what_is_malformed_contradicted_or_under_another_root(self):
        c_program = [os.path.join(BUILD, "bin/xianjie"), "--json", "verify"]
        python = [sys.executable, os.path.join(HERE, "bundle.py"), "--json"]
        by_name = {c["name"]: c for c in self.cases}
        for name, root, code in (("good-bureau", None, 0), ("good-two", None, 0), ("good-bureau-plain", None, 0), ("zip-cut", None, 5),
                                 ("ledger-rewritten", None, 5), ("accounts-differ", None, 5), ("good-bureau", "00" * 32, 5)):
            case = by_name[name]
            for program in (c_program, python):
                got, out = self.command(program, case, root or case["root"])
                self.assertEqual(got, code, (program, name))
                self.assertEqual(out["ok"] if "ok" in out else False, code == 0)
                if root:
                    self.assertEqual(out["claims"]["P1"]["code"], "register")

    def test_they_agree_on_bytes_changed_at_random_inside_the_parts(self):
        """One byte of one part is another, checksum and manifest made to fit, as a careful forger would."""
        rng = random.Random(20260101)
        good = next(c for c in self.cases if c["name"] == "good-police")
        data, root = self.read(good)[0], good["root"]
        files, mine = [], []
        for i in range(60):
            path = os.path.join(self.dir, "random-%d.zip" % i)
            changed = self.changed(rng, data)
            with open(path, "wb") as f:
                f.write(changed)
            files.append(path)
            mine.append(bundle.judge([changed], bytes.fromhex(root)))
        outcomes = set()
        for path, found in zip(files, mine):
            p = subprocess.run([os.path.join(BUILD, "bin/xianjie"), "--json", "verify", path, "--root", root], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
            c = json.loads(p.stdout)
            with self.subTest(file=os.path.basename(path)):
                self.assertEqual(found.get("malformed"), c.get("malformed"))
                outcomes.add(found.get("malformed") or "".join(LETTER[found["claims"][k]["verdict"]] for k in bundle.CLAIMS))
                if "claims" in found:
                    self.assertEqual([(found["claims"][k]["verdict"], found["claims"][k]["code"]) for k in bundle.CLAIMS],
                                     [(c["claims"][k]["verdict"], c["claims"][k]["code"]) for k in bundle.CLAIMS])
        self.assertGreater(len(outcomes), 5, outcomes)

    @staticmethod
    def changed(rng, data):
        parts = bundle_form.read_zip(data)
        weights = [0 if n in ("manifest", "report.html") else 8 if n in ("entries", "proofs", "sequence") else 1 for n, _ in parts]
        at = rng.choices(range(len(parts)), weights)[0]
        name, body = parts[at]
        where = rng.randrange(len(body))
        parts[at] = name, body[:where] + bytes([body[where] ^ 1 << rng.randrange(8)]) + body[where + 1:]
        manifest = unpack(parts[0][1])
        manifest[7] = [[n, len(b), H(b)] for n, b in parts[1:]]
        parts[0] = "manifest", pack(manifest)
        return bundle_form.write_zip(parts)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BUILD = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
