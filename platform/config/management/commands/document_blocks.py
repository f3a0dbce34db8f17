"""`manage.py document_blocks`: docs/blocks.md, made from the classes of Sluice's own blocks."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blocks.describing import catalogue
from blocks.registry import registry

FILE = Path(__file__).parents[4] / "docs" / "blocks.md"


class Command(BaseCommand):
    help = "Writes docs/blocks.md, which describes the blocks of the library."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; fail if the file is out of date.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        text = catalogue(block for block in registry if type(block).__module__.startswith("blocks.library."))
        if check and (not FILE.exists() or FILE.read_text() != text):
            raise CommandError(f"{FILE} is out of date; run manage.py document_blocks.")
        if not check:
            FILE.write_text(text)
