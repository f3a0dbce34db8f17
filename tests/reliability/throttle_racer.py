"""One of several processes that meet the same failure at once: `python -m tests.reliability.throttle_racer SIGNATURE`.

It says when it is ready, waits for a line on standard input, and then says how many of its threads may tell.
"""

import os
import sys
import threading

import django

THREADS = 10


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    from reliability.throttle.slots import throttled  # once Django is set up

    told: list[int] = []
    ready = threading.Barrier(THREADS + 1)

    def meet() -> None:
        connection.ensure_connection()
        ready.wait(60)
        with throttled(sys.argv[1]) as slot:
            if slot is not None:
                told.append(slot.suppressed)
        connection.close()

    threads = [threading.Thread(target=meet) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    _say("ready")
    sys.stdin.readline()
    ready.wait(60)
    for thread in threads:
        thread.join(60)
    _say(str(len(told)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
