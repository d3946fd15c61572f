"""No secret leaves its key file: not into a log, an answer, a ledger, a view or any other file, in no spelling of bytes."""
import base64
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import City, main

WINDOW = 8  # bytes of a secret in a row, wherever they begin: chance does not bring them


def secrets_of(folder):
    """{name: 32 bytes} of every key file that is not public."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".keys") and name != "public.keys":
                with open(os.path.join(where, name)) as f:
                    for i, key in enumerate(re.findall(r"\b[0-9a-f]{64}\b", f.read())):
                        found["%s/%s %d" % (where, name, i)] = bytes.fromhex(key)
    return found


def spellings(secret):
    for i in range(len(secret) - WINDOW + 1):
        part = secret[i:i + WINDOW]
        yield part
        yield part.hex().encode()
        yield part.hex().upper().encode()
    yield base64.b64encode(secret)[:-2]


def texts(folder):
    """Every file but the key files, with its bytes."""
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.isfile(path) and not name.endswith(".keys"):
                with open(path, "rb") as f:
                    yield path, f.read()


def searched(folder, said):
    secrets = secrets_of(folder)
    looked = list(texts(folder)) + said
    for name, secret in secrets.items():
        wanted = re.compile(b"|".join(re.escape(s) for s in spellings(secret)))
        for path, text in looked:
            assert not wanted.search(text), "%s is in %s" % (name, path)
    return secrets, looked


def what_a_working_city_writes_and_says_holds_no_secret(build):
    city = City(build, ("justice", "bureau", "police", "procuratorate"))
    said = []
    try:
        city.start()
        status, sent = city.act("bureau", "transfer_report", papers=("transfer_report",))
        assert status == 200, sent
        city.act("bureau", "no_such_act")
        city.settle()
        for name in city.names:
            for args in (("status",), ("case", "list"), ("due",), ("alerts",), ("verify",)):
                p = city.run(*args, check=False, data=city.data(name))
                said.append(("%s of %s" % (args, name), (p.stdout + p.stderr).encode()))
        city.stop()
        # A daemon whose key file others can read says so, and not what is in it.
        keys = os.path.join(city.data("bureau"), "secret.keys")
        if os.path.exists(keys):
            os.chmod(keys, 0o644)
            p = subprocess.run([os.path.join(city.bin, "xianjie-agent"), "--config", os.path.join(city.data("bureau"), "agent.conf")],
                               capture_output=True, timeout=60)
            assert p.returncode != 0
            said.append(("the agent that does not start", p.stdout + p.stderr))
        secrets, looked = searched(city.base, said)
        assert len(secrets) >= 3 * len(city.names) + 2, list(secrets)
        assert any(os.path.basename(p) == "log" for p, _ in looked) and any(p.endswith("ledger.db") for p, _ in looked)
    finally:
        city.close()


if __name__ == "__main__":
    main([what_a_working_city_writes_and_says_holds_no_secret])
