"""Links between cases, candidates for one matter, and charges that change from stage to stage, on the command line."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import City, cli, main

CARD = {"kind": "id_card", "number": "11010519491231002X"}
TRANSFER = ("transfer_letter", "investigation_report", "item_list", "test_report")


def transferred(city, title, party):
    status, j = city.act("bureau", "transfer", papers=TRANSFER, principals=[city.id("police")], subjects=[{"party": "new:1"}],
                         body={"title": title, "parties": [{"kind": "person", "name": party, "identity": CARD}],
                               "charges": [{"name": "生产、销售伪劣产品罪", "code": ""}]})
    assert status == 200 and j["status"].startswith("admitted"), j
    city.settle()
    return j["case"]


def charged(city, name, act, case, charge, papers, *more):
    path = os.path.join(city.base, "文书.txt")
    with open(path, "w") as f:
        f.write("内容\n")
    cli(city, name, "submit", act, "--case", case, "--charge", charge, "--subject", "张三/" + charge, "--approved-by", "负责人乙",
        *[x for p in papers for x in ("--paper", p + "=" + path)], *more)
    city.settle()


def one_matter_in_two_cases(build):
    city = City(build, names=("justice", "bureau", "police", "procuratorate", "court"))
    try:
        city.start()
        first, second = transferred(city, "甲公司销售伪劣酒案", "张三"), transferred(city, "城东仓库查获案", "张三")
        text = cli(city, "police", "case", "show", first)
        assert "可能为同一事项" in text and second in text and CARD["number"] in text and "生产、销售伪劣产品罪" in text, text
        assert json.loads(cli(city, "procuratorate", "--json", "case", "show", first))["candidates"][0]["case"] == second

        cli(city, "police", "submit", "disposal_note", "--case", first, "--relates", "merged_into", "--approved-by", "乙", code=2)
        cli(city, "police", "submit", "disposal_note", "--case", first, "--relates", "swallowed_by=" + second, "--approved-by", "乙", code=2)
        cli(city, "police", "submit", "disposal_note", "--case", first, "--relates", "merged_into=" + first, "--approved-by", "乙", code=3)
        before = [(d["id"], d["start"], d["due"], d["status"]) for d in city.case("police", first)["duties"]]
        cli(city, "police", "submit", "disposal_note", "--case", first, "--relates", "merged_into=" + second, "--to", city.id("bureau"),
            "--approved-by", "乙")
        city.settle()
        assert [(d["id"], d["start"], d["due"], d["status"]) for d in city.case("police", first)["duties"]] == before  # no clock dies by merging
        text = cli(city, "bureau", "case", "show", second)
        assert "该案并入" in text and "甲公司销售伪劣酒案" in text and "已印证" not in text and "可能为同一事项" not in text, text
        cli(city, "bureau", "submit", "disposal_note", "--case", second, "--relates", "same_matter=" + first, "--to", city.id("police"),
            "--approved-by", "乙")
        city.settle()
        text = cli(city, "police", "case", "show", first)
        assert "本案并入" in text and "（已印证）" in text, text
        listed = json.loads(cli(city, "police", "--json", "case", "list", "--query", "城东仓库"))["cases"]
        assert sorted(c["id"] for c in listed) == sorted((first, second)), listed

        charged(city, "police", "filed", second, "销售假冒注册商标的商品罪", ["filing_decision"])
        charged(city, "police", "sent_for_prosecution", second, "销售假冒注册商标的商品罪", ["prosecution_opinion"])
        charged(city, "procuratorate", "prosecuted", second, "销售假冒注册商标的商品罪", ["indictment"], "--to", city.id("court"), "--copy", city.id("police"))
        charged(city, "court", "judged", second, "销售伪劣产品罪", ["judgment"], "--copy", city.id("police"), "--copy", city.id("bureau"))
        text = cli(city, "police", "case", "show", second)
        line = next(x for x in text.splitlines() if x.startswith("  张三："))
        assert line == ("  张三：移送涉嫌犯罪案件 生产、销售伪劣产品罪 → 立案、移送起诉、提起公诉 销售假冒注册商标的商品罪 → 一审判决 销售伪劣产品罪"), line
    finally:
        city.close()


if __name__ == "__main__":
    main([one_matter_in_two_cases])
