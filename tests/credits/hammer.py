"""One of many processes that use every verb of the ledger at once: `python -m tests.credits.hammer`.

It says when it is ready, reads its orders from standard input as one line of JSON, and answers with another.
"""

import json
import os
import sys
from uuid import UUID

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    from tests.credits.blows import strike  # once Django is set up

    connection.ensure_connection()
    _say("ready")
    orders = json.loads(sys.stdin.readline())
    report = strike([UUID(id) for id in orders["accounts"]], UUID(orders["exact"]), orders["numbers"])
    _say(json.dumps(vars(report)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
