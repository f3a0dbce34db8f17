"""Each kind of database in a process of its own, in a data folder that is removed after it."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROUNDS = 15


def run(script: str, headline: str, measure: Callable[[int], None]) -> None:
    """Measure SQLite, then PostgreSQL, by starting `script` anew; with --here the database of the settings.

    headline: printed above the figures, with the number of rounds in it.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--here", action="store_true", help="measure the database that DATABASE_URL names")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    if options.here:
        _measure_here(measure, options.rounds)
        return
    print(headline.format(rounds=options.rounds))
    _measure_apart(script, "SQLite", "", options.rounds)
    from tests.postgres import Postgres

    postgres = Postgres()
    postgres.start()
    try:
        _measure_apart(script, "PostgreSQL", postgres.url, options.rounds)
    finally:
        postgres.stop()


def _measure_apart(script: str, name: str, database_url: str, rounds: int) -> None:
    print(name, flush=True)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        surroundings = {**os.environ, "SLUICE_HOME": home, "LOG_LEVEL": "ERROR"}
        if database_url:
            surroundings["DATABASE_URL"] = database_url
        command = [sys.executable, Path(script), "--here", "--rounds", str(rounds)]
        subprocess.run(command, env=surroundings, check=True)


def _measure_here(measure: Callable[[int], None], rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    measure(rounds)
