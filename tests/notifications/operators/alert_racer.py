"""One of several processes that meet the same failure at once: `python -m … SIGNATURE TIMES`.

It says when it is ready, waits for a line on standard input, and then tells operators so many times.
"""

import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    from tests.notifications.operators.telling import tell  # once Django is set up

    connection.ensure_connection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for _ in range(int(sys.argv[2])):
        tell(sys.argv[1])


if __name__ == "__main__":
    main()
