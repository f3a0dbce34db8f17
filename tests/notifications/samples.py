"""One good notice of each type."""

from typing import Any

from accounts.wishes import NotificationType

UTC_NOON = "2026-11-28T12:00:00Z"
FIGURES = {
    "total_credits_used": 1234,
    "total_executions": 42,
    "most_used_agent": "Daily news",
    "total_execution_time": 815.25,
    "successful_runs": 40,
    "failed_runs": 2,
    "average_execution_time": 19.4,
    "cost_breakdown": {"Daily news": 1000, "Answers to mail": 234},
}
REFUND = {
    "user_id": "0193",
    "user_name": "Grace",
    "user_email": "grace@example.org",
    "transaction_id": "payment:1",
    "refund_request_id": "r1",
    "reason": "A mistake",
    "amount": 500,
    "balance": 1000,
}
_AGENT = {"agent_name": "Daily news", "graph_id": "g"}

SAMPLES: dict[NotificationType, dict[str, Any]] = {
    NotificationType.AGENT_RUN: _AGENT
    | {
        "credits_used": 12,
        "execution_time": 3.5,
        "node_count": 7,
        "outputs": [{"name": "headline", "values": ["Rain <b>tomorrow</b>", "Sun & wind"]}],
    },
    NotificationType.ZERO_BALANCE: {
        "agent_name": "Daily news",
        "current_balance": 4,
        "billing_page_link": "https://sluice.example.org/credits",
        "shortfall": 6,
        "attempted": 10,
        "graph_id": "g",
    },
    NotificationType.LOW_BALANCE: {
        "current_balance": 480,
        "billing_page_link": "https://sluice.example.org/credits",
    },
    NotificationType.BLOCK_EXECUTION_FAILED: {
        "block_name": "SendEmail",
        "block_id": "b",
        "error_message": "The mail server has answered 550: <unknown user>.",
        "graph_id": "g",
        "node_id": "n",
        "execution_id": "e",
        "agent_name": "Daily news",
        "count": 4,
    },
    NotificationType.CONTINUOUS_AGENT_ERROR: _AGENT
    | {
        "error_message": "The page answered 503.",
        "execution_id": "e",
        "start_time": UTC_NOON,
        "error_time": UTC_NOON,
        "attempts": 8,
    },
    NotificationType.DAILY_SUMMARY: FIGURES | {"date": "2026-11-27"},
    NotificationType.WEEKLY_SUMMARY: FIGURES | {"start_date": "2026-11-16", "end_date": "2026-11-22"},
    NotificationType.MONTHLY_SUMMARY: FIGURES | {"month": 10, "year": 2026},
    NotificationType.REFUND_REQUEST: REFUND,
    NotificationType.REFUND_PROCESSED: REFUND,
    NotificationType.AWAITING_REVIEW: _AGENT | {"execution_id": "e", "questions": 2},
    NotificationType.EXECUTION_STOPPED: _AGENT | {"execution_id": "e", "credits_used": 3},
    NotificationType.CREDENTIAL_EXPIRING: {"title": "My key", "provider": "github", "expires_at": UTC_NOON},
    NotificationType.SCHEDULE_PAUSED: {
        "schedule_name": "Every morning",
        "agent_name": "Daily news",
        "graph_id": "g",
        "reason": "Five executions in a row have failed.",
    },
}
