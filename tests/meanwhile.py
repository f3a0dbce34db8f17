"""What happens while a request is at work: after it has read something, and before it writes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model


@contextmanager
def before_writing(model: type[Model], happens: Callable[[], Any]) -> Iterator[None]:
    """Let something happen right before a row of the model is changed for the first time."""
    is_due = True

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal is_due
        if is_due and sql.startswith(f'UPDATE "{model._meta.db_table}"'):
            is_due = False
            happens()
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield
    assert not is_due
