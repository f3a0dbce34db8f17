"""Storing what an execution has before it runs, by the journal's statements: one that goes on has thousands of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection

from executor.journal.driver import Driver
from executor.journal.records import Row
from executor.journal.statements import Statements
from executor.models import NodeExecution, NodeOutput
from reliability.sql import Adapters, adapters, storable_text


@dataclass(frozen=True, slots=True)
class FirstRows:
    """What an execution has before it runs. outputs: of node executions that it took over."""

    runs: Sequence[NodeExecution]
    outputs: Sequence[NodeOutput] = ()


def store(rows: FirstRows) -> None:
    """Insert them. Called inside a transaction."""
    driver, adapt = Driver(), adapters(connection.vendor)
    statements = _statements(connection.vendor)
    with connection.wrap_database_errors:
        driver.many(statements.new_run, [_run_row(run, adapt) for run in rows.runs])
        driver.many(statements.output, [_output_row(output, adapt) for output in rows.outputs])


@cache
def _statements(vendor: str) -> Statements:
    return Statements(vendor, adapters(vendor).placeholder)


def _run_row(run: NodeExecution, adapt: Adapters) -> Row:
    return (
        adapt.uuid(run.id),
        adapt.uuid(run.execution_id),
        adapt.uuid(run.node_id),
        run.number,
        str(run.status),
        adapt.json(run.inputs),
        run.attempt,
        run.cost,
        adapt.json(run.stats),
        storable_text(run.error),
        run.seq,
        adapt.moment(run.added_at),
        adapt.moment(run.queued_at),
        adapt.moment(run.started_at),
        adapt.moment(run.ended_at),
    )


def _output_row(output: NodeOutput, adapt: Adapters) -> Row:
    return (
        adapt.uuid(output.node_execution_id),
        output.index,
        output.name,
        adapt.json(output.data),
        output.seq,
        adapt.moment(output.created_at),
    )
