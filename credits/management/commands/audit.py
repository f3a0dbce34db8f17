"""Check the ledger, and what must agree with it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from credits.audit import audit_and_freeze


class Command(BaseCommand):
    help = (
        "Check that every balance follows from its transactions, and that holds, payments and executions agree with "
        "them. Otherwise a line for each fault and exit code 1; an account whose credits are in doubt is frozen."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--strict", action="store_true", help="no worker is running, so what is unfinished must agree too"
        )

    def handle(self, *args: Any, strict: bool, **options: Any) -> None:
        faults = audit_and_freeze(strict=strict)
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            sys.exit(1)
        self.stdout.write("The ledger adds up.")
