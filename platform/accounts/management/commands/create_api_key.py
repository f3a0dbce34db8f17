"""Make an API key for a user."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import keys
from accounts.key_scopes import scopes_named
from accounts.models import User
from api.scopes import Scope
from reliability.errors import SluiceError

EXPIRES_DAYS_MAX = 3650


class Command(BaseCommand):
    help = "Make an API key for a user and print it. It is shown this once only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the user's e-mail address")
        parser.add_argument("--name", required=True, help="what the key is for, as lists show it")
        parser.add_argument("--daily-limit", type=int, help="credits that it may spend on one day (UTC)")
        parser.add_argument(
            "--scope", action="append", metavar="NAME", help="what it may do; may be repeated. Without it: everything"
        )
        parser.add_argument("--expires-days", type=int, metavar="N", help="after which it no longer works")

    def handle(
        self,
        *args: Any,
        email: str,
        name: str,
        daily_limit: int | None,
        scope: list[str] | None,
        expires_days: int | None,
        **options: Any,
    ) -> None:
        if expires_days is not None and not 1 <= expires_days <= EXPIRES_DAYS_MAX:
            raise CommandError(f"--expires-days must be from 1 to {EXPIRES_DAYS_MAX}.")
        try:
            _, plain = keys.issue(
                User.objects.by_email(email),
                name=name,
                scopes=tuple(Scope) if scope is None else scopes_named(scope),
                expires_at=None if expires_days is None else timezone.now() + timedelta(days=expires_days),
                daily_limit=daily_limit,
            )
        except SluiceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(plain)
