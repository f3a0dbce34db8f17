"""Seal stored secrets with the newest key."""

from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.credentials.checks import WAYS_OUT
from accounts.credentials.rotating import rotate
from accounts.signing_in.seeds import reseal
from reliability.errors import SluiceError


class Command(BaseCommand):
    help = "Seal all stored secrets with the first of CREDENTIAL_KEYS, while everything goes on."
    requires_system_checks = ()  # one of them is about what is repaired here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="print a new key, and change nothing")
        parser.add_argument(
            "--delete-unreadable", action="store_true", help="delete what none of CREDENTIAL_KEYS opens"
        )

    def handle(self, *args: Any, new_key: bool, delete_unreadable: bool, **options: Any) -> None:
        if new_key:
            self.stdout.write(Fernet.generate_key().decode())
            return
        try:
            done = rotate(delete_unreadable=delete_unreadable)
            seeds = reseal(delete_unreadable=delete_unreadable)
        except SluiceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Sealed with the newest key: {done.resealed}. Deleted: {done.deleted}.")
        if seeds.resealed or seeds.deleted:
            self.stdout.write(f"Second factors sealed with the newest key: {seeds.resealed}. Deleted: {seeds.deleted}.")
        unreadable = [*done.unreadable, *seeds.unreadable]
        if len(unreadable) > done.deleted + seeds.deleted:
            raise CommandError(f"No key opens {', '.join(unreadable)}. {WAYS_OUT}")
