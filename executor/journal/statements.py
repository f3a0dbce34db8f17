"""The journal's SQL. It is written by hand because it is hot; the columns are those of `executor.models`."""

from collections.abc import Sequence

from executor.journal.records import Columns, RowStatement, row_statement

#: The columns that the journal writes, with their types in PostgreSQL.
_CHILD: Columns = {
    "id": "uuid",
    "user_id": "uuid",
    "graph_id": "uuid",
    "version_id": "uuid",
    "status": "text",
    "trigger": "text",
    "inputs": "jsonb",
    "input_masks": "jsonb",
    "skipped_nodes": "jsonb",
    "parent_id": "uuid",
    "root_id": "uuid",
    "parent_node_execution_id": "uuid",
    "depth": "smallint",
    "cost": "bigint",
    "stats": "jsonb",
    "error_code": "text",
    "error": "text",
    "seq": "bigint",
    "created_at": "timestamptz",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "is_dry_run": "boolean",
    "human_review": "boolean",
    "sensitive_review": "boolean",
}
#: Those of them that an existing row takes on.
_CHILD_CHANGES = ("status", "cost", "stats", "error_code", "error", "seq", "started_at", "ended_at")
#: Columns that a child does not use, with what they hold.
_CHILD_FIXED = {
    "fees": "0",
    "counted": "0",
    "fence": "0",
    "owner": "''",
    "claims": "0",
    "priority": "0",
    "request_digest": "''",
}

_RUN: Columns = {
    "id": "uuid",
    "execution_id": "uuid",
    "node_id": "uuid",
    "number": "integer",
    "status": "text",
    "inputs": "jsonb",
    "attempt": "smallint",
    "cost": "bigint",
    "stats": "jsonb",
    "error": "text",
    "seq": "bigint",
    "added_at": "timestamptz",
    "queued_at": "timestamptz",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
}
_RUN_CHANGES = (
    "status", "inputs", "attempt", "cost", "stats", "error", "seq", "queued_at", "started_at", "ended_at",
)  # fmt: skip

#: Where a row of a node execution has its cost.
RUN_COST = list(_RUN).index("cost")

_OUTPUT: Columns = {
    "node_execution_id": "uuid",
    "index": "integer",
    "name": "text",
    "data": "jsonb",
    "seq": "bigint",
    "created_at": "timestamptz",
}
_OUTPUT_ONCE = 'ON CONFLICT (node_execution_id, "index") DO NOTHING'

_REVIEW: Columns = {
    "node_execution_id": "uuid",
    "execution_id": "uuid",
    "root_id": "uuid",
    "user_id": "uuid",
    "is_sensitive": "boolean",
    "payload": "jsonb",
    "payload_hash": "text",
    "instructions": "text",
    "editable": "boolean",
    "created_at": "timestamptz",
    "expires_at": "timestamptz",
    "default_decision": "text",
}
#: How a review begins.
_REVIEW_FIXED = {
    "status": "'WAITING'",
    "message": "''",
    "was_edited": "FALSE",
    "approves_future": "FALSE",
    "is_expired": "FALSE",
}

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
            f"WHERE id={mark} AND fence={mark} AND owner={mark} AND status='RUNNING' "
            "RETURNING cancel_requested_at, fees"
        )
        #: What was sent under the owner's former name, and is worked off only now, finds no row any more.
        self.rename = (
            f"UPDATE executor_graphexecution SET owner={mark} WHERE id={mark} AND fence={mark} AND status='RUNNING'"
        )
        #: What the ledger has charged beside, or could not charge: fees, and costs that nobody paid.
        self.correct = f"UPDATE executor_graphexecution SET fees = fees + {mark}, cost = cost + {mark} WHERE id={mark}"
        #: How many node executions were counted before, when it is not known if a commit got through.
        self.counted = f"SELECT counted FROM executor_graphexecution WHERE id={mark}"
        #: Whether this very end was written before, when it is not known if a commit got through.
        self.ended = f"SELECT status, fees FROM executor_graphexecution WHERE id={mark} AND fence={mark}"
        self.child = _upsert(vendor, "executor_graphexecution", _CHILD, _CHILD_CHANGES, fixed=_CHILD_FIXED)
        #: For a node execution that has no row yet; cheaper than the upsert, but not to be repeated.
        self.new_run = row_statement(vendor, "executor_nodeexecution", _RUN)
        self.run = _upsert(vendor, "executor_nodeexecution", _RUN, _RUN_CHANGES)
        self.output = row_statement(vendor, "executor_nodeoutput", _OUTPUT, then=_OUTPUT_ONCE)
        once = "ON CONFLICT (node_execution_id) DO NOTHING"
        self.review = row_statement(vendor, "reviews_review", _REVIEW, fixed=_REVIEW_FIXED, then=once)
        self.unreviewed = (
            f"UPDATE reviews_review SET status='REJECTED', message={mark}, reviewed_at={mark}, resumed_at={mark} "
            f"WHERE node_execution_id={mark} AND status='WAITING'"
        )
        if vendor == "postgresql":
            #: New node executions, changed ones, and outputs: its values are the JSON of each.
            self.nodes = f"WITH {_nodes()} SELECT 1"
            #: The fence and what it guards: without its row nothing is written. Its values: the fence's, then the same.
            self.whole = f"WITH fenced AS ({self.fence}), {_nodes(beside='fenced')} SELECT * FROM fenced"


def _nodes(*, beside: str = "") -> str:
    """Parts of one statement of PostgreSQL. No row is in two of them."""
    parts = {
        "new_run": row_statement("postgresql", "executor_nodeexecution", _RUN, beside=beside),
        "run": _upsert("postgresql", "executor_nodeexecution", _RUN, _RUN_CHANGES, beside=beside),
        "output": row_statement("postgresql", "executor_nodeoutput", _OUTPUT, beside=beside, then=_OUTPUT_ONCE),
    }
    return ", ".join(f"{name} AS ({part.sql})" for name, part in parts.items())


def _upsert(
    vendor: str,
    table: str,
    columns: Columns,
    changes: Sequence[str],
    *,
    fixed: dict[str, str] | None = None,
    beside: str = "",
) -> RowStatement:
    updates = ", ".join(f"{name}=excluded.{name}" for name in changes)
    then = f"ON CONFLICT (id) DO UPDATE SET {updates}"
    return row_statement(vendor, table, columns, fixed=fixed, beside=beside, then=then)
