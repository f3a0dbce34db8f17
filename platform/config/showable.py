"""What operators may see of the settings in force. What is not named here stays hidden, so a new setting does. Pure."""

from typing import Any
from urllib.parse import urlsplit

#: Shown as they are: limits, times and switches, and names and places that are nobody's secret.
PLAIN = frozenset(
    {
        "ACTIVITY_SUMMARY", "ACTIVITY_SUMMARY_MODEL", "ALERT_TIMEOUT_SECONDS", "ALLOWED_HOSTS", "ANSWER_STALL_SECONDS",
        "API_ANONYMOUS_PER_MINUTE", "API_FAILED_SIGN_INS_PER_MINUTE", "API_KEYS_PER_USER_MAX",
        "API_REQUESTS_PER_MINUTE", "AUTO_TOP_UP_DAILY_MAX_CREDITS", "BLOCKING_THREADS", "BLOCKS_FOLDER",
        "BLOCK_MODULES", "BLOCK_WAIT_SECONDS", "CHECKOUT_MINUTES", "CLOCK_METRICS_PORT", "CODE_BLOCKS_ENABLED",
        "CODE_HOSTS", "CORS_ALLOWED_ORIGINS", "CREDENTIALS_PER_USER_MAX", "CSRF_TRUSTED_ORIGINS",
        "DATABASE_METRICS", "DEBUG", "DELIVERY_LOG_DAYS", "DISABLED_BLOCKS", "DISPATCH_WINDOW", "EMAIL_FROM",
        "EMAIL_TIMEOUT_SECONDS", "ENDPOINTS_PER_USER_MAX", "ENDPOINT_FAILING_DAYS", "ENDPOINT_TIMEOUT_SECONDS",
        "EXECUTION_FEE_CREDITS", "EXECUTION_FEE_EVERY", "EXECUTION_MAX_COST", "EXECUTION_MAX_SECONDS",
        "EXECUTION_STATE_MAX_BYTES",
        "GRAPHS_PER_USER_MAX", "GRAPH_MAX_BYTES", "GRAPH_MAX_LINKS", "GRAPH_MAX_NODES", "HEARTBEAT_MAX_SECONDS",
        "IDEMPOTENCY_KEY_DAYS", "INPUT_MAX_BYTES", "JOB_MAX_BYTES", "JOURNAL_LINGER_MILLISECONDS",
        "LATE_QUEUED_SECONDS", "LEASE_RENEW_SECONDS", "LEASE_SECONDS", "LIVE_TEXTS_ENABLED", "LOG_FORMAT",
        "LOG_LEVEL", "MAX_CLAIMS", "MODEL_HOLD_OUTPUT_TOKENS", "MODEL_PRICE_MARGIN_PERCENT", "MODEL_PROVIDER",
        "MODEL_UNKNOWN_PRICE", "MODERATION_FAILS", "MODERATION_HOOK", "MODERATION_TIMEOUT_SECONDS",
        "MONTHLY_REFILL_CREDITS", "NODES_IN_FLIGHT", "NODE_EXECUTIONS_MAX", "NODE_INPUT_MAX_BYTES",
        "NODE_LOOPS_MAX", "NODE_OUTPUTS_MAX", "NODE_OUTPUT_INLINE_BYTES", "NODE_OUTPUT_MAX_BYTES",
        "OUTWARD_MAIL_PORTS", "OUTWARD_MAX_BYTES", "OUTWARD_PORTS", "OUTWARD_TIMEOUT_SECONDS",
        "PASSWORD_RESET_SECONDS", "PAYMENT_PROVIDER", "PRESETS_PER_USER_MAX", "PRICE_HOLD_CREDITS",
        "PRICE_HOLD_MAX_SECONDS", "PRIVATE_HOSTS", "QUEUED_MAX", "QUEUED_PER_USER_MAX", "REFUND_EMAIL",
        "REFUND_TOLERANCE_CREDITS",
        "REQUEST_MAX_BYTES", "REVIEW_EXPIRED_APPROVES", "REVIEW_EXPIRES_SECONDS", "RING_AGAIN_SECONDS",
        "RQ_ALLOWED_JOBS", "RUNNING_MAX", "RUNNING_PER_GRAPH_MAX", "RUNNING_PER_USER_MAX", "SANDBOX_PAYMENTS",
        "SCHEDULES_PER_USER_MAX", "SIGN_UP_OPEN", "SLUICE_HOME", "SOCKETS_PER_USER_MAX", "SOCKET_TOKEN_IN_URL",
        "SQLITE_SYNCHRONOUS", "STAFF_SECOND_FACTOR_REQUIRED", "STARTS_PER_MINUTE_MAX", "START_CONNECT_RETRIES",
        "STATIC_ROOT", "STREAM_MAX_EVENTS", "STREAM_TTL_SECONDS", "SUBGRAPH_MAX_CHILDREN", "SUBGRAPH_MAX_DEPTH",
        "SWEEP_SECONDS", "TRUSTED_PROXIES", "UPLOADS_PER_USER_MAX", "UPLOADS_PER_USER_MAX_BYTES", "UPLOAD_MAX_BYTES",
        "VALUES_STORAGE", "VERSIONS_PER_GRAPH_MAX", "WEBHOOKS_PER_USER_MAX", "WEBHOOK_PING_SECONDS",
        "WORKER_CONCURRENCY", "WORKER_DRAIN_SECONDS", "WORKER_MEMORY_MAX_BYTES", "WORKER_METRICS_PORT",
        "WORKER_STALL_SECONDS", "WORKSPACE_MAX_BYTES", "WORKSPACE_MAX_FILES",
    }
)  # fmt: skip
#: Addresses, of which only the server is shown: whoever signs in there, and what follows, may be secret.
SERVERS = frozenset(
    {
        "DATABASE_URL", "EMAIL_URL", "MODEL_BASE_URL", "OAUTH_CALLBACK_URL", "PUBLIC_URL", "REDIS_URL", "SENTRY_DSN",
        "STRIPE_BASE_URL",
    }
)  # fmt: skip


def shown(name: str, value: Any) -> str | None:
    """What may be shown of a setting's value; None if nothing may."""
    if name in PLAIN:
        return _plain(value)
    return server(str(value)) if name in SERVERS else None


def server(address: str) -> str | None:
    """Of an address the scheme, host and port; None where they cannot be told from a secret with certainty."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    start = f"{parts.scheme}://"
    if not parts.scheme or not address.startswith(start) or "@" in address.removeprefix(start + parts.netloc):
        return None
    return f"{parts.scheme}://{host or ''}{f':{port}' if port else ''}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
