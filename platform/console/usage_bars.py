"""What was used on each of the last days, as bars, the oldest on the left. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from credits.usage import Line

LOWEST_PERCENT = 2


@dataclass(frozen=True, slots=True)
class DayBar:
    """credits: of that day (UTC). height: percent of the highest one; 0 where nothing was used."""

    day: date
    credits: int
    height: int


def day_bars(lines: Iterable[Line], *, last: date, days: int) -> list[DayBar]:
    """One for each day, also for those without usage. A day on which more was given back than used is an empty one."""
    used: Mapping[Any, int] = {line.key: line.credits for line in lines}
    shown = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    highest = max((used.get(day, 0) for day in shown), default=0)
    return [DayBar(day, used.get(day, 0), _height(used.get(day, 0), highest)) for day in shown]


def _height(credits: int, highest: int) -> int:
    return max(LOWEST_PERCENT, 100 * credits // highest) if credits > 0 else 0
