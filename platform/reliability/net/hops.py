"""One request as it is sent, and what becomes of it when the server sends it elsewhere. Nothing here asks anybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from reliability.net.errors import OutwardRefused
from reliability.net.rules import DEFAULT_PORTS
from reliability.net.services import endpoint

MAX_REDIRECTS = 5
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers that go along to another origin: they say nothing about who asks.
ABOUT_THE_ANSWER = frozenset({"accept", "accept-language", "content-type", "range", "user-agent"})
#: Headers of the connection, which are not the asker's to set.
OF_THE_CONNECTION = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive"),
        *("proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding"),
        "upgrade",
    }
)
OF_THE_BODY = frozenset({"content-type", "content-language"})

#: A part of a form that carries a file: its name, its content, its type.
FilePart = tuple[str, bytes, str]


@dataclass(frozen=True, slots=True)
class Hop:
    """A request. Its parts may be secret, so it does not show them. headers: by their names in lower case."""

    method: str
    url: httpx2.URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    body: bytes | None = field(repr=False, default=None)

    def request(self, url: httpx2.URL, seconds: float) -> httpx2.Request:
        """For the client. url: where it really goes.  seconds: for each step."""
        patience = httpx2.Timeout(seconds).as_dict()
        return httpx2.Request(
            self.method, url, headers=dict(self.headers), content=self.body, extensions={"timeout": patience}
        )


def first_hop(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, Any] | None,
    json: Any,
    form: Mapping[str, str] | None,
    files: Mapping[str, FilePart] | None,
    content: bytes | None,
) -> Hop:
    """The request as its asker means it. Raises OutwardRefused for one that cannot be sent."""
    method = method.upper()
    if method not in METHODS:
        raise OutwardRefused(f"The method {method[:20]!r} is not known.")
    target = _with_params(parsed_url(url), params or {})
    try:
        encoded = httpx2.Request(method, target, data=form, files=files, json=json, content=content)
        body = encoded.read()
    except (TypeError, ValueError):
        raise OutwardRefused("The body of the request cannot be written.") from None
    own = {"content-type": encoded.headers["content-type"]} if "content-type" in encoded.headers else {}
    own |= _basic(target)
    given = {name.lower(): value for name, value in headers.items() if name.lower() not in OF_THE_CONNECTION}
    return Hop(method, _without_user(target), _together(own, given, files is not None), body or None)


def parsed_url(url: str) -> httpx2.URL:
    """Raises OutwardRefused for what is no address of the web."""
    try:
        parsed = httpx2.URL(url.strip())
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        raise OutwardRefused("This is not an address that can be asked.") from None
    return checked_url(parsed)


def _with_params(url: httpx2.URL, params: Mapping[str, Any]) -> httpx2.URL:
    try:
        return url.copy_merge_params(params)
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        raise OutwardRefused("With these parameters, this is not an address that can be asked.") from None


def checked_url(url: httpx2.URL) -> httpx2.URL:
    if url.scheme not in DEFAULT_PORTS or not url.host:
        raise OutwardRefused("Only addresses with http:// or https:// and a host may be asked.")
    return url


def next_hop(hop: Hop, status: int, location: str | None) -> Hop | None:
    """Where the answer to this request sends it on; None if it is the answer.

    Another origin is not told who asks: only headers about the answer go along. A body goes to the same origin, or from
    http to https of the same host. Source: RFC 9110 §15.4, and the fetch standard for the change of method.
    """
    if status not in REDIRECTS or not location:
        return None
    try:
        url = _without_user(checked_url(hop.url.join(location)))
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        raise OutwardRefused(f"{hop.url.host} redirects to something that is no address.") from None
    onward = _without_body(hop) if _becomes_get(hop.method, status) else hop
    if _origin(url) != _origin(hop.url):
        if onward.body is not None and not _is_upgrade(hop.url, url):
            raise OutwardRefused(
                f"{hop.url.host} redirects a request and its body to {url.host}: it is not sent there."
            )
        onward = replace(
            onward, headers={name: value for name, value in onward.headers.items() if name in ABOUT_THE_ANSWER}
        )
    return replace(onward, url=url)


def _becomes_get(method: str, status: int) -> bool:
    return (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST")


def _without_body(hop: Hop) -> Hop:
    headers = {name: value for name, value in hop.headers.items() if name not in OF_THE_BODY}
    return replace(hop, method="GET", headers=headers, body=None)


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, *endpoint(url)


def _is_upgrade(old: httpx2.URL, new: httpx2.URL) -> bool:
    """From http to https of the same host, each at its usual port."""
    return (_origin(old), _origin(new)) == (("http", old.host, 80), ("https", old.host, 443))


def _basic(url: httpx2.URL) -> dict[str, str]:
    """A name and password in the address, as the header that carries them."""
    if not url.userinfo:
        return {}
    request = next(httpx2.BasicAuth(url.username, url.password).auth_flow(httpx2.Request("GET", url)))
    return {"authorization": request.headers["authorization"]}


def _without_user(url: httpx2.URL) -> httpx2.URL:
    return url.copy_with(userinfo=b"", fragment=None)


def _together(own: dict[str, str], given: dict[str, str], is_form_with_files: bool) -> dict[str, str]:
    """What the asker says counts, but for the type of a form with files, which names the border between its parts."""
    if is_form_with_files:
        given.pop("content-type", None)
    return {"user-agent": "Sluice", "accept": "*/*"} | own | given
