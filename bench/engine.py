"""What the engine costs per node, beside the floor: the same rows written by a bare loop of the driver.

Run it with `bin/bench`. Each database is measured in a process of its own, in a data folder that is removed after it;
engine and floor take turns, so that the ratio holds when the machine's speed drifts. Measured is what a worker does for
one execution: claim, read, run, commit, prepare the events. Not measured: opening its database connections, and
sending the events.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
ROUNDS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--here", action="store_true", help="measure the database that DATABASE_URL names")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    if options.here:
        measure_here(options.rounds)
        return
    print(f"{'':26}{'engine':>12}{'floor':>12}{'ratio':>8}   µs per node, medians of {options.rounds} rounds")
    measure_apart("SQLite", "", options.rounds)
    from tests.postgres import Postgres

    postgres = Postgres()
    postgres.start()
    try:
        measure_apart("PostgreSQL", postgres.url, options.rounds)
    finally:
        postgres.stop()


def measure_apart(name: str, database_url: str, rounds: int) -> None:
    print(name, flush=True)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        surroundings = {**os.environ, "SLUICE_HOME": home, "LOG_LEVEL": "ERROR"}
        if database_url:
            surroundings["DATABASE_URL"] = database_url
        command = [sys.executable, __file__, "--here", "--rounds", str(rounds)]
        subprocess.run(command, env=surroundings, check=True)


def measure_here(rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from bench.measuring import measure

    measure(rounds)


if __name__ == "__main__":
    main()
