"""Write the ledger to a file."""

import sys
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from credits.export import hledger
from reliability.errors import SluiceError

FORMATS = {"hledger": hledger}


class Command(BaseCommand):
    help = "Write all transactions as a plain-text accounting file. 1 credit = 1 US cent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default="hledger")
        parser.add_argument("--user", default="", metavar="EMAIL", help="only this user's")
        parser.add_argument("--output", default="", metavar="FILE", help="where to; by default to standard output")

    def handle(self, *args: Any, format: str, user: str, output: str, **options: Any) -> None:
        try:
            owner = User.objects.by_email(user) if user else None
        except SluiceError as error:
            raise CommandError(str(error)) from error
        with _opened(output) as file:
            file.writelines(FORMATS[format](owner))


def _opened(path: str) -> Any:
    if not path:
        return nullcontext(sys.stdout)
    try:
        return open(path, "w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
