"""Keys that an installation makes for itself on its first run."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def first_run_key(path: Path, make: Callable[[], str]) -> str:
    """Read the key in `path`, making it first if there is none. Mode 0600; of two processes that race, one key wins."""
    try:
        if not path.exists():
            _write(path, make())
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The key {path} cannot be read or made ({error.strerror}): "
            "set SLUICE_HOME to a folder that this user may write."
        ) from error


def _write(path: Path, key: str) -> None:
    path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # `mode` is for the last folder alone
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):  # another process was first; its key is then ours too
            os.link(draft, path)
    finally:
        os.unlink(draft)
