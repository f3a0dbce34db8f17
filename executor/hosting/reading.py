"""The first look at an execution that was claimed, in one step: plain SQL, which Django is slow to write.

On PostgreSQL all of it takes one round trip, and the server keeps the plans.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model

from credits.pricing.book import EDITION, Edition
from executor.journal.batch import Row
from executor.journal.driver import Driver
from executor.models import GraphExecution, NodeExecution
from reliability.sql import adapters

_ROOT = (
    "FROM executor_graphexecution JOIN accounts_user ON accounts_user.id = executor_graphexecution.user_id "
    "WHERE executor_graphexecution.id ="
)
_RUNS = "FROM executor_nodeexecution WHERE execution_id ="

M = TypeVar("M", bound=Model)
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """A root execution and its own node executions, in the order of their numbers."""

    root: GraphExecution
    runs: Sequence[NodeExecution]
    #: Of its user.
    timezone: str
    is_staff: bool
    #: Of the prices in force.
    edition: Edition


@dataclass(frozen=True, slots=True)
class Shape(Generic[M]):
    """How rows of one model become its objects. converters: what the driver's values go through, by their places."""

    model: type[M]
    converters: Sequence[tuple[int, Sequence[Convert]]]

    @property
    def columns(self) -> str:
        table = self.model._meta.db_table
        return ", ".join(f'{table}."{field.column}"' for field in self.model._meta.concrete_fields)

    def made(self, row: Sequence[Any]) -> M:
        values = list(row)
        for place, converters in self.converters:
            for convert in converters:
                values[place] = convert(values[place])
        return self.model.from_db(connection.alias, [f.attname for f in self.model._meta.concrete_fields], values)


def first_look(execution_id: UUID) -> FirstLook:
    """Raises GraphExecution.DoesNotExist."""
    execution, node_execution = shape(GraphExecution), shape(NodeExecution)
    mark, id = adapters(connection.vendor).placeholder, adapters(connection.vendor).uuid(execution_id)
    roots, runs, editions = _asked(
        (f"SELECT {execution.columns}, accounts_user.timezone, accounts_user.is_staff {_ROOT} {mark}", (id,)),
        (f"SELECT {node_execution.columns} {_RUNS} {mark} ORDER BY number", (id,)),
        (EDITION, ()),
    )
    if not roots:
        raise GraphExecution.DoesNotExist
    *row, timezone, is_staff = roots[0]
    return FirstLook(
        root=execution.made(row),
        runs=list(map(node_execution.made, runs)),
        timezone=timezone,
        is_staff=bool(is_staff),
        edition=editions[0],
    )


def _asked(*questions: tuple[str, Row]) -> list[list[Row]]:
    """The rows that each has found. Reading any before the pipeline has ended would be one more round trip."""
    connection.ensure_connection()
    driver = Driver()
    with connection.wrap_database_errors, contextlib.ExitStack() as open:
        cursors = [open.enter_context(driver.cursor()) for _ in questions]
        with driver.pipeline():
            for cursor, (statement, values) in zip(cursors, questions, strict=True):
                cursor.execute(statement, values)
        return [cursor.fetchall() for cursor in cursors]


@cache
def shape(model: type[M]) -> Shape[M]:
    """With the converters that Django has for its fields on this kind of database."""
    found = []
    for place, field in enumerate(model._meta.concrete_fields):
        column = field.get_col(model._meta.db_table)
        converters = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
        found.append((place, [_bound(convert, column) for convert in converters]))
    return Shape(model, [(place, converters) for place, converters in found if converters])


def _bound(convert: Callable[..., Any], column: Any) -> Convert:
    return lambda value: convert(value, column, connection)
