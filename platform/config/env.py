"""The environment: `.env`, variables, and `NAME_FILE` for secrets that are mounted as files."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from config.showable import shown

ROOT = Path(__file__).resolve().parent.parent.parent
BOOLEANS = {"true", "on", "yes", "y", "ok", "1", "false", "off", "no", "n", "0", ""}


class Source(StrEnum):
    """Where the value of a setting comes from."""

    DEFAULT = "default"
    SET = "set"  #: in the environment, or in the file that fills it in
    FILE = "set by a file"  #: that NAME_FILE names


@dataclass(frozen=True, slots=True)
class Found:
    """How a setting was found. text: what may be shown of its value; None if nothing may."""

    source: Source
    text: str | None


class Variables(FileAwareMapping):
    """The variables; of a value from a file, the line end that editors add is no part."""

    def __getitem__(self, key: str) -> str:
        return str(super().__getitem__(key)).rstrip("\r\n")


class Environment(environ.FileAwareEnv):
    """Settings by name and type. A value that does not fit is refused with its name, never guessed at."""

    ENVIRON = Variables()

    def __init__(self) -> None:
        super().__init__()
        #: How each setting was found, for whoever asks what is in force.
        self.found: dict[str, Found] = {}
        self._depth = 0

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        """What a value `$OTHER` refers to is asked for inside, and is no setting."""
        self._depth += 1
        try:
            value = self._checked(var, cast, default, parse_default)
        finally:
            self._depth -= 1
        if self._depth == 0:
            self.found[var] = Found(self._source(var), shown(var, value))
        return value

    def _source(self, var: str) -> Source:
        if os.environ.get(f"{var}_FILE"):
            return Source.FILE
        return Source.SET if var in os.environ else Source.DEFAULT

    def _checked(self, var: str, cast: Any, default: Any, parse_default: bool) -> Any:
        try:
            if cast is bool and str(self.ENVIRON.get(var, "")).strip().lower() not in BOOLEANS:
                raise ValueError
            return super().get_value(var, cast, default, parse_default)
        except ValueError as error:
            kind = {int: "a whole number", float: "a number", bool: "true or false"}.get(cast, "readable")
            raise ImproperlyConfigured(f"{var} must be {kind}, not {self.ENVIRON.get(var)!r}.") from error
        except OSError as error:
            raise ImproperlyConfigured(f"The file that {var}_FILE names cannot be read: {error.strerror}.") from error


def read_env_file() -> None:
    """Fill in from `.env`, or from the file that SLUICE_ENV_FILE names, what the environment itself does not set."""
    path = Path(os.environ.get("SLUICE_ENV_FILE") or ROOT / ".env")
    if path.exists():
        with path.open() as file:
            Environment.read_env(file)
    elif "SLUICE_ENV_FILE" in os.environ:
        raise ImproperlyConfigured(f"SLUICE_ENV_FILE names {path}, and there is no such file.")


read_env_file()
env = Environment()


def home() -> Path:
    """The data folder: database, keys, the embedded Redis. Instances live side by side in folders of their own."""
    return (ROOT / Path(env.str("SLUICE_HOME", default="var")).expanduser()).resolve()
