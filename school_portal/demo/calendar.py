"""When things happen at schools, and how long people take until they know, tell and decide; in Vietnamese time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from school_portal.core.clock import VIET_NAM
from school_portal.organisations.domain import school_year_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BACK = timedelta(days=450)
"""Two school years: this one and the one before, and in its first months the one before those as well."""
MONTHS = {
    9: 8.0,
    10: 12.0,
    11: 12.5,
    12: 11.5,
    1: 9.5,
    2: 8.0,
    3: 13.0,
    4: 13.0,
    5: 10.0,
    6: 1.6,
    7: 1.0,
    8: 1.4,
}
WEEKDAYS = (1.1, 1.0, 1.0, 1.0, 1.15, 0.35, 0.12)
HOLIDAYS = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})
TET = (date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26))
TET_REST = timedelta(days=7)
ON_HOLIDAYS = 0.12
RISE = 1.25
"""More is told each year: not because more happens, but because there is somebody to tell."""
HOURS: dict[str, tuple[tuple[time, time], ...]] = {
    "before_school": ((time(6, 40), time(7, 10)),),
    "lesson": ((time(7, 20), time(10, 50)), (time(13, 45), time(16, 20))),
    "break": ((time(8, 50), time(9, 15)), (time(15, 10), time(15, 35))),
    "lunch": ((time(11, 15), time(13, 15)),),
    "after_school": ((time(16, 20), time(17, 50)), (time(11, 0), time(11, 40))),
    "evening": ((time(18, 30), time(22, 0)),),
    "unknown": ((time(7, 0), time(21, 0)),),
}
KNOWN_AFTER: dict[str, tuple[timedelta, timedelta]] = {
    "seen": (timedelta(0), 10 * MINUTE),
    "colleague": (5 * MINUTE, 3 * HOUR),
    "friend": (5 * MINUTE, 8 * HOUR),
    "child": (20 * MINUTE, 30 * HOUR),
    "parents": (3 * HOUR, 40 * HOUR),
    "camera": (2 * HOUR, 48 * HOUR),
    "online": (4 * HOUR, 40 * HOUR),
    "letter_box": (20 * HOUR, 6 * DAY),
}
"""How long it takes until the school knows, by how it comes to know."""
LATER_AT_HOME = 5
"""What happens at home or to a child's body takes so many times longer until it is told."""
WAKING, SLEEPING = time(6, 30), time(21, 30)
OPENS, CLOSES = time(7, 15), time(16, 45)


def first_day(until: date) -> date:
    """The first day on which something happens: the beginning of a school year."""
    return school_year_of(until - BACK).first


def midnight(day: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time(), VIET_NAM)


def is_summer(day: date) -> bool:
    """From June to August."""
    return day.month in (6, 7, 8)


def is_holiday(day: date) -> bool:
    """A public holiday or Tết."""
    return (day.month, day.day) in HOLIDAYS or any(abs(day - tet) <= TET_REST for tet in TET)


def is_school_day(day: date) -> bool:
    """Monday to Saturday outside summer and holidays."""
    return not (is_summer(day) or is_holiday(day) or day.weekday() == 6)


@dataclass(frozen=True)
class Days:
    """The days from the first to the day before `end`, each as likely as life at school makes it."""

    first: date
    end: date

    def draw(self, random: Random, number: int) -> list[date]:
        """So many days, in their order; none of the last two, which other cases fill."""
        days = [self.first + n * DAY for n in range((self.end - self.first).days - 2)]
        sums = list(accumulate(_weight(day, self.first) for day in days))
        return sorted(random.choices(days, cum_weights=sums, k=number))

    def back(self, days: int) -> date:
        """The day so many days before the end, or the school day before it; of the last days, also one in summer."""
        day = self.end - days * DAY
        while (days > 10 or not is_summer(day)) and days > 1 and not is_school_day(day):
            day -= DAY
        return max(day, self.first)


def _weight(day: date, first: date) -> float:
    weight = MONTHS[day.month] * WEEKDAYS[day.weekday()]
    if is_holiday(day):
        weight *= ON_HOLIDAYS
    years = school_year_of(day).start_year - school_year_of(first).start_year
    return float(weight * RISE**years)


def moment_in(random: Random, day: date, part: str) -> datetime:
    """A moment in a part of the day."""
    begin, end = random.choice(HOURS[part])
    first, last = datetime.combine(day, begin, VIET_NAM), datetime.combine(day, end, VIET_NAM)
    return first + random.randrange(0, int((last - first) / MINUTE) + 1) * MINUTE


def between(random: Random, least: timedelta, most: timedelta) -> timedelta:
    """A span of time, short ones likelier."""
    return least + (most - least) * random.random() ** 2


def known_at(random: Random, happened: datetime, channel: str, *, is_private: bool) -> datetime:
    """When the school came to know."""
    least, most = KNOWN_AFTER.get(channel, KNOWN_AFTER["parents"])
    span = between(random, least, most)
    return waking(random, happened + (span * LATER_AT_HOME if is_private else span))


def known_soon(random: Random, happened: datetime) -> datetime:
    """When a school knew that was told without delay."""
    return waking(random, happened + random.randrange(5, 90) * MINUTE)


def reported_at(random: Random, known: datetime, *, soon: bool) -> datetime:
    """When it was written down: mostly between two lessons, sometimes next morning."""
    soon = soon or random.random() < 0.75
    return waking(random, known + between(random, 6 * MINUTE, (3 if soon else 20) * HOUR))


def waking(random: Random, moment: datetime) -> datetime:
    """Nobody is told at night: then in the morning."""
    if WAKING <= moment.time() <= SLEEPING:
        return moment
    day = moment.date() + (DAY if moment.time() > SLEEPING else timedelta(0))
    return datetime.combine(day, WAKING, VIET_NAM) + random.randrange(10, 90) * MINUTE


def working(random: Random, moment: datetime) -> datetime:
    """People at school decide on Monday to Friday while it is open; in summer too, somebody is on duty."""
    if moment.weekday() < 5 and OPENS <= moment.time() <= CLOSES:
        return moment
    day = moment.date() + (DAY if moment.time() > CLOSES else timedelta(0))
    while day.weekday() > 4:
        day += DAY
    return datetime.combine(day, OPENS, VIET_NAM) + random.randrange(5, 120) * MINUTE


def taken_up_at(random: Random, reported: datetime, severity: int) -> datetime:
    """When the person in charge takes it up: at once, within two hours of school time, or the next school day."""
    if severity >= 4:
        return reported + random.randrange(3, 14) * MINUTE
    if severity == 3:
        return working(random, reported + random.randrange(12, 100) * MINUTE)
    return working(random, reported + between(random, HOUR, 20 * HOUR))


def decided_at(random: Random, taken_up: datetime, *, soon: bool) -> datetime:
    """When triage is done: a day later mostly, now and then after a week or two."""
    slow = not soon and random.random() < 0.08
    span = between(random, 3 * DAY, 12 * DAY) if slow else between(random, 2 * HOUR, 40 * HOUR)
    return working(random, taken_up + span)


def later(random: Random, moment: datetime, least: timedelta, most: timedelta) -> datetime:
    """Some time after, in working hours."""
    return working(random, moment + between(random, least, most))
