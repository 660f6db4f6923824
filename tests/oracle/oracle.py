#!/usr/bin/env python3
"""Due times by an independent oracle, to compare Kaizen's calendar with.

Written from the rule, not from the code:

    Working days and hours, holidays and time zone are the team's. *n working days*: move the start to the next working
    instant, then to the same local time on the n-th following working day, within that day's hours. Gaps of daylight
    saving move forward, folds take the first. Working hours run on through the working time; calendar time is plain time.

A working day's hours are the time from the instant of its first local time to the instant of its last one.

Only the standard library (zoneinfo) and the PyPI package tzdata, pinned in requirements.txt to the version of the zone
database that chrono-tz carries. The zone data of this machine is not used.

    oracle.py --cases 2000 --seed 1 > answers.csv
"""

import argparse
import bisect
import random
import sys
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone

# The version of the zone database on both sides. The Rust side compares it with chrono_tz::IANA_TZDB_VERSION.
IANA = "2025b"

UTC = timezone.utc
FIRST, LAST = date(2024, 1, 1), date(2035, 12, 31)
DAY = timedelta(days=1)
# chrono-tz knows changes of an offset until 2099, zoneinfo for ever. Nothing that people wait for ends later; a case that
# would (hundreds of hours, a minute a week) is drawn anew.
END = int(datetime(2099, 1, 1, tzinfo=UTC).timestamp())


def check_database():
    import tzdata

    if tzdata.IANA_VERSION != IANA:
        sys.exit(f"tzdata is {tzdata.IANA_VERSION}, and {IANA} is needed: pip install -r requirements.txt")
    zoneinfo.reset_tzpath(to=[])


# ---- the rule ------------------------------------------------------------------------------------------------------


class Team:
    def __init__(self, zone, days, opens, closes, holidays):
        self.tz, self.days, self.opens, self.closes = zoneinfo.ZoneInfo(zone), days, opens, closes
        self.holidays = frozenset(holidays)
        self._hours = {}

    def instant(self, day, at):
        """A local time as an instant (UTC)."""
        local = datetime.combine(day, at)
        first = local.replace(tzinfo=self.tz, fold=0)
        second = local.replace(tzinfo=self.tz, fold=1)
        before, after = first.utcoffset(), second.utcoffset()
        if before >= after:
            # It exists once, or (clocks go back) twice: the first time, by the offset from before.
            return (local - before).replace(tzinfo=UTC)
        # Clocks go forward over it: what was meant for it happens when they do. The change lies between the two readings.
        low, high = local - after, local - before
        seconds = range(int((high - low).total_seconds()) + 1)
        offset = lambda s: (low + timedelta(seconds=s)).replace(tzinfo=UTC).astimezone(self.tz).utcoffset()
        found = bisect.bisect_left(seconds, True, key=lambda s: offset(s) != before)
        return (low + timedelta(seconds=found)).replace(tzinfo=UTC)

    def works(self, day):
        return self.days[day.weekday()] and day not in self.holidays

    def hours(self, day):
        if day not in self._hours:
            self._hours[day] = (self.instant(day, self.opens), self.instant(day, self.closes))
        return self._hours[day]

    def spans(self, start):
        """All working time from `start` on, as spans, in order."""
        day = start.astimezone(self.tz).date() - 2 * DAY
        while True:
            if self.works(day):
                opens, closes = self.hours(day)
                if closes > start and closes > opens:
                    yield max(opens, start), closes
            day += DAY

    def working_days(self, start, n):
        begin, _ = next(self.spans(start))
        local = begin.astimezone(self.tz)
        day = local.date()
        while n > 0:
            day += DAY
            n -= self.works(day)
        opens, closes = self.hours(day)
        at = self.instant(day, local.time().replace(tzinfo=None))
        return min(max(at, opens), closes)

    def working_hours(self, start, n):
        left = timedelta(hours=n)
        for begin, end in self.spans(start):
            if left <= end - begin:
                return begin + left
            left -= end - begin

    def working_between(self, start, end):
        total = timedelta(0)
        for begin, close in self.spans(start):
            if begin >= end:
                return total
            total += min(close, end) - begin


# ---- the cases -----------------------------------------------------------------------------------------------------


def changes(name):
    """Every change of a zone's offset in the years of the test, to the second."""
    tz = zoneinfo.ZoneInfo(name)
    offset = lambda at: at.astimezone(tz).utcoffset()
    found, at = [], datetime.combine(FIRST, time(0), UTC)
    end = datetime.combine(LAST, time(0), UTC)
    while at < end:
        later = at + timedelta(hours=12)
        if offset(at) != offset(later):
            low, high = at, later
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
                low, high = (middle, high) if offset(middle) == offset(at) else (low, middle)
            found.append(high)
        at = later
    return found


def minute(rng, around=None):
    if around is None:
        return rng.randrange(0, 24 * 60)
    return min(max(around + rng.randrange(-120, 121), 0), 24 * 60 - 1)


