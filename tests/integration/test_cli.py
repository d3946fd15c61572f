"""The command line against running agents: a city enrolled by hand, and a case from transfer to the proof of its ledgers."""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, City, main

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")


def expect(p, code, part=""):
    assert p.returncode == code and part in p.stdout + p.stderr, "wanted exit %d and %r, got exit %d\n%s%s" % (
        code, part, p.returncode, p.stdout, p.stderr)
    return p


def cli(city, name, *args, code=0, part=""):
    return expect(city.run(*args, check=False, data=city.data(name)), code, part)


def submit_json(city, name, *args):
    return cli_json(city, name, "submit", *args, "--approved-by", "负责人乙")


def cli_json(city, name, *args):
    return json.loads(cli(city, name, "--json", *args).stdout)


def paper_options(city, kinds):
    path = os.path.join(city.base, "文书.txt")
    with open(path, "w") as f:
        f.write("内容\n")
    return [x for k in kinds for x in ("--paper", "%s=%s" % (k, path))]


def a_case_goes_through_the_command_line(build):
    city = City(build, names=("justice", "bureau", "police", "procuratorate"))
    try:
        city.start()
        sent = submit_json(city, "bureau", "transfer", "--to", city.id("police"), "--party", "person:张三", "--subject", "张三",
                        "--set", "title=张三涉嫌销售伪劣产品案", "--set", "reasons=数额较大", *paper_options(city, PAPERS))
        assert sent["status"] == "admitted_with_breach", sent
        assert [b["code"] for b in sent["breaches"]] == ["step"], sent  # nobody recorded the approval before it
        case = sent["case"]
        city.settle()

        again = submit_json(city, "bureau", "transfer", "--id", sent["id"], "--case", case)  # its answer was lost: the same request again
        assert (again["id"], again["seq"], again["status"]) == (sent["id"], sent["seq"], sent["status"]), (sent, again)
        cli(city, "bureau", "submit", "clue", "--id", sent["id"], "--approved-by", "负责人乙", code=3, part="编号")

        listed = cli_json(city, "police", "case", "list")["cases"]
        assert [(c["id"], c["title"]) for c in listed] == [(case, "张三涉嫌销售伪劣产品案")], listed
        cli(city, "police", "submit", "receipt", "--case", case, *paper_options(city, ["receipt"]), code=3, part="审批人")  # nobody answers for it
        approved = ("--approved-by", "负责人丁")
        cli(city, "police", "submit", "receipt", "--case", case, *approved, code=3, part="receipt")  # a receipt without the paper
        cli(city, "police", "submit", "receipt", "--case", case, *approved, *paper_options(city, ["receipt"]), part="已登记")
        city.settle()

        shown = cli(city, "procuratorate", "case", "show", case).stdout
        for part in ("移送涉嫌犯罪案件", "回执", "济宁市市场监督管理局 → 济宁市公安局", "张三", "transfer_approved"):
            assert part in shown, "%r is not in\n%s" % (part, shown)
        assert "\x1b[" not in shown, "colours on what is no terminal"
        letter = os.path.join(city.base, "移送书.txt")
        cli(city, "police", "paper", sent["id"], "transfer_letter", letter, part="字节")
        assert open(letter).read() == "内容\n"
        cli(city, "police", "paper", sent["id"], "transfer_letter", letter, code=2, part="已经存在")
        assert cli(city, "procuratorate", "paper", sent["id"], "涉嫌犯罪案件移送书", "-").stdout == "内容\n"
        cli(city, "procuratorate", "paper", sent["id"], "test_report", "-", code=3, part="不是该材料的接收人")  # a copy has the letter and the lists
        cli(city, "police", "paper", sent["id"], "receipt", "-", code=6, part="没有这份材料")
        duties = {d["id"]: d for d in cli_json(city, "police", "due")["duties"]}
        assert "D08" in duties and duties["D08"]["obligor"] == city.id("police"), sorted(duties)
        cli(city, "police", "due", "--within", "30", part="D08")

        cli(city, "police", "case", "show", "00000000-0000-7000-8000-000000000000", code=6)
        cli(city, "police", "submit", "no_such_act", "--case", case, *approved, code=3)
        cli(city, "police", "rebuild", code=3, part="停止")  # it runs
        status = cli_json(city, "bureau", "status")
        assert status["state"] == "ready" and status["own_proved"] == status["own_number"] == 1, status

        root = city.root_hex()
        for name in city.names:
            cli(city, name, "verify", part="全部相符")  # on the running agent, through a snapshot
            assert not glob.glob(os.path.join(city.data(name), "snapshot-*")), "a snapshot was left behind"
        city.stop()
        cli(city, "bureau", "status", code=4)
        cli(city, "bureau", "verify", part="全部相符")  # on the closed ledger
        cli(city, "bureau", "verify", os.path.join(city.data("police"), "ledger.db"), "--root", root)
        cli(city, "bureau", "verify", os.path.join(city.data("police"), "ledger.db"), "--root", "ab" * 32, code=5)
        assert city.check_all() == len(city.names) + 1
        for name in city.names:
            rebuilt = cli_json(city, name, "rebuild")
            assert rebuilt["same"] and rebuilt["before"] == rebuilt["after"], rebuilt
    finally:
        city.close()


