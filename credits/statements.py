"""The ledger's SQL, for one kind of database. By hand, because the journal charges through it for every node."""

from collections.abc import Sequence

TRANSACTION = (
    "id", "account_id", "seq", "type", "amount", "running_balance", "key", "reference", "reason", "actor_id",
    "reverses_id", "metadata", "created_at",
)  # fmt: skip
HOLD = (
    "id", "account_id", "key", "amount", "status", "cost", "uncovered", "execution_id", "api_key_id", "reference",
    "metadata", "transaction_id", "created_at", "expires_at", "closed_at",
)  # fmt: skip
#: What is read of an account, and what of it is written back.
ACCOUNT = (
    "id", "user_id", "balance", "held", "overdraft", "last_seq", "low_balance_threshold", "debt", "daily_limit",
    "spent_on", "spent_today", "node_executions", "fee_charged_to", "frozen_at",
)  # fmt: skip
_WRITTEN = ("balance", "held", "debt", "last_seq", "spent_on", "spent_today", "node_executions", "fee_charged_to")

MARKS = {"sqlite": "?", "postgresql": "%s"}
#: Any number of values as one.
_ANY = {"sqlite": "IN (SELECT value FROM json_each({mark}))", "postgresql": "= ANY({mark})"}


class Statements:
    """Statements with the placeholders of the driver's own cursor."""

    def __init__(self, vendor: str) -> None:
        mark = MARKS[vendor]
        any_of = _ANY[vendor].format(mark=mark)
        #: An UPDATE that changes nothing locks the row on PostgreSQL; on SQLite the transaction holds the lock already.
        self.lock = {
            column: f"UPDATE credits_account SET last_seq = last_seq WHERE {column} = {mark} "
            f"RETURNING {', '.join(ACCOUNT)}"
            for column in ("id", "user_id")
        }
        self.account = f"UPDATE credits_account SET {_assignments(_WRITTEN, mark)} WHERE id = {mark}"
        #: `{column of the account: its id}`, for what is asked before the lock has answered.
        account_id = {
            column: f"(SELECT a.id FROM credits_account a WHERE a.{column} = {mark})" for column in ("id", "user_id")
        }
        self.known = {
            column: "SELECT t.key, t.id, t.type, t.amount, t.reference, t.reverses_id, "
            "(SELECT r.id FROM credits_transaction r WHERE r.reverses_id = t.id) "
            f"FROM credits_transaction t WHERE t.account_id = {id} AND t.key {any_of}"
            for column, id in account_id.items()
        }
        self.transaction = _insert("credits_transaction", TRANSACTION, mark)
        self.holds = {
            column: "SELECT key, id, status, amount, created_at, api_key_id, reference, cost, uncovered "
            f"FROM credits_hold WHERE account_id = {id} AND key {any_of}"
            for column, id in account_id.items()
        }
        reopened = [name for name in HOLD if name not in ("id", "account_id", "key")]
        self.open_hold = (
            f"{_insert('credits_hold', HOLD, mark)} ON CONFLICT (account_id, key) DO UPDATE SET "
            f"{', '.join(f'{name}=excluded.{name}' for name in reopened)}"
        )
        closed = ("status", "cost", "uncovered", "transaction_id", "closed_at")
        self.close_hold = f"UPDATE credits_hold SET {_assignments(closed, mark)} WHERE id = {mark}"
        self.key_days = (
            "SELECT k.id, k.daily_limit, d.spent FROM accounts_apikey k "
            f"LEFT JOIN credits_keyday d ON d.api_key_id = k.id AND d.day = {mark} WHERE k.id {any_of}"
        )
        self.key_day = (
            f"{_insert('credits_keyday', ('api_key_id', 'day', 'spent'), mark)} "
            "ON CONFLICT (api_key_id, day) DO UPDATE SET spent=excluded.spent"
        )
        #: A row comes back if this shortage was not told of lately.
        self.shortage = (
            f"{_insert('credits_shortage', ('account_id', 'graph', 'told_at'), mark)} "
            "ON CONFLICT (account_id, graph) DO UPDATE SET told_at=excluded.told_at "
            f"WHERE credits_shortage.told_at < {mark} RETURNING id"
        )
        self.end_shortages = f"DELETE FROM credits_shortage WHERE account_id = {mark}"


def _insert(table: str, columns: Sequence[str], mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"


def _assignments(columns: Sequence[str], mark: str) -> str:
    return ", ".join(f"{column} = {mark}" for column in columns)
