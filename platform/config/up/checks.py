"""What must be there before anything is started. Each check raises CannotStart with what to do about it."""

import os
from pathlib import Path

from django.db import Error, connection
from redis import Redis
from redis.exceptions import RedisError

from accounts.credentials.checks import WAYS_OUT, misfit
from accounts.credentials.errors import KeyInvalid
from config.up.errors import CannotStart

ANSWER_SECONDS = 3


def check_home(home: Path) -> None:
    """The data folder is made if it is missing."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"The data folder {home} cannot be made ({error.strerror}): set SLUICE_HOME to another one."
        ) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise CannotStart(
            f"The data folder {home} may not be written by this user: "
            "change its owner, or set SLUICE_HOME to another one."
        )


def check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        raise CannotStart(f"The database cannot be opened: {_first_line(error)}. Check DATABASE_URL.") from error
    finally:
        connection.close()


def check_credential_keys() -> None:
    """The tables must be there."""
    try:
        sentence = misfit()
    except KeyInvalid as error:
        raise CannotStart(f"{error} `manage.py rotate_keys --new-key` prints a good one.") from error
    if sentence:
        raise CannotStart(f"{sentence} {WAYS_OUT}")


def check_redis(url: str) -> None:
    try:
        with Redis.from_url(url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS) as client:
            client.ping()
    except (RedisError, ValueError, OSError) as error:
        raise CannotStart(
            f"Redis does not answer: {_first_line(error)}. Check REDIS_URL, or leave it empty for the embedded one."
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__).strip().rstrip(".")