def the_registrar_changes_the_register(build):
    city = City(build, names=("justice", "bureau", "police", "procuratorate"))
    try:
        city.start()
        head = city.call("justice", "GET", "/api/register/head")[1]["number"]
        police = city.id("police")
        cli(city, "bureau", "register", "status", police, "suspended", code=6, part="registrar.keys")
        stolen = os.path.join(city.data("justice"), "registrar.keys")
        refused = cli(city, "bureau", "register", "status", police, "suspended", "--key", stolen, code=3)
        assert refused.stdout == "", refused.stdout  # only the registrar's agency may hand an entry over
        other = os.path.join(city.base, "other")
        city.run("keygen", "registrar", other)
        cli(city, "justice", "register", "status", police, "suspended", "--key", os.path.join(other, "registrar.keys"), code=3)
        assert city.call("justice", "GET", "/api/register/head")[1]["number"] == head

        assert cli_json(city, "justice", "register", "status", police, "suspended", "--reason", "试验") == {"number": head + 1}
        facts = cli_json(city, "justice", "register", "show", "status")
        assert facts == [{"kind": "status", "id": police, "value": {"state": "suspended", "reason": "试验"}}], facts
        wait_register(city, head + 1)
        cli(city, "police", "submit", "clue", "--to", city.id("bureau"), "--set", "title=线索", "--approved-by", "负责人丁", code=3)
        cli(city, "justice", "register", "status", police, "active")

        batch = os.path.join(city.base, "batch.json")
        with open(batch, "w") as f:
            json.dump([{"kind": "agency", "id": "370800-x%03d" % i,
                        "value": {"name": "机关%d" % i, "role": "bureau", "sector": "market", "division": "370800"}}
                       for i in range(300)], f, ensure_ascii=False)
        assert cli_json(city, "justice", "register", "batch", batch) == {"number": head + 4}  # 300 changes: two entries
        assert len(cli_json(city, "justice", "register", "show", "agency", "370800-x")) == 300
        cli(city, "justice", "register", "show", "agency", "370800-none", code=6)
        cli(city, "justice", "register", "agency", "370800-x000", "--withdraw")
        cli(city, "justice", "register", "show", "agency", "370800-x000", code=6)
        cli(city, "justice", "register", "grant", city.id("procuratorate"), "watch", "--procedure", "referral", "--division", "3708")
        cli(city, "justice", "register", "counterpart", police, "court", "any", "370800-x001", "370800-x002")
        shown = cli_json(city, "justice", "register", "show", "counterpart", police + "/court/any")
        assert shown[0]["value"] == {"agencies": ["370800-x001", "370800-x002"]}, shown
    finally:
        city.close()


def wait_register(city, number, timeout=20):
    end = time.monotonic() + timeout
    while any(city.call(n, "GET", "/api/status")[1]["register"] < number for n in city.names):
        assert time.monotonic() < end, "the register did not reach everybody"
        time.sleep(0.02)  # a poll interval: the loop ends on the figures or on the limit


