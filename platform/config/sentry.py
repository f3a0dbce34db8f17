"""What of an error leaves for Sentry: where in our code it happened, and in which execution; never what it worked on.

Everything in an event that may quote an input, an output or a secret is left out: the texts of exceptions and the
values in log lines, request bodies, query strings, headers, cookies, local variables, and the breadcrumbs.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.transport import Transport
from sentry_sdk.types import Event, Hint

from reliability.errors import SluiceError

#: What our log lines tell in `extra`, as far as it is made by us.
TOLD = ("action", "execution", "node", "block", "kind", "job", "task", "where")
#: From this status on an error of ours is a fault.
FAULT = 500
TAG_CHARACTERS = 200


def report_errors(dsn: str, *, transport: Transport | None = None) -> None:
    """From now on, if there is a DSN. transport: instead of the network, for tests."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=fit_to_leave,
    )


def fit_to_leave(event: Event, hint: Hint) -> Event | None:
    """The event without what users have put in; None if it is no fault."""
    if is_expected(hint):
        return None
    tags = dict(event.get("tags") or {})
    record = hint.get("log_record")
    tags |= {name: str(value)[:TAG_CHARACTERS] for name in TOLD if (value := getattr(record, name, None))}
    event["tags"] = tags
    for name in ("extra", "breadcrumbs", "contexts", "message"):
        event.pop(name, None)  # type: ignore[misc]
    if (event.get("transaction_info") or {}).get("source") == "url":  # an address that nobody has declared
        event.pop("transaction", None)
    if "user" in event:
        event["user"] = {"id": event["user"].get("id", "")}
    if "logentry" in event:
        event["logentry"] = {"message": str(event["logentry"].get("message", ""))}
    if "request" in event:
        event["request"] = {"method": event["request"].get("method", "")}
    for one in (event.get("exception") or {}).get("values", ()):
        one["value"] = ""
        one.pop("mechanism", None)
    return event


def is_expected(hint: Hint) -> bool:
    """An error that its causer hears of: it is nobody's fault."""
    error: Any = (hint.get("exc_info") or (None, None, None))[1]
    return isinstance(error, SluiceError) and error.http_status < FAULT
