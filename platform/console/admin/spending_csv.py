"""The filtered ledger as CSV. It is written while it is read, so that its size does not matter."""

import csv
import io
from collections.abc import AsyncIterator, Generator, Sequence
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from credits.naming import block_name, graph_names
from credits.spending import Filter

#: Rows that are read, and sent, at a time.
CHUNK = 2000
COLUMNS = (
    "created_at",
    "account__user__email",
    "type",
    "amount",
    "running_balance",
    "reason",
    "block",
    "graph",
    "execution",
    "actor__email",
    "key",
    "id",
    "reverses_id",
)
HEAD = (
    "time (UTC)",
    "user",
    "type",
    "amount (credits)",
    "balance after (credits)",
    "reason",
    "block",
    "block id",
    "graph",
    "graph id",
    "execution",
    "actor",
    "key",
    "transaction",
    "reverses",
)
GRAPH = COLUMNS.index("graph")
#: What makes a spreadsheet take a text for a formula, at its beginning (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_response(request: HttpRequest, wanted: Filter) -> StreamingHttpResponse:
    """Django gathers a plain iterator up when it serves ASGI, so there it gets an asynchronous one."""
    parts = csv_parts(wanted)
    content = _unhurried(parts) if isinstance(request, ASGIRequest) else parts
    headers = {"Content-Disposition": 'attachment; filename="spending.csv"'}
    return StreamingHttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def csv_parts(wanted: Filter) -> Generator[str, None, None]:
    """The head, then CHUNK rows at a time."""
    rows = wanted.rows().values_list(*COLUMNS).iterator(chunk_size=CHUNK)
    graphs: dict[str, str] = {}
    yield _written([HEAD])
    while chunk := list(islice(rows, CHUNK)):
        graphs |= graph_names({row[GRAPH] for row in chunk} - graphs.keys())
        yield _written([_cells(row, graphs) for row in chunk])


def safe(text: str) -> str:
    """The text, marked as one where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _cells(row: Sequence[Any], graphs: dict[str, str]) -> list[str | int]:
    at, user, type, amount, balance, reason, block, graph, *rest = row
    texts = [reason, block_name(block), block, graphs.get(graph), graph, *rest]
    return [at.isoformat(), safe(user), type, amount, balance, *(safe(str(text or "")) for text in texts)]


def _written(rows: Sequence[Sequence[str | int]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)  # other separators must not end a text
    return text.getvalue()


async def _unhurried(parts: Generator[str, None, None]) -> AsyncIterator[str]:
    """Each part is read in the request's own thread, when the one before has been sent."""

    def following() -> str:
        return next(parts, "")

    try:
        while part := await sync_to_async(following)():
            yield part
    finally:
        await sync_to_async(parts.close)()