class Daemon:
    """One of the two daemons, started by hand as its unit file would."""

    def __init__(self, build, program, conf):
        self.log = open(os.path.join(os.path.dirname(conf), "log"), "ab")
        self.process = subprocess.Popen([os.path.join(os.path.abspath(build), "bin", program), "--config", conf],
                                        stdout=self.log, stderr=self.log)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.log.close()


def until(what, timeout=20):
    end = time.monotonic() + timeout
    while True:
        got = what()
        if got:
            return got
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)  # a poll interval: the loop ends on what is asked or on the limit


def two_agencies_are_enrolled_by_hand(build):
    base = tempfile.mkdtemp(prefix="xianjie-test-")
    daemons = []
    env = dict(os.environ, XIANJIE_SHARE=os.path.join(ROOT, "schema"), LANG="zh_CN.UTF-8")

    def x(*args, code=0, part=""):
        return expect(subprocess.run([os.path.join(os.path.abspath(build), "bin", "xianjie"), *args], capture_output=True,
                                     text=True, env=env, timeout=60), code, part)

    def path(*parts):
        return os.path.join(base, *parts)

    def ready(data):
        return x_status(data) == "ready"

    def x_status(data):
        p = subprocess.run([os.path.join(os.path.abspath(build), "bin", "xianjie"), "--data", data, "--json", "status"],
                           capture_output=True, text=True, env=env, timeout=60)
        return json.loads(p.stdout)["state"] if p.returncode == 0 else None

    try:
        x("keygen", "root", path("root"))
        x("keygen", "registrar", path("registrar"))
        for name in ("sfj", "gaj"):
            x("keygen", "agency", path("keys", name))
        x("enroll", "exchange", "--division", "370800", "--name", "济宁市", "--root", path("root"), "--registrar-agency", "370800-sfj",
          "--registrar-name", "济宁市司法局", "--registrar-keys", path("keys", "sfj", "public.keys"), "--registrar-pub",
          path("registrar", "registrar.pub"), "--endpoint", "tcp://127.0.0.1:*", "--listen", "tcp://127.0.0.1:*", path("exchange"))
        daemons.append(Daemon(build, "xianjie-broker", path("exchange", "broker.conf")))
        until(lambda: os.path.exists(path("exchange", "endpoint")))
        endpoint = open(path("exchange", "endpoint")).readline().strip()
        for name, extra in (("sfj", ["--registrar-key", path("registrar", "registrar.keys")]), ("gaj", [])):
            x("enroll", "agency", "--anchor", path("exchange", "anchor"), "--keys", path("keys", name), "--agency", "370800-" + name,
              "--endpoint", endpoint, *extra, path(name))
        daemons.insert(0, Daemon(build, "xianjie-agent", path("sfj", "agent.conf")))
        until(lambda: ready(path("sfj")))

        daemons.insert(0, Daemon(build, "xianjie-agent", path("gaj", "agent.conf")))
        until(lambda: x_status(path("gaj")) is not None)
        assert x_status(path("gaj")) != "ready"  # the exchange does not know its key yet
        x("--data", path("sfj"), "register", "agency", "370800-gaj", "--name", "济宁市公安局", "--role", "police")
        x("--data", path("sfj"), "register", "keys", "370800-gaj", "--keys", path("keys", "gaj", "public.keys"))
        until(lambda: ready(path("gaj")), 40)
        x("--data", path("sfj"), "register", "calendar", os.path.join(ROOT, "schema/calendars/cn.json"))
        x("--data", path("sfj"), "register", "standards", os.path.join(ROOT, "schema/standards/cn.json"))
        x("--data", path("sfj"), "register", "show", "standards", part="bytes)")
        x("--data", path("sfj"), "procedure", "publish", os.path.join(ROOT, "schema/procedures/referral.yaml"), part="登记簿")
        x("--data", path("sfj"), "register", "show", "procedure", part="referral/")
        x("--data", path("gaj"), "verify", part="全部相符")
    finally:
        for d in daemons:
            d.stop()
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main([a_case_goes_through_the_command_line, the_registrar_changes_the_register, two_agencies_are_enrolled_by_hand])
