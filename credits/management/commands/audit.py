"""Check the ledger."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from credits.audit import audit


class Command(BaseCommand):
    help = "Check that every balance is the sum of its transactions. Exit code 1 and a line for each fault otherwise."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = audit()
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            sys.exit(1)
        self.stdout.write("The ledger adds up.")
