"""What an agency was told of, and what it did with it, is in its own ledger: real processes, real time."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import cli, main
from killcity import KillCity

TOLD = 12
EVENTS = {1: "raised", 2: "delivered", 3: "acknowledged", 4: "cleared"}


def cli_json(city, name, *args):
    return json.loads(cli(city, name, "--json", *args))


def submit(city, name, act, *args):
    return cli_json(city, name, "submit", act, *args, "--approved-by", "负责人乙")


def told_of(city, name, rule):
    """The alert of the rule once the agent has told it; agents look at most every second."""
    end = time.monotonic() + 20
    while True:
        found = [a for a in cli_json(city, name, "alerts")["alerts"] if a["rule"] == rule]
        if found and found[0]["told"]:
            return found[0]
        assert time.monotonic() < end, found
        time.sleep(0.05)


def events(city, name, rule):
    """What is in the closed ledger about a rule, in its order."""
    return [(EVENTS[head[0]], head[4]) for _, _, head in city.entries(name, TOLD) if head[3] == rule]


def an_alert_is_told_seen_acknowledged_and_closed_once_each(build):
    city = KillCity(build, ("justice", "bureau", "police", "procuratorate"))
    try:
        paper = os.path.join(city.base, "报告.txt")
        with open(paper, "w") as f:
            f.write("内容\n")
        sent = submit(city, "bureau", "transfer_report", "--set", "title=试验案", "--paper", "transfer_report=" + paper)
        submit(city, "bureau", "transfer_declined", "--case", sent["case"])  # and says no word why (310, 5)
        alert = told_of(city, "bureau", "R7")
        assert alert["told"]["state"] == "raised" and not alert["told"]["coalesced"], alert["told"]
        assert "R7" in cli(city, "bureau", "alerts")  # shown to a person: from now on delivered
        alert = told_of(city, "bureau", "R7")
        assert alert["told"]["state"] == "delivered" and alert["told"]["delivered"]["by"], alert["told"]
        cli(city, "bureau", "alerts", "ack", alert["key"][:8], "--by", "王科长", "--note", "补写理由")
        assert "没有重复记录" in cli(city, "bureau", "alerts", "ack", alert["key"][:8], "--by", "王科长")
        cli(city, "bureau", "alerts", "ack", "000000", code=6)
        cli(city, "bureau", "alerts", "ack", "xyz", code=2)
        cli(city, "bureau", "alerts", "close", alert["key"], code=2)  # not without a reason
        why = cli(city, "bureau", "why", sent["case"], "R7")
        assert "王科长" in why and "补写理由" in why, why
        city.kill("bureau")
        city.launch("bureau")
        city.await_ready("bureau")
        alert = told_of(city, "bureau", "R7")
        assert alert["told"]["state"] == "acknowledged", alert["told"]
        cli(city, "bureau", "alerts", "close", alert["key"], "--reason", "理由在纸质案卷中", "--by", "王科长")
        assert [a for a in cli_json(city, "bureau", "alerts")["alerts"] if a["rule"] == "R7"] == []
        closed = [a for a in cli_json(city, "bureau", "alerts", "--all")["alerts"] if a["rule"] == "R7"]
        assert closed[0]["told"]["state"] == "closed" and closed[0]["told"]["cleared"]["reason"] == "理由在纸质案卷中", closed
        city.stop()
        assert events(city, "bureau", "R7") == [("raised", 0), ("delivered", 0), ("acknowledged", 0), ("cleared", 0)], events(city, "bureau", "R7")
        assert city.check_all() == len(city.names) + 1
    finally:
        city.close()


if __name__ == "__main__":
    main([an_alert_is_told_seen_acknowledged_and_closed_once_each])
