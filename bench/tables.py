"""Whether full tables cost more than empty ones: before and after a million finished executions fill them.

Run it alone; it takes some minutes and 2 GB of disk. BENCH_FILL_ROWS says how many executions there are, and `--rounds`
how often each figure is taken.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "Milliseconds, medians of {rounds} rounds; of the chain, those of processor time."


def measure(rounds: int) -> None:
    from bench.full_tables import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure, rounds=9)
