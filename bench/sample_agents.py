"""What each real agent runs, costs and takes in the fake world of the tests; writes the table in docs/sample_agents.md.

`.venv/bin/python bench/sample_agents.py` needs the folder with the agents, which is not part of this repository. Each
agent is imported and run over the API, `--rounds` times, by a user of its own in a new SQLite database, and must give
what the tests want of it; the fastest round counts, for other work on the machine only ever adds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

ROUNDS = 5
DOCUMENT = ROOT / "docs" / "sample_agents.md"
HEADER = "| agent | nodes | node executions | calls outward | own keys | credits | ms |"
RULE = "|---|---|---|---|---|---|---|"
SURROUNDINGS = {"LOG_LEVEL": "ERROR", "STARTS_PER_MINUTE_MAX": "0", "DJANGO_SETTINGS_MODULE": "config.settings"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--here", action="store_true", help="use the database of the settings, which must be empty")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    if options.here:
        write(rows(options.rounds))
        return
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        command = [sys.executable, Path(__file__), "--here", "--rounds", str(options.rounds)]
        subprocess.run(command, env={**os.environ, **SURROUNDINGS, "SLUICE_HOME": home}, check=True)


def rows(rounds: int) -> list[str]:
    """A line of the table for each agent."""
    import django

    django.setup()
    from django.core.management import call_command

    from tests.executor.sample_agents import FOLDER, SAMPLES

    if not FOLDER.is_dir():
        raise SystemExit(f"The agents are not here: {FOLDER}")
    call_command("migrate", verbosity=0)
    return [_row(number, rounds) for number in range(len(SAMPLES))]


def _row(number: int, rounds: int) -> str:
    from tests.executor.checking_samples import check
    from tests.executor.running_samples import Line, line_of, run_sample
    from tests.executor.sample_agents import SAMPLES
    from tests.factories import make_user
    from tests.world.everything import everything

    lines: list[Line] = []
    for turn in range(rounds):
        with everything() as world:
            user = make_user(f"{number}.{turn}@example.org")
            ran = run_sample(SAMPLES[number], user, world)
            check(SAMPLES[number], ran, world)
            lines.append(line_of(SAMPLES[number], ran, world))
    fastest = min(lines, key=lambda line: line.milliseconds)
    print(fastest.as_row(), flush=True)
    return fastest.as_row()


def write(table: Sequence[str]) -> None:
    """Put the table into the document, in the place of the one that is there."""
    before, _, rest = DOCUMENT.read_text().partition(f"{HEADER}\n")
    after = rest.partition("\n\n")[2]
    DOCUMENT.write_text("\n".join([f"{before}{HEADER}", RULE, *table, "", after]))


if __name__ == "__main__":
    main()
