"""The journal's SQL. It is written by hand because it is hot; the columns are those of `executor.models`."""

from collections.abc import Sequence

#: What a child's row takes on when it changes.
_CHILD = (
    "id", "user_id", "graph_id", "version_id", "status", "trigger", "inputs", "parent_id", "root_id",
    "parent_node_execution_id", "depth", "cost", "stats", "error_code", "error", "seq", "created_at", "started_at",
    "ended_at", "is_dry_run", "human_review", "sensitive_review",
)  # fmt: skip
_CHILD_CHANGES = ("status", "cost", "stats", "error_code", "error", "seq", "started_at", "ended_at")
#: Columns that a child does not use, with what they hold.
_CHILD_FIXED = {
    "fees": "0",
    "counted": "0",
    "input_masks": "'{}'",
    "skipped_nodes": "'[]'",
    "fence": "0",
    "owner": "''",
    "claims": "0",
    "priority": "0",
    "request_digest": "''",
}

_RUN = (
    "id", "execution_id", "node_id", "number", "status", "inputs", "attempt", "cost", "stats", "error", "seq",
    "added_at", "queued_at", "started_at", "ended_at",
)  # fmt: skip
_RUN_CHANGES = (
    "status", "inputs", "attempt", "cost", "stats", "error", "seq", "queued_at", "started_at", "ended_at",
)  # fmt: skip

#: Where a row of a node execution has its cost.
RUN_COST = _RUN.index("cost")

_OUTPUT = ("node_execution_id", '"index"', "name", "data", "seq", "created_at")

_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '+' || {mark} || ' seconds')",
    "postgresql": "statement_timestamp() + {mark} * interval '1 second'",
}


class Statements:
    """The statements for one kind of database. mark: its placeholder."""

    def __init__(self, vendor: str, mark: str) -> None:
        later = _LATER[vendor].replace("{mark}", mark)
        #: Renews the lease, writes the root's own columns, and says whether somebody asked to stop. No row: the lease
        #: is lost, or the execution has ended.
        self.fence = (
            f"UPDATE executor_graphexecution SET status={mark}, seq={mark}, cost={mark} + fees, counted={mark}, "
            f"stats={mark}, error_code={mark}, error={mark}, ended_at={mark}, "
            f"claims = CASE WHEN {mark} THEN 0 ELSE claims END, "
            f"lease_until = CASE WHEN {mark} THEN NULL ELSE {later} END "
            f"WHERE id={mark} AND fence={mark} AND status='RUNNING' RETURNING cancel_requested_at, fees"
        )
        #: What the ledger has charged beside, or could not charge: fees, and costs that nobody paid.
        self.correct = f"UPDATE executor_graphexecution SET fees = fees + {mark}, cost = cost + {mark} WHERE id={mark}"
        #: How many node executions were counted before, when it is not known if a commit got through.
        self.counted = f"SELECT counted FROM executor_graphexecution WHERE id={mark}"
        #: Whether this very end was written before, when it is not known if a commit got through.
        self.ended = f"SELECT status, fees FROM executor_graphexecution WHERE id={mark} AND fence={mark}"
        self.child = _upsert("executor_graphexecution", _CHILD, _CHILD_CHANGES, mark, _CHILD_FIXED)
        #: For a node execution that has no row yet; cheaper than the upsert, but not to be repeated.
        self.new_run = _insert("executor_nodeexecution", _RUN, [mark] * len(_RUN))
        self.run = _upsert("executor_nodeexecution", _RUN, _RUN_CHANGES, mark)
        self.output = (
            f"INSERT INTO executor_nodeoutput ({', '.join(_OUTPUT)}) VALUES ({', '.join([mark] * len(_OUTPUT))}) "
            f'ON CONFLICT (node_execution_id, "index") DO NOTHING'
        )


def _upsert(
    table: str, columns: Sequence[str], changes: Sequence[str], mark: str, fixed: dict[str, str] | None = None
) -> str:
    names = [*columns, *(fixed or {})]
    values = [mark] * len(columns) + list((fixed or {}).values())
    updates = ", ".join(f"{name}=excluded.{name}" for name in changes)
    return f"{_insert(table, names, values)} ON CONFLICT (id) DO UPDATE SET {updates}"


def _insert(table: str, names: Sequence[str], values: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)})"
