"""The address to which the browser comes back from a payment page."""

from urllib.parse import urlencode, urlsplit, urlunsplit


def return_address(page: str, outcome: str) -> str:
    """The page with `topup=<outcome>` added to its query. outcome: success or cancel."""
    parts = urlsplit(page)
    query = "&".join(filter(None, (parts.query, urlencode({"topup": outcome}))))
    return urlunsplit(parts._replace(query=query))
