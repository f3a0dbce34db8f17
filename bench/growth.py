"""Whether a node costs the same in a long execution as in a short one.

Run it alone. `--rounds` says in how many turns each size is measured.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "Microseconds are those of processor time per node, medians of {rounds} rounds."


def measure(rounds: int) -> None:
    from bench.growing import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure, rounds=3)
