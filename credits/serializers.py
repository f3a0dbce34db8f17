"""Credits as the API takes and shows them, in the shapes of the AutoGPT Platform where it has them."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from credits.cursors import next_cursor
from credits.history import Item, Page
from credits.models import Account, Hold, HoldStatus, TransactionType
from credits.usage import GROUPS, Line

ITEMS_MAX, ITEMS = 1000, 100
#: The longest time that usage is added up over.
USAGE_DAYS_MAX, USAGE_DAYS = 366, 30
CODE_MAX_LENGTH = 100


class HistoryQuery(serializers.Serializer[Any]):
    """cursor: where the last page ended; it stands for all but the type and the number of items."""

    transaction_time = serializers.DateTimeField(required=False)
    transaction_type = serializers.ChoiceField(TransactionType.choices, required=False, default="")
    transaction_count_limit = serializers.IntegerField(min_value=1, max_value=ITEMS_MAX, default=ITEMS)
    cursor = serializers.CharField(required=False, max_length=1000)


class HoldsQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(HoldStatus.choices, default=HoldStatus.OPEN)
    limit = serializers.IntegerField(min_value=1, max_value=ITEMS_MAX, default=ITEMS)


class UsageQuery(serializers.Serializer[Any]):
    """since, until: moments, or days, which begin at midnight UTC; what happens at `until` is not in."""

    group_by = serializers.ChoiceField(list(GROUPS))
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=CODE_MAX_LENGTH)


def account_body(account: Account, *, spent_today: int) -> dict[str, Any]:
    return {
        "credits": account.balance,
        "available": account.available,
        "held": account.held,
        "overdraft": account.overdraft,
        "debt": account.debt,
        "low_balance_threshold": account.low_balance_threshold,
        "daily_limit": account.daily_limit,
        "spent_today": spent_today,
        "frozen": account.frozen_at is not None,
    }


def page_body(page: Page, account: Account, *, type: str) -> dict[str, Any]:
    return {
        "transactions": [item_body(item, current_balance=page.snapshot.balance) for item in page.items],
        "next_transaction_time": page.next_before,
        "next_cursor": next_cursor(page, account, type=type),
    }


def item_body(item: Item, *, current_balance: int) -> dict[str, Any]:
    """The key of an execution's item is the execution's id."""
    head, is_execution = item.head, item.is_execution
    return {
        "transaction_key": head.execution if is_execution else head.key,
        "transaction_time": head.created_at,
        "transaction_type": head.type,
        "amount": item.amount,
        "running_balance": head.running_balance,
        "current_balance": current_balance,
        "description": item.description,
        "usage_graph_id": head.graph if is_execution else None,
        "usage_execution_id": head.execution if is_execution else None,
        "usage_node_count": item.node_count if is_execution else 0,
        "usage_start_time": item.started_at if is_execution else None,
    }


def hold_body(hold: Hold) -> dict[str, Any]:
    return {
        "id": str(hold.pk),
        "status": hold.status,
        "amount": hold.amount,
        "cost": hold.cost,
        "execution_id": hold.execution_id,
        "graph_id": hold.reference.get("graph"),
        "block_id": hold.reference.get("block"),
        "created_at": hold.created_at,
        "expires_at": hold.expires_at,
        "closed_at": hold.closed_at,
    }


def usage_body(group_by: str, since: datetime, until: datetime, lines: list[Line]) -> dict[str, Any]:
    return {
        "group_by": group_by,
        "since": since,
        "until": until,
        "credits": sum(line.credits for line in lines),
        "usage": [
            {group_by: line.key, "name": line.name, "credits": line.credits, "count": line.count} for line in lines
        ],
    }
