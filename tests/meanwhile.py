"""What happens while a request is at work: after it has read something, or before it writes it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
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


@contextmanager
def after_reading(model: type[Model], happens: Callable[[], Any]) -> Iterator[None]:
    """Let it happen, over another connection, right after rows of the model were read for the first time."""
    is_due = True

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal is_due
        answer = execute(sql, *rest)
        if is_due and sql.startswith("SELECT") and f'FROM "{model._meta.db_table}"' in sql:
            assert not connection.in_atomic_block
            is_due = False
            elsewhere(happens)
        return answer

    with connection.execute_wrapper(watch):
        yield
    assert not is_due


def elsewhere(work: Callable[[], Any]) -> Any:
    """What it gives, in a thread with a connection of its own."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()