def aimed(rng, zone, its_changes):
    """A case whose start, end or hours lie within a gap or a fold."""
    near = rng.choice(its_changes)
    tz = zoneinfo.ZoneInfo(zone)
    before, after = (near - timedelta(seconds=1)).astimezone(tz), near.astimezone(tz)
    # Local times around the change, as minutes of a day.
    clock = lambda: (before.hour * 60 + before.minute + rng.randrange(-90, 91)) % (24 * 60)
    opens, closes = rng.choice([0, clock()]), rng.choice([24 * 60 - 1, clock()])
    if opens >= closes:
        opens, closes = 0, 24 * 60 - 1
    kind = rng.choice(["days", "days", "hours", "between"])
    days = [rng.random() < 0.95 for _ in range(7)]
    days[rng.choice([before, after]).weekday()] = True
    back = rng.choice([0, 0, 1, 2, 3])
    start = near - back * DAY + timedelta(minutes=rng.randrange(-150, 151), seconds=rng.randrange(60))
    amount = max(back, 1) if kind == "days" else rng.randrange(1, 30)
    if kind == "between":
        amount = back * 86_400 + rng.randrange(1, 3 * 3600)
    holidays = [before.date() - rng.randrange(1, 4) * DAY] if rng.random() < 0.2 else []
    hhmm = lambda m: time(m // 60, m % 60)
    return start, kind, amount, days, hhmm(opens), hhmm(closes), holidays


def case(rng, zone, its_changes):
    near = rng.choice(its_changes) if its_changes and rng.random() < 0.6 else None
    if near is None:
        begin = datetime.combine(FIRST, time(0), UTC)
        start = begin + timedelta(seconds=rng.randrange(int((LAST - FIRST).total_seconds()) - 86_400 * 400))
    else:
        start = near - timedelta(seconds=rng.randrange(-2 * 86_400, 9 * 86_400))

    kind = rng.choice(["days", "days", "hours", "calendar", "between"])
    close = near is not None and rng.random() < 0.7
    if kind == "days":
        amount = rng.randrange(1, 8) if close else rng.choice([rng.randrange(1, 31), rng.randrange(1, 251)])
    elif kind == "hours":
        amount = rng.randrange(1, 60) if close else rng.randrange(1, 400)
    elif kind == "calendar":
        amount = rng.choice([1, 60, 3600, 86_400]) * rng.randrange(1, 91)
    else:
        amount = rng.randrange(1, (10 if close else 200) * 86_400)

    shape = rng.random()
    if shape < 0.3:
        opens, closes = 9 * 60, 17 * 60
    else:
        around = None
        if near is not None and shape < 0.9:
            local = (near - timedelta(seconds=rng.choice([0, 1]))).astimezone(zoneinfo.ZoneInfo(zone))
            around = local.hour * 60 + local.minute
        opens, closes = minute(rng, around), minute(rng, around if rng.random() < 0.5 else None)
        if rng.random() < 0.1:
            opens = 0
        if rng.random() < 0.1:
            closes = 24 * 60 - 1
        if opens == closes:
            opens, closes = 0, 24 * 60 - 1
        opens, closes = min(opens, closes), max(opens, closes)

    days = [rng.random() < (0.9 if d < 5 else 0.4) for d in range(7)]
    if not any(days):
        days[rng.randrange(7)] = True
    first = start.date()
    holidays = {first + rng.randrange(-3, 40) * DAY for _ in range(rng.choice([0, 0, 2, 5, 20]))}
    if near is not None and rng.random() < 0.1:
        holidays.add(near.date())
    hhmm = lambda m: time(m // 60, m % 60)
    return start, kind, amount, days, hhmm(opens), hhmm(closes), sorted(holidays)


def answer(zone, start, kind, amount, days, opens, closes, holidays):
    team = Team(zone, days, opens, closes, holidays)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    seconds = lambda delta: delta // timedelta(seconds=1)
    if kind == "days":
        return seconds(team.working_days(start, amount) - epoch)
    if kind == "hours":
        return seconds(team.working_hours(start, amount) - epoch)
    if kind == "calendar":
        return seconds(start + timedelta(seconds=amount) - epoch)
    return seconds(team.working_between(start, start + timedelta(seconds=amount)))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    check_database()
    rng = random.Random(options.seed)
    zones = sorted(zoneinfo.available_timezones() - {"Factory"})
    known = {zone: changes(zone) for zone in zones}
    print(f"# tzdata {IANA}, {len(zones)} zones, seed {options.seed}: made by oracle.py")
    print("zone,start,kind,amount,days,opens,closes,holidays,answer")
    moving = [zone for zone in zones if known[zone]]
    kept = 0
    while kept < options.cases:
        n = kept
        # Every zone in turn; every other case aims at a gap or a fold.
        if n % 2 == 0:
            zone = zones[n // 2 % len(zones)]
            start, kind, amount, days, opens, closes, holidays = case(rng, zone, known[zone])
        else:
            zone = rng.choice(moving)
            start, kind, amount, days, opens, closes, holidays = aimed(rng, zone, known[zone])
        result = answer(zone, start, kind, amount, days, opens, closes, holidays)
        if kind != "between" and result >= END:
            continue
        kept += 1
        week = "".join("1" if d else "0" for d in days)
        off = " ".join(f"{d:%Y%m%d}" for d in holidays)
        print(f"{zone},{int(start.timestamp())},{kind},{amount},{week},{opens:%H:%M},{closes:%H:%M},{off},{result}")


if __name__ == "__main__":
    main()
