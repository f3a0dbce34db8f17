"""How many requests a second the API answers, under daphne and a WSGI server, beside a bare view on the same rows.

Run it alone: `.venv/bin/python bench/api.py`. Four clients, each with a connection that it keeps, ask for a list of
executions, for one with everything in it, and for the start of a graph. The bare views of `bench/bare_urls.py` read
and write the same tables without knowing who asks. Each pair is measured in turn, on the same server.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from bench import databases  # noqa: E402

HEADLINE = "Requests per second and milliseconds of the 95th percentile, medians of {rounds} rounds."


def measure(rounds: int) -> None:
    from bench.asking import measure as measured  # once Django is set up

    measured(rounds)


if __name__ == "__main__":
    databases.run(__file__, HEADLINE, measure, rounds=3)
