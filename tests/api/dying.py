"""A process that is killed while it answers a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from api.models import KeyedAnswer
from executor.webhooks.models import Registration


class Killed(BaseException):
    """Here, and nothing of the process does anything any more."""


@contextmanager
def dies_at(verb: str, model: type[Model], column: str = "") -> Iterator[None]:
    """As if it were killed right before a statement: from then on the database hears nothing of it.

    verb: `INSERT INTO` or `UPDATE`.  column: one that is written there.
    """
    dead = False

    def guard(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal dead
        dead = dead or (sql.startswith(f'{verb} "{model._meta.db_table}"') and column in sql)
        if dead:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(guard), pytest.raises(Killed):
        yield
    assert KeyedAnswer.objects.get().status is None


def claims_end() -> None:
    """As if their time were up."""
    past = timezone.now() - timedelta(seconds=1)
    KeyedAnswer.objects.update(claimed_until=past)
    Registration.objects.update(working_until=past)
