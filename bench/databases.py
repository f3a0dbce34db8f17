"""Each kind of database in a process of its own, in a data folder that is removed after it."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROUNDS = 15
#: How PostgreSQL is started where commits must reach the disk.
DURABLE = ("fsync=on", "synchronous_commit=on", "max_connections=200")
#: What would get into the way of measuring.
UNLIMITED = {
    "BLOCK_MODULES": "bench.parts",
    "DISPATCH_WINDOW": "1000000",
    "EXECUTION_STATE_MAX_BYTES": str(1 << 30),
    "LOG_LEVEL": "ERROR",
    "NODE_EXECUTIONS_MAX": "1000000",
    "NODE_LOOPS_MAX": "1000000",
    "NODE_OUTPUTS_MAX": "1000000",
    "QUEUED_MAX": "1000000",
    "QUEUED_PER_USER_MAX": "1000000",
    "RUNNING_PER_GRAPH_MAX": "1000000",
    "RUNNING_PER_USER_MAX": "1000000",
    "STARTS_PER_MINUTE_MAX": "0",
    "API_REQUESTS_PER_MINUTE": "0",
}


def run(
    script: str, headline: str, measure: Callable[[int], None], *, rounds: int = ROUNDS, is_durable: bool = False
) -> None:
    """Measure SQLite, then PostgreSQL, by starting `script` anew; with --here the database of the settings.

    headline: printed above the figures, with the number of rounds in it.  rounds: unless --rounds says otherwise.
    is_durable: commits reach the disk.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--here", action="store_true", help="measure the database that DATABASE_URL names")
    parser.add_argument("--rounds", type=int, default=rounds)
    options = parser.parse_args()
    if options.here:
        _measure_here(measure, options.rounds)
        return
    print(headline.format(rounds=options.rounds), flush=True)
    variables = {"SQLITE_SYNCHRONOUS": "FULL"} if is_durable else {}
    _measure_apart(script, variables, options.rounds)
    from tests import postgres as server

    if is_durable:
        server.FAST = DURABLE
    postgres = server.Postgres()
    postgres.start()
    try:
        _measure_apart(script, {"DATABASE_URL": postgres.url}, options.rounds)
    finally:
        postgres.stop()


def _measure_apart(script: str, variables: dict[str, str], rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        surroundings = {**os.environ, **UNLIMITED, "SLUICE_HOME": home, **variables}
        command = [sys.executable, Path(script), "--here", "--rounds", str(rounds)]
        subprocess.run(command, env=surroundings, check=True)


def _measure_here(measure: Callable[[int], None], rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    measure(rounds)
