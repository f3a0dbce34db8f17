"""`manage.py up`: all of Sluice on this machine. `bin/up` installs what it needs first."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console

from config.up.errors import ChildFailed
from config.up.run import up
from config.up.stopping import ends_like_ctrl_c
from console.terminal.quiet import quiet
from reliability.errors import SluiceError

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Runs web, worker, clock and Redis on this machine, and an example to see them work."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the example; exit code 0 if it COMPLETED")
        parser.add_argument("--port", type=int, metavar="N", help="the TCP port; without it the first free from 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stdout)
        once = options["once"]
        try:
            with ends_like_ctrl_c(), quiet():
                completed = up(once=once, port=options["port"], console=console)
        except KeyboardInterrupt:
            console.print("Everything is stopped.")
            sys.exit(INTERRUPTED if once else 0)
        except SluiceError as error:
            tail = f"{error.data['tail']}\n\n" if isinstance(error, ChildFailed) else ""
            self.stderr.write(f"{tail}{error}")
            sys.exit(1)
        if not completed:
            sys.exit(1)
