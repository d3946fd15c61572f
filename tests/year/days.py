"""Days, working days and limits, reckoned apart from the C code: spec/08-clocks.md, sections 1 to 5. A day is a number since
1970-01-01 in Beijing, an instant milliseconds of UTC."""
import bisect
import datetime
import json

EPOCH = datetime.date(1970, 1, 1)
DAY_MS = 86400000
ZONE_MS = 28800000
# Offices are open from 9 to 12 and from half past one to half past five; acts are done at full ten minutes.
MARKS = [m for m in range(9 * 60, 17 * 60 + 30, 10) if not 12 * 60 <= m < 13 * 60 + 30]


def day(text):
    return (datetime.date.fromisoformat(text) - EPOCH).days


def date(d):
    return EPOCH + datetime.timedelta(days=d)


def start_ms(d):
    return d * DAY_MS - ZONE_MS


def day_of(ms):
    return (ms + ZONE_MS) // DAY_MS


def at(d, minutes):
    return start_ms(d) + minutes * 60000


def iso(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone(datetime.timedelta(hours=8))).strftime("%Y-%m-%dT%H:%M+08:00")


class Calendar:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            c = json.load(f)
        off, work = {day(x["date"]) for x in c["off"]}, {day(x) for x in c["work"]}
        self.first, self.last = day(c["covered_from"]), day(c["covered_to"])
        self.working = [d for d in range(self.first, self.last + 1)
                        if d in work or (date(d).weekday() < 5 and d not in off)]
        self.set = set(self.working)

    def works(self, d):
        return d in self.set

    def roll(self, d):
        """The first working day on or after d."""
        return self.working[bisect.bisect_left(self.working, d)]

    def work(self, d, n):
        """The n-th working day after d; n = 0: the first on or after it."""
        return self.roll(d) if n == 0 else self.working[bisect.bisect_right(self.working, d) + n - 1]

    # Due: the first millisecond after the limit has run.
    def past_days(self, d, n):
        return start_ms(self.roll(d + n) + 1)

    def past_work(self, d, n):
        return start_ms(self.work(d, n) + 1)

    def past_months(self, d, n):
        x = date(d)
        months = x.year * 12 + x.month - 1 + n
        year, month = divmod(months, 12)
        end = (datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1) - datetime.timedelta(days=1)).day
        last_of_its_month = (x + datetime.timedelta(days=1)).day == 1
        y = datetime.date(year, month + 1, end if last_of_its_month else min(x.day, end))
        return start_ms(self.roll((y - EPOCH).days) + 1)


def past_hours(ms, n):
    return ms + n * 3600000
