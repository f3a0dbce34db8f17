"""Give credits to a user."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from credits.ledger import grant
from reliability.errors import SluiceError
from reliability.ids import uuid7


class Command(BaseCommand):
    help = "Give credits to a user for free. 1 credit = 1 US cent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the user's e-mail address")
        parser.add_argument("amount", type=int, help="credits, > 0")
        parser.add_argument("--reason", required=True, help="why, as the ledger will show it")
        parser.add_argument("--key", default="", help="the same key never gives twice; without one, each call gives")

    def handle(self, *args: Any, email: str, amount: int, reason: str, key: str, **options: Any) -> None:
        try:
            account = User.objects.by_email(email).credit_account
            given = grant(account, amount=amount, key=f"command:{key or uuid7()}", reason=reason)
        except SluiceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{email} has {given.running_balance} credits after transaction {given.seq}.")
