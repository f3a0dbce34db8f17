"""Many processes that use every verb of the ledger at once: `python -m tests.credits.hammer`.

It reads its orders from standard input as one line of JSON, and answers with the reports of all in another. The
processes are forked from one that has set up Django: that costs a second, once.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import UUID

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    orders = json.loads(sys.stdin.readline())
    reports, seconds = _strike([UUID(id) for id in orders["accounts"]], UUID(orders["exact"]), orders["shares"])
    sys.stdout.write(json.dumps({"reports": reports, "seconds": seconds}) + "\n")


def _strike(
    accounts: Sequence[UUID], exact: UUID, shares: Sequence[Sequence[int]]
) -> tuple[list[dict[str, Any]], float]:
    """Reports of all processes, and the seconds from the first blow to the last."""
    from tests.credits.blows import strike  # once Django is set up

    context = get_context("fork")
    all_are_ready = context.Barrier(len(shares) + 1)
    with ProcessPoolExecutor(len(shares), context, initializer=_get_ready, initargs=(all_are_ready,)) as processes:
        awaited = [processes.submit(strike, accounts, exact, share) for share in shares]
        all_are_ready.wait(60)
        begun = time.monotonic()
        return [vars(report.result()) for report in awaited], time.monotonic() - begun


def _get_ready(all_are_ready: Barrier) -> None:
    """No process has a second share, since none begins before there is a process for each."""
    from django.db import connection

    connection.ensure_connection()
    all_are_ready.wait(60)


if __name__ == "__main__":
    main()
