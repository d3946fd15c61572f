"""Made-up parties with numbers whose check digits are right: units by GB 32100 (统一社会信用代码), persons by GB 11643
(公民身份号码). No two units bear one name, so that only what the plan wants to be one person is one."""
import datetime

UNIT_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "建国志强文华秀英桂兰玉梅海涛国庆春燕晓东丽娜红霞金凤德福广生永胜长江立新宝玉成龙景云佳慧雨桐子轩思远明亮振宇学军"
WORDS = "鲁泰圣城运河微湖泗水兖州曲阜邹鲁任城嘉祥金乡鱼台汶上梁山太白儒风孔孟信达恒通鼎盛瑞丰华康众诚万利百佳新源绿野正大联合宏图远方东岳齐鲁银座天成永兴德润和顺佳和祥瑞福临顺达昌盛"
TRADES = ["食品", "商贸", "建材", "化工", "机械", "农资", "医药", "物流", "餐饮", "纺织", "矿业", "环保", "装饰", "汽修", "渔业", "文化传媒"]
FORMS = ["有限公司", "有限责任公司", "经营部", "加工厂", "超市", "合作社"]


def unit_number(rng, division):
    body = "9" + rng.choice("123") + division + "".join(rng.choice(UNIT_CHARS) for _ in range(9))
    weights, total = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28], 0
    for c, w in zip(body, weights):
        total += UNIT_CHARS.index(c) * w
    return body + UNIT_CHARS[(31 - total % 31) % 31]


def person_number(rng, division):
    born = datetime.date(1955, 1, 1) + datetime.timedelta(days=rng.randrange(18000))
    body = division + born.strftime("%Y%m%d") + "%03d" % rng.randrange(1000)
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights)) % 11]


class People:
    def __init__(self, rng):
        self.rng = rng
        self.taken = set()

    def name(self):
        r = self.rng
        return r.choice(SURNAMES) + "".join(r.choice(GIVEN) for _ in range(r.choice((1, 2, 2))))

    def _number(self, make, division):
        while True:
            n = make(self.rng, division)
            if n not in self.taken:
                self.taken.add(n)
                return n

    def person(self, division):
        return {"kind": "person", "name": self.name(),
                "identity": {"kind": "id_card", "number": self._number(person_number, division)}}

    def unit(self, division, place):
        r = self.rng
        while True:
            name = place + "".join(r.choice(WORDS) for _ in range(r.choice((2, 2, 3)))) + r.choice(TRADES) + r.choice(FORMS)
            if name not in self.taken:
                break
        self.taken.add(name)
        return {"kind": "unit", "name": name,
                "identity": {"kind": "uscc", "number": self._number(unit_number, division)}}

    def party(self, division, place):
        return self.unit(division, place) if self.rng.random() < 0.65 else self.person(division)
