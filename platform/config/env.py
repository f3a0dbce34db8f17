"""The environment: `.env`, variables, and `NAME_FILE` for secrets that are mounted as files."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

ROOT = Path(__file__).resolve().parent.parent.parent
BOOLEANS = {"true", "on", "yes", "y", "ok", "1", "false", "off", "no", "n", "0", ""}


class Variables(FileAwareMapping):
    """The variables; of a value from a file, the line end that editors add is no part."""

    def __getitem__(self, key: str) -> str:
        return str(super().__getitem__(key)).rstrip("\r\n")


class Environment(environ.FileAwareEnv):
    """Settings by name and type. A value that does not fit is refused with its name, never guessed at."""

    ENVIRON = Variables()

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
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
