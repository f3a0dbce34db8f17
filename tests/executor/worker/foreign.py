"""A module that no worker may import. When one does, it makes the file that FOREIGN names."""

import os
from pathlib import Path

if "FOREIGN" in os.environ:
    Path(os.environ["FOREIGN"]).touch()


async def run() -> None:
    """Never called."""
