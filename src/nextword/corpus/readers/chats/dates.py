"""Dates and times as chats write them: which number is the day, and how many seconds a time is.

Input: the three numbers of each date of a file. Output: their order, day first or month first, decided over all of
them; seconds since a fixed day. Only the pauses between messages depend on it.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import NamedTuple

DateNumbers = tuple[int, int, int]
"""The numbers of a date as they stand."""


class DateOrder(NamedTuple):
    """Where year, month and day stand among three numbers.

    Attributes:
        year: Position of the year, 0 to 2.
        month: Position of the month.
        day: Position of the day.
    """

    year: int
    month: int
    day: int


DAY_FIRST, MONTH_FIRST, YEAR_FIRST = DateOrder(2, 1, 0), DateOrder(2, 0, 1), DateOrder(0, 1, 2)

_PM = frozenset("下午 晚上 傍晚 午後 오후 μμ м م अपराह्न ös ch nm du ptg".split())
_AM = frozenset("上午 凌晨 早上 清晨 午前 오전 πμ ص पूर्वाह्न öö sa vm de pg".split())


def order_of_dates(dates: Iterable[DateNumbers]) -> DateOrder:
    """Return the order in which most dates exist, time goes back least often, and the whole spans least.

    Args:
        dates: The numbers of the dates of a file as they follow each other, without repeats in a row.

    Examples:
        >>> order_of_dates([(9, 30, 24), (10, 1, 24)]) == MONTH_FIRST
        True
        >>> order_of_dates([(5, 6, 24), (6, 6, 24), (2, 7, 24)]) == DAY_FIRST
        True
    """
    dates = list(dates)
    if any(numbers[0] > 99 for numbers in dates):
        return YEAR_FIRST
    orders = [DAY_FIRST, MONTH_FIRST]
    if all(numbers[2] <= 31 for numbers in dates):
        orders.append(YEAR_FIRST)
    return min(orders, key=lambda order: _oddness(dates, order))  # the first one of equals


def day_number(numbers: DateNumbers, order: DateOrder) -> int | None:
    """Return the number of a day, counted from a fixed one; None if there is no such day.

    Args:
        numbers: As they stand in the file.
        order: Which is which.
    """
    year, month, day = (numbers[position] for position in order)
    try:
        return date(year + 2000 if year < 100 else year, month, day).toordinal()
    except ValueError:
        return None


def hour_of_day(hour: int, half: str) -> int:
    """Return the hour, 0 to 23, of a clock of 12 or 24 hours.

    Args:
        hour: As it stands in the file.
        half: Which half of the day, such as "p. m." or "下午"; "" on a clock of 24 hours.

    Examples:
        >>> hour_of_day(12, "AM"), hour_of_day(1, "p. m."), hour_of_day(2, "下午"), hour_of_day(14, "")
        (0, 13, 14, 14)
    """
    if not half:
        return hour
    half = "".join(half.lower().replace(".", "").split())
    if half == "中午":
        return hour + 12 if hour < 6 else hour
    if half in _PM or half == "pm":
        return hour + 12 if hour < 12 else hour
    return 0 if hour == 12 and (half in _AM or half == "am") else hour


def _oddness(dates: list[DateNumbers], order: DateOrder) -> tuple[int, int, int]:
    """Return how many dates do not exist, how often time goes back, and how many days the whole spans."""
    days = [day_number(numbers, order) for numbers in dates]
    known = [day for day in days if day is not None]
    back = sum(after < before for before, after in pairwise(known))
    return len(days) - len(known), back, max(known) - min(known) if known else 0
