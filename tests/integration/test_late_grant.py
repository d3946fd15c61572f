"""Late grants (06-register, 5) with running processes: what was sealed before a grant is asked for, and shared once."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import City, cli, main, sent

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")


def asks(city, name):
    status, j = city.call(name, "GET", "/api/asks")
    assert status == 200, (status, j)
    return [(a["act"], a["by"]["agency"]) for a in j["asks"]]


def what_was_sealed_before_a_grant(build):
    city = City(build, names=("justice", "bureau", "environment", "police", "procuratorate", "court"))
    court = city.id("court")
    try:
        city.start()
        first = sent(city, "bureau", "admin_filed", body={"facts": "之前"})
        case = first["case"]
        assert asks(city, "bureau") == []
        cli(city, "justice", "register", "grant", court, "watch", "--procedure", "referral", "--mode", "header")
        city.settle()
        assert asks(city, "bureau") == []  # headers are not content: nothing is asked
        note = sent(city, "bureau", "expert_opinion", case, body={"facts": "只有抬头"})
        seen = city.call("court", "GET", "/api/acts/" + note["id"])[1]
        assert seen["unreadable"] == "header_only" and seen["asked"] is None, seen

        # An internal report and what is parties only are nobody else's, with or without a grant.
        sent(city, "bureau", "transfer_report", case, ["transfer_report"])
        sent(city, "bureau", "disposal_note", case)
        cli(city, "justice", "register", "grant", court, "watch", "--procedure", "referral")
        city.settle()
        assert sorted(asks(city, "bureau")) == [("admin_filed", court), ("expert_opinion", court)], asks(city, "bureau")
        assert asks(city, "environment") == [] and asks(city, "police") == []
        seen = city.call("court", "GET", "/api/acts/" + note["id"])[1]
        assert seen["asked"]["at"] and seen["asked"]["of"]["agency"] == city.id("bureau"), seen
        assert "授权前已密封，已于" in cli(city, "court", "case", "show", case)
        text = cli(city, "bureau", "asks")
        assert text.count("济宁市中级人民法院") == 2 and "case share --asked" in text, text

        # What comes now reaches the court by itself.
        sent(city, "bureau", "transfer_approved", case)
        after = sent(city, "bureau", "transfer", case, PAPERS, principals=[city.id("police")])
        assert city.call("court", "GET", "/api/acts/" + after["id"])[1]["body"]
        assert len(asks(city, "bureau")) == 2

        cli(city, "bureau", "case", "share", "--asked", code=2)
        cli(city, "bureau", "case", "share", "--asked", "--to", court, "--approved-by", "局长", code=2)
        said = json.loads(cli(city, "bureau", "--json", "case", "share", "--asked", "--approved-by", "局长"))
        assert [len(x["shared"]) for x in said] == [1, 1] and not [x for x in said if x["refused"]], said
        city.settle()
        for act, facts in ((first, "之前"), (note, "只有抬头")):
            seen = city.call("court", "GET", "/api/acts/" + act["id"])[1]
            assert seen["body"]["facts"] == facts and seen["unreadable"] is None and seen["asked"] is None, seen
        assert asks(city, "bureau") == []  # answered: not asked twice
        assert json.loads(cli(city, "bureau", "--json", "case", "share", "--asked", "--approved-by", "局长")) == []

        # Another grant asks anew, for its own agency; a grant that is withdrawn asks for nothing.
        cli(city, "justice", "register", "grant", city.id("environment"), "watch", "--procedure", "referral", "--act", "expert_opinion")
        city.settle()
        assert asks(city, "bureau") == [("expert_opinion", city.id("environment"))], asks(city, "bureau")
        cli(city, "justice", "register", "grant", city.id("environment"), "watch", "--withdraw")
        city.settle()
        assert asks(city, "bureau") == []
        city.stop()
        city.verify_all()
        for n in ("bureau", "court"):
            cli(city, n, "rebuild")
    finally:
        city.close()


if __name__ == "__main__":
    main([what_was_sealed_before_a_grant])
