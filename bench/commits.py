"""What the engine adds to a commit where every node waits for one, beside the floor: a bare commit for each node.

Run it with `bin/bench`. Both databases write through to the disk, as an installation that must not lose a commit does.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "Microseconds are those per node, medians of {rounds} rounds."


def measure(rounds: int) -> None:
    from bench.measuring import measure_commits  # once Django is set up

    measure_commits(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure, is_durable=True)
