"""A paper calendar: weekdays, holidays, daylight saving and the ends of months, counted by hand.

It shares nothing with `mes_core.filing`, nor with a library of holidays: what both count alike is then no echo.
"""

from datetime import UTC, date, datetime, timedelta

DAY = timedelta(days=1)


def nth_sunday(year, month, n):
    day = date(year, month, 1)
    while day.weekday() != 6:
        day += DAY
    return day + timedelta(days=7 * (n - 1))


def last_sunday(year, month):
    day = date(year, month, 31)
    while day.weekday() != 6:
        day -= DAY
    return day


def offset_hours(moment, city):
    """Hours that clocks in a city are ahead of UTC at a moment in UTC (rules in force since 2007 and 1996)."""
    year = moment.year
    if city == "New York":
        begins = datetime.combine(nth_sunday(year, 3, 2), datetime.min.time(), UTC) + timedelta(hours=7)
        ends = datetime.combine(nth_sunday(year, 11, 1), datetime.min.time(), UTC) + timedelta(hours=6)
        return -4 if begins <= moment < ends else -5
    begins = datetime.combine(last_sunday(year, 3), datetime.min.time(), UTC) + timedelta(hours=1)
    ends = datetime.combine(last_sunday(year, 10), datetime.min.time(), UTC) + timedelta(hours=1)
    summer = 1 if begins <= moment < ends else 0
    return summer + (1 if city in ("Amsterdam", "Zurich") else 0)


def date_in(moment, city):
    """The date that a calendar in a city shows; an unknown city is the one where the date is earliest."""
    hours = -12 if city is None else offset_hours(moment, city)
    return (moment + timedelta(hours=hours)).date()


def end_of(day, city):
    """One second before midnight of a day in a city, in UTC."""
    wall = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    for hours in (-5, -4, 0, 1, 2):
        moment = wall - timedelta(hours=hours)
        if offset_hours(moment, city) == hours:
            return moment
    raise AssertionError(day)


def easter(year):
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def moved(day):
    """A federal holiday on Saturday is kept on Friday, one on Sunday on Monday."""
    return day - DAY if day.weekday() == 5 else day + DAY if day.weekday() == 6 else day


def nth(year, month, weekday, n):
    day = date(year, month, 1)
    while day.weekday() != weekday:
        day += DAY
    return day + timedelta(days=7 * (n - 1))


def free_in_washington(day):
    for year in (day.year, day.year + 1):
        memorial = date(year, 5, 31)
        while memorial.weekday() != 0:
            memorial -= DAY
        fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
        fixed += [date(year, 6, 19)] if year > 2020 else []  # since 17 June 2021 (5 U.S.C. 6103)
        free = [moved(one) for one in fixed]
        free += [nth(year, 1, 0, 3), nth(year, 2, 0, 3), memorial, nth(year, 9, 0, 1), nth(year, 10, 0, 2)]
        free += [nth(year, 11, 3, 4)]
        if day in free or day in fixed:
            return True
    return False


def free_in_amsterdam(day):
    feast = easter(day.year)
    # King's Day moves to Saturday where the 27th is a Sunday; Liberation Day is free each fifth year.
    king = date(day.year, 4, 27)
    king = king - DAY if king.weekday() == 6 else king
    moving = [feast + timedelta(days=n) for n in (-2, 0, 1, 39, 49, 50)]
    fixed = [date(day.year, 1, 1), date(day.year, 12, 25), date(day.year, 12, 26)]
    return day in [*moving, king, *fixed] or (day.year % 5 == 0 and (day.month, day.day) == (5, 5))


def working_days_later(day, n, free):
    while n:
        day += DAY
        if day.weekday() < 5 and not free(day):
            n -= 1
    return day


def months_later(day, n):
    year, month = day.year, day.month
    for _ in range(abs(n)):
        month += 1 if n > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    last = 31
    while True:
        try:
            date(year, month, last)
            break
        except ValueError:
            last -= 1
    return date(year, month, min(day.day, last))
