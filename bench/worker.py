"""How soon a worker begins, and what waiting executions cost it.

Run it with `bin/bench`, or alone. Three measurements on the same installation: one execution after the other on an idle
worker, from the commit of its launch to the start of its node; 200 executions that wait a second on one worker; and
1,000 that wait on two.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "A worker process."


def measure(rounds: int) -> None:
    from bench.idling import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure, rounds=60)
