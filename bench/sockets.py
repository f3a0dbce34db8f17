"""A thousand sockets: what reaches them, how soon after its commit, and what each costs the web server in memory.

Run it alone; it is not part of `bin/bench`, because its clients need as much of the machine as the server. Each of 400
events a second is followed by one socket, then by five.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "1,000 sockets, 400 events a second, {rounds} seconds."


def measure(rounds: int) -> None:
    from bench.listening import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure, rounds=30)
