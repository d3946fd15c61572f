"""The next holiday notice in a running city: a date past the calendar has none, until the notice is imported and signed."""
import json
import os

from city import City, main

NOTICE = {"covered_from": "2027-01-01", "covered_to": "2027-12-31", "source": "test notice for 2027",
          "off": [{"date": "2027-01-01", "to": "2027-01-03", "name": "元旦"}], "work": []}


def a_limit_past_the_calendar_gets_its_date_with_the_next_notice(build):
    city = City(build, names=("justice", "bureau"))
    try:
        city.start()
        _, done = city.act("bureau", "transfer_report", papers=["transfer_report"], mode="late_entry", occurred="2026-12-30", body={"source": "卷宗"})
        case = done["case"]
        [duty] = [d for d in city.case("bureau", case)["duties"] if d["id"] == "D01"]
        assert (duty["status"], duty["why"], duty["due"]) == ("undatable", "outside_calendar", None), duty

        notice, merged = os.path.join(city.base, "notice.json"), os.path.join(city.base, "cn.json")
        json.dump(NOTICE, open(notice, "w"))
        told = city.run("calendar", "import", notice, merged)
        assert "2027-12-31" in told.stdout and told.stderr == "", told
        kept = json.load(open(merged))
        assert kept["name"] == "cn" and kept["covered_from"] == "2004-01-01" and kept["source"].endswith("; test notice for 2027")
        city.run("register", "calendar", merged, data=city.data("justice"))
        city.settle()
        [duty] = [d for d in city.case("bureau", case)["duties"] if d["id"] == "D01"]
        assert duty["status"] == "open" and duty["due"].startswith("2027-01-04"), duty  # 01-02 rolls over 元旦 to a Monday
        _, why = city.call("bureau", "GET", "/api/cases/%s/why?of=D01" % case)
        assert "元旦" in why["duties"][0]["reckoning"][0], why
    finally:
        city.close()


main([a_limit_past_the_calendar_gets_its_date_with_the_next_notice])
