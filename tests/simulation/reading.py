"""The stored rows as loading gets them from Django: what a new owner of the execution starts from."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson

from credits.models import HoldStatus
from credits.pricing.book import PriceBook
from credits.pricing.terms import Terms
from executor.hosting.loading import Loaded, Rows, assemble
from executor.journal import statements
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.plan import Plan
from tests.simulation.graphs import Case
from tests.simulation.store import Store

_JSON = ("inputs", "input_masks", "stats", "data")
_IDS = (
    "id",
    "user_id",
    "graph_id",
    "version_id",
    "parent_id",
    "root_id",
    "parent_node_execution_id",
    "execution_id",
    "node_id",
    "node_execution_id",
)
_MOMENTS = ("added_at", "queued_at", "started_at", "ended_at", "created_at")
Decoder = tuple[str, Callable[[Any], Any] | None]
#: Ids and moments that are not read again.
REMEMBERED = 10_000
_STATUS = list(statements._RUN).index("status")
_BOOK = PriceBook(now=datetime(2100, 1, 1, tzinfo=UTC), terms=Terms())


def load(store: Store, case: Case) -> Loaded:
    """What `executor.hosting.loading.load` reads."""
    root, children = assemble(rows_of(store, case))
    return Loaded(root=root, children=children, plans=case.plans, prices=_BOOK, timezone="UTC")


def rows_of(store: Store, case: Case) -> Rows:
    """Plain objects with the columns of node executions and outputs: Django's take most of the time there is."""
    runs: dict[UUID, list[Any]] = defaultdict(list)
    outputs: dict[UUID, list[Any]] = defaultdict(list)
    for row in store.runs.values():
        run = SimpleNamespace(**_columns(_RUN, row))
        runs[run.execution_id].append(run)
    for row in store.outputs.values():
        output = SimpleNamespace(**_columns(_OUTPUT, row))
        outputs[output.node_execution_id].append(output)
    return Rows(
        graphs=_graphs(store, case),
        runs={id: sorted(found, key=lambda run: run.number) for id, found in runs.items()},
        outputs={id: sorted(found, key=lambda output: output.index) for id, found in outputs.items()},
        holds=[hold.row() for hold in store.ledger.holds.values() if hold.status is not HoldStatus.SETTLED],
    )


def status_of(store: Store, run_id: UUID) -> Status | None:
    """Of a node execution, as its row says; None without a row."""
    row = store.runs.get(run_id)
    return None if row is None else Status(row[_STATUS])


def _graphs(store: Store, case: Case) -> Sequence[tuple[GraphExecution, Plan]]:
    root = GraphExecution(
        id=store.execution_id,
        user_id=case.user_id,
        graph_id=UUID(case.plan.graph_id),
        version_id=case.plan.version_id,
        created_at=_moment("2100-01-01T00:00:00"),
        max_cost=case.max_cost,
        **_columns([(name, _DECODE.get(name)) for name in store.root], store.root.values()),
    )
    found = [GraphExecution(**_columns(_CHILD, row)) for row in store.children.values()]
    plans = {plan.version_id: plan for plan in case.plans.values()}
    return [(root, case.plan), *((row, plans[row.version_id]) for row in sorted(found, key=lambda row: row.depth))]


def _columns(decoders: Sequence[Decoder], row: Iterable[Any]) -> dict[str, Any]:
    return {
        name: value if decode is None or value is None else decode(value)
        for (name, decode), value in zip(decoders, row, strict=True)
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


#: By the names of columns; the others are kept as they are. Each process of a world reads the same again.
_DECODE: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_JSON, orjson.loads),
    **dict.fromkeys(_IDS, lru_cache(REMEMBERED)(UUID)),
    **dict.fromkeys(_MOMENTS, lru_cache(REMEMBERED)(_moment)),
}
_RUN, _OUTPUT, _CHILD = (
    [(name, _DECODE.get(name)) for name in names] for names in (statements._RUN, statements._OUTPUT, statements._CHILD)
)
