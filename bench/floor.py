"""The floor: the rows that an execution left, written again by nothing but the database's driver."""

import contextlib
import time
from typing import Any

import psycopg
from django.db import connection, transaction

from bench.charging import bare
from executor.models import GraphExecution
from reliability.ids import uuid7

RUN = (
    "id, execution_id, node_id, number, status, inputs, attempt, cost, stats, error, seq, added_at, queued_at, "
    "started_at, ended_at"
)
COST = RUN.split(", ").index("cost")
OUTPUT = 'node_execution_id, "index", name, data, seq, created_at'
MARKS = {"sqlite": "?", "postgresql": "%s"}


def rewrite(execution: GraphExecution) -> float:
    """Delete the execution's rows, then write the same ones in one transaction. Seconds that the writing took."""
    runs, outputs = _taken_away(execution)
    begun = time.perf_counter()
    with transaction.atomic():
        _write(execution, runs, outputs)
    return time.perf_counter() - begun


def rewrite_one_by_one(execution: GraphExecution) -> float:
    """The same with a transaction for each node execution, which has one output, and with its charge if it has one."""
    runs, outputs = _taken_away(execution)
    output_of = {row[0]: row for row in outputs}
    account = execution.user.credit_account
    keys = [f"floor:{uuid7()}" if run[COST] else "" for run in runs]
    begun = time.perf_counter()
    for run, key in zip(runs, keys, strict=True):
        with transaction.atomic():
            _write(execution, [run], [output_of[run[0]]])
            if key:
                bare(account, [key])
    return time.perf_counter() - begun


def _taken_away(execution: GraphExecution) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    mark = MARKS[connection.vendor]
    connection.ensure_connection()
    runs = _rows(f"SELECT {RUN} FROM executor_nodeexecution WHERE execution_id = {mark}", execution)
    emitted = f"SELECT o.* FROM (SELECT {OUTPUT} FROM executor_nodeoutput) o JOIN executor_nodeexecution r "
    outputs = _rows(f"{emitted} ON r.id = o.node_execution_id WHERE r.execution_id = {mark}", execution)
    execution.node_executions.all().delete()
    return runs, outputs


def _write(execution: GraphExecution, runs: list[tuple[Any, ...]], outputs: list[tuple[Any, ...]]) -> None:
    mark = MARKS[connection.vendor]
    end = f"UPDATE executor_graphexecution SET status='COMPLETED', seq={mark} WHERE id={mark}"
    with _cursor() as cursor:
        cursor.execute(end, (execution.seq, _id(execution)))
        cursor.executemany(_insert("executor_nodeexecution", RUN, mark), runs)
        cursor.executemany(_insert("executor_nodeoutput", OUTPUT, mark), outputs)


def _insert(table: str, columns: str, mark: str) -> str:
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join([mark] * len(columns.split(',')))})"


def _rows(statement: str, execution: GraphExecution) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(statement, (_id(execution),))
        return [tuple(_writable(value) for value in row) for row in cursor.fetchall()]


def _writable(value: Any) -> Any:
    """psycopg reads JSON as Python values."""
    return psycopg.types.json.Jsonb(value) if isinstance(value, dict | list) else value


def _id(execution: GraphExecution) -> Any:
    return execution.id if connection.vendor == "postgresql" else execution.id.hex


def _cursor() -> Any:
    raw = connection.connection
    return psycopg.Cursor(raw) if connection.vendor == "postgresql" else contextlib.closing(raw.cursor())
