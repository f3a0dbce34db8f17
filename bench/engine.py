"""What the engine costs per node, beside the floor: the same rows written by a bare loop of the driver.

Run it with `bin/bench`. Engine and floor take turns, so that the ratio holds when the machine's speed drifts. Measured
is what a worker does for one execution: claim, read, run, commit, prepare the events. Not measured: opening its
database connections, and sending the events.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "Microseconds are those per node, medians of {rounds} rounds."


def measure(rounds: int) -> None:
    from bench.measuring import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure)
