"""Make a code that gives credits."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from credits.codes import create_code
from reliability.errors import SluiceError


class Command(BaseCommand):
    help = "Make a code that gives credits to whoever redeems it, once each. It is shown this one time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("amount", type=int, help="credits, > 0")
        parser.add_argument("--reason", required=True, help="why, as the ledger will show it")
        parser.add_argument("--uses", type=int, default=1, help="how many users may redeem it (default 1)")
        parser.add_argument("--expires", type=_moment, help="from when on it is invalid: a date or a time, UTC")

    def handle(self, *args: Any, amount: int, reason: str, uses: int, expires: datetime | None, **options: Any) -> None:
        try:
            _, text = create_code(amount=amount, reason=reason, most_redemptions=uses, expires_at=expires)
        except SluiceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(text)


def _moment(text: str) -> datetime:
    """A date is its first moment. Raises ValueError, which argparse explains."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
