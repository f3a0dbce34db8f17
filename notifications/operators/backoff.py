"""When an alert is tried again. Pure."""

from datetime import timedelta

MINUTE = 60
#: After the first failure, the second, …; after the last one it is given up, within a day.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, *[60 * MINUTE] * 20)
)
#: A receiver cannot ask for more.
LONGEST = timedelta(hours=6)
#: Part of a pause that is left to chance, so that what failed together is not tried together.
JITTER = 0.1


def pause_after(tries: int, *, wanted: timedelta | None, chance: float) -> timedelta | None:
    """After so many failed tries; None if that was the last.

    wanted: what the receiver has asked for.  chance: 0 to 1.
    """
    if tries > len(PAUSES):
        return None
    pause = PAUSES[tries - 1] * (1 + JITTER * chance)
    return max(pause, min(wanted or timedelta(), LONGEST))
