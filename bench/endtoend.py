"""What one worker process does from the queue to the last event, with many small executions in flight.

Run it with `bin/bench`, or alone. Two hundred executions of a graph of 100 nodes are launched, and wait in the queue
while the worker starts. Counted is the worker's own processor time, so that the figure holds beside other work; and the
time from the first start to the last end. At the end rows, fees and events must all be there.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "Nodes per second of the worker's processor time."


def measure(rounds: int) -> None:
    from bench.flood import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure, rounds=3)
