"""Make an API key for a user."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import keys
from accounts.models import User
from reliability.errors import SluiceError


class Command(BaseCommand):
    help = "Make an API key for a user and print it. It is shown this once only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the user's e-mail address")
        parser.add_argument("--name", required=True, help="what the key is for, as lists show it")
        parser.add_argument("--daily-limit", type=int, help="credits that it may spend on one day (UTC)")

    def handle(self, *args: Any, email: str, name: str, daily_limit: int | None, **options: Any) -> None:
        try:
            _, plain = keys.issue(User.objects.by_email(email), name=name, daily_limit=daily_limit)
        except SluiceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(plain)
