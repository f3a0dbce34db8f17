"""Import a graph from a file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from graphs.importing import import_graph
from reliability.errors import SluiceError


class Command(BaseCommand):
    help = "Import an exported graph for a user and print what was done to it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the JSON file")
        parser.add_argument("--user", required=True, metavar="EMAIL", help="the address of the user who will own it")

    def handle(self, *args: Any, file: Path, user: str, **options: Any) -> None:
        try:
            imported = import_graph(User.objects.by_email(user), _content(file))
        except OSError as error:
            raise CommandError(f"The file {file} cannot be read: {error.strerror}.") from error
        except SluiceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(imported.report.as_text())


def _content(file: Path) -> bytes:
    """At most one byte more than a graph may have: the import then says that it is too long."""
    with file.open("rb") as opened:
        return opened.read(settings.GRAPH_MAX_BYTES + 1)
