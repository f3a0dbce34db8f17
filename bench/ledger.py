"""What a charge costs, beside the floor: a bare UPDATE … RETURNING and an INSERT by the driver into the same tables.

Run it with `bin/bench`. Ledger and floor take turns on the same accounts, with as many charges in each transaction, so
that the ratio holds when the machine's speed drifts. The floor knows no keys, no limits and no events.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

COLUMNS = f"{'':26}{'ledger':>12}{'floor':>12}{'ratio':>8}{'most':>8}{'charges/s':>12}"
HEADLINE = COLUMNS + "   µs per charge, medians of {rounds} rounds"


def measure(rounds: int) -> None:
    from bench.charging import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure)
