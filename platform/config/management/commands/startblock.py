"""`manage.py startblock NAME`: a block to begin with, and its test."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

SKELETONS = Path(__file__).parents[2] / "skeletons"


class Command(BaseCommand):
    help = "Writes a skeleton of a block, and its test, into BLOCKS_FOLDER or the folder that is named."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The block's name, such as CountWords.")
        parser.add_argument("--folder", default=settings.BLOCKS_FOLDER, help="Where to; BLOCKS_FOLDER unless given.")

    def handle(self, *args: Any, name: str, folder: str, **options: Any) -> None:
        if not re.fullmatch("[A-Z][A-Za-z0-9]{0,60}", name):
            raise CommandError(f"A block's name is made of letters and digits, such as CountWords; not {name[:100]}.")
        if not folder:
            raise CommandError("Say where to: set BLOCKS_FOLDER, or give --folder.")
        for path, text in skeleton(name.removesuffix("Block"), Path(folder)).items():
            _write(path, text)
            self.stdout.write(f"{path}")


def skeleton(name: str, folder: Path) -> dict[Path, str]:
    """`{file: text}` of the block and of its test."""
    module = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    words = {"NAME": name, "MODULE": module, "BLOCK_ID": str(uuid4())}
    return {
        folder / f"{module}.py": _filled("block.py.txt", words),
        folder / f"test_{module}.py": _filled("test_block.py.txt", words),
    }


def _filled(skeleton: str, words: dict[str, str]) -> str:
    text = (SKELETONS / skeleton).read_text()
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x") as file:
            file.write(text)
    except FileExistsError as error:
        raise CommandError(f"{path} is there already; nothing was changed.") from error
