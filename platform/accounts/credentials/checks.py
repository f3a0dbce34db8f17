"""What Django checks before it starts: whether the keys are keys, and fit what is stored."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from accounts.credentials.errors import KeyInvalid
from accounts.credentials.keyring import ring
from accounts.credentials.missing_keys import unknown_keys
from accounts.credentials.rotating import sealed_columns

WAYS_OUT = (
    "Either add the key that is missing to the end of CREDENTIAL_KEYS, or give up what it has sealed with "
    "`manage.py rotate_keys --delete-unreadable`; its owners then enter it again, or set up their second factor anew."
)


def add_checks() -> None:
    register(check_keys, Tags.security)
    register(check_stored, Tags.database)


def check_keys(**options: Any) -> list[CheckMessage]:
    """The keys themselves."""
    try:
        ring()
    except KeyInvalid as error:
        return [Error(str(error), hint="`manage.py rotate_keys --new-key` prints a good one.", id="accounts.E001")]
    return []


def check_stored(*, databases: Any = None, **options: Any) -> list[CheckMessage]:
    """The keys beside what is stored. Only when Django checks databases, and once their columns are there."""
    if not databases or check_keys() or not _is_migrated():
        return []
    sentence = misfit()
    return [Error(sentence, hint=WAYS_OUT, id="accounts.E002")] if sentence else []


def _is_migrated() -> bool:
    """Whether every column that holds secrets is there. `migrate` checks before it has made or renamed them."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return Authenticator._meta.db_table in tables and all(
            model._meta.db_table in tables
            and field.column
            in {column.name for column in connection.introspection.get_table_description(cursor, model._meta.db_table)}
            for model, field in sealed_columns()
        )


def misfit() -> str:
    """Why stored secrets cannot be read with these keys; empty if they can. Raises KeyInvalid."""
    missing = unknown_keys()
    if not missing:
        return ""
    keys = ", ".join(f"{key} ({rows})" for key, rows in sorted(missing.items()))
    return f"Stored secrets were sealed with keys that CREDENTIAL_KEYS lacks; their ids, and how many secrets: {keys}."
