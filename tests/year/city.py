"""The city: its agencies, who deals with whom, who sees what, officers' certificates, entrustments. Jining's divisions are
real; the number of agencies is that of the city's own count (461 departments), their officers are made up."""
import days

DIVISIONS = [("370800", "济宁市"), ("370829", "嘉祥县"), ("370831", "泗水县"), ("370811", "任城区"), ("370812", "兖州区"),
             ("370826", "微山县"), ("370827", "鱼台县"), ("370828", "金乡县"), ("370830", "汶上县"), ("370832", "梁山县"),
             ("370881", "曲阜市"), ("370883", "邹城市")]
CITY = "370800"
GRANTED = ("370829", "370831")  # their procuratorates see their county's cases
ORGANS = [("sfj", "justice", "司法局"), ("jcy", "procuratorate", "人民检察院"), ("gaj", "police", "公安局"),
          ("fy", "court", "人民法院"), ("jw", "supervisory", "监察委员会")]
# The first are those that a small city has, too: their sectors have limits of their own.
BUREAUS = [("scjgj", "market", "市场监督管理局"), ("sthjj", "environment", "生态环境局"), ("ycj", "tobacco", "烟草专卖局"),
           ("nyj", "agriculture", "农业农村局"), ("zrj", "land", "自然资源和规划局"), ("yjj", "safety", "应急管理局"),
           ("wlj", "culture", "文化和旅游局"), ("cgj", "urban", "综合行政执法局"), ("jtj", "transport", "交通运输局"),
           ("yyj", "fishery", "渔业发展中心"), ("swj", "tax", "税务局"), ("wjw", "health", "卫生健康局"),
           ("zjj", "housing", "住房和城乡建设局"), ("slj", "water", "水务局"), ("rsj", "labour", "人力资源和社会保障局"),
           ("ylj", "forestry", "林业局"), ("xfj", "fire", "消防救援支队"), ("ybj", "insurance", "医疗保障局"),
           ("jyj", "education", "教育局"), ("mzj", "civil", "民政局"), ("swz", "commerce", "商务局"),
           ("gxj", "industry", "工业和信息化局"), ("fgj", "pricing", "发展和改革局"), ("czj", "finance", "财政局"),
           ("lsj", "grain", "粮食和物资储备局"), ("tjj", "statistics", "统计局"), ("qxj", "weather", "气象局"),
           ("tyj", "sport", "体育局"), ("daj", "archives", "档案局"), ("mzz", "religion", "民族宗教局"),
           ("kjj", "science", "科学技术局"), ("gdj", "broadcast", "广播电视局"), ("nyz", "energy", "能源局")]
CITY_ONLY = [("gxq", "market", "高新区市场监管分局"), ("tbh", "environment", "太白湖新区生态环境分局"), ("jkq", "urban", "经开区综合执法局"),
             ("gat", "transport", "港航事业发展中心"), ("yjz", "drug", "药品检验监管中心")]
OFFICERS = 6


class City:
    def __init__(self, rng, people, scale):
        self.rng, self.people = rng, people
        count = 12 if scale >= 0.5 else max(2, round(12 * scale))
        kinds = len(BUREAUS) if scale >= 0.5 else max(12, round(len(BUREAUS) * scale))
        self.divisions = DIVISIONS[:count]
        self.agencies, self.by_id = [], {}
        for code, name in self.divisions:
            for short, role, suffix in ORGANS:
                self.add(code, name, short, role, suffix)
            for short, sector, suffix in BUREAUS[:kinds] + (CITY_ONLY if code == CITY and scale >= 0.5 else []):
                self.add(code, name, short, "bureau", suffix, sector)
        self.bureaus = [a for a in self.agencies if a["role"] == "bureau"]
        self.officers, self.certificates, self.entrustments = {}, [], []
        for a in self.bureaus:
            self.officers[a["id"]] = [self.officer(a["id"], days.day("2022-07-01"), days.day("2027-06-30")) for _ in range(OFFICERS)]
        self.entrust()

    def add(self, code, name, short, role, suffix, sector=None):
        court = "济宁市中级人民法院" if (short, code) == ("fy", CITY) else name + suffix
        a = {"id": "%s-%s" % (code, short), "name": court, "role": role, "sector": sector, "division": code, "place": name,
             "superior": None if code == CITY else "%s-%s" % (CITY, short)}
        if not self.agencies:
            assert a["id"] == "370800-sfj"  # the registrar
        self.agencies.append(a)
        self.by_id[a["id"]] = a

    def organ(self, division, short):
        return "%s-%s" % (division, short)

    def officer(self, agency, first, last):
        """[name, number] with a certificate in force from first to last, both included."""
        n = len(self.certificates) + 1
        c = {"agency": agency, "name": self.people.name(), "number": "15080%06d" % n, "from": first, "to": last}
        self.certificates.append(c)
        return [c["name"], c["number"]]

    def entrust(self):
        """A township in each county acts in the name of its bureau of urban management; one paper ran out in June."""
        for code, name in self.divisions[1:]:
            bureau, township = self.organ(code, "cgj"), self.organ(code, "xz1")
            e = {"bureau": bureau, "township": township, "township_name": name + "第一镇人民政府", "number": "%s委〔2024〕1号" % name[0],
                 "items": ["擅自占道经营"], "from": days.day("2024-07-01"), "to": days.day("2026-06-30")}
            old = dict(e, number="%s委〔2023〕1号" % name[0], to=days.day("2025-06-30"))
            self.entrustments += [e, old]
            self.officers[township] = [self.officer(township, e["from"], e["to"]) for _ in range(3)]

    # ---- the register ----

    def counterparts(self):
        """(agency, role, [agencies]), best first."""
        police = [self.organ(c, "gaj") for c, _ in self.divisions]
        for a in self.agencies:
            d = a["division"]
            own = {"police": "gaj", "procuratorate": "jcy", "court": "fy", "supervisory": "jw", "justice": "sfj"}
            for role, short in own.items():
                first = self.organ(d, short)
                others = police if role == "police" else [self.organ(CITY, short)]
                found = [x for x in [first] + others if x != a["id"]]
                yield a["id"], role, list(dict.fromkeys(found))

    def grants(self):
        yield {"agency": "370800-jcy", "name": "city", "division": "3708"}
        yield {"agency": "370800-sfj", "name": "city", "division": "3708"}
        for code, _ in self.divisions:
            if code in GRANTED:
                yield {"agency": self.organ(code, "jcy"), "name": "county", "division": code}

    def all_seeing(self, division):
        """Procuratorates that see every open act of a case that a bureau of the division opened."""
        return ["370800-jcy"] + ([self.organ(division, "jcy")] if division in GRANTED else [])

    def bureaus_of(self, sector, divisions=None):
        return [a for a in self.bureaus if a["sector"] == sector and (divisions is None or a["division"] in divisions)]
