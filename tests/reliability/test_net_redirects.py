"""A redirect is a new request: it is checked again, and another origin is not told who asks."""

import base64

import httpx2
import pytest

from reliability.net.errors import OutwardRefused
from reliability.net.hops import Hop, first_hop, next_hop, parsed_url
from tests.reliability.raw_server import FORBIDDEN, raw_server, redirect, response
from tests.reliability.test_net_door import door_to

SECRETS = {
    "authorization": "Bearer canary",
    "cookie": "session=canary",
    "x-api-key": "canary",
    "x-custom": "canary",
}
HARMLESS = {"accept": "text/html", "user-agent": "Sluice"}


def hop(method: str = "GET", url: str = "https://a.example.org/x", body: bytes | None = None) -> Hop:
    content = {"content-type": "text/plain"} if body else {}
    return Hop(method, parsed_url(url), SECRETS | HARMLESS | content, body)


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "//127.0.0.1:{port}/"),
        *("http://0x7f.1:{port}/", "http://ada:x@127.0.0.1:{port}/", "file:///etc/passwd", "ftp://127.0.0.1/"),
        *("http://169.254.169.254/", "gopher://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "http://[::1"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_inside_is_not_followed(location: str, status: int) -> None:
    async with raw_server(response(b"secret"), host="::") as canary, raw_server() as server:
        server.answer = redirect(location.replace("{port}", str(canary.port)), status)
        door = door_to(server, canary)
        with pytest.raises(OutwardRefused):
            await door.request("GET", server.url)
        await door.close()

    assert canary.connections == 0


async def test_redirects_are_followed_five_times_and_no_more() -> None:
    async with raw_server(response(b"there")) as server:
        server.answers = {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 7)}
        door = door_to(server)

        assert (await door.request("GET", f"{server.url}/2")).body == b"there"
        with pytest.raises(OutwardRefused, match="more than 5 times"):
            await door.request("GET", f"{server.url}/1")
        await door.close()


async def test_every_hop_must_be_a_listed_host() -> None:
    async with raw_server(response(b"there")) as server:
        server.answers = {"/1": redirect(f"http://{FORBIDDEN}:{server.port}/2")}
        with pytest.raises(OutwardRefused, match="not among the hosts"):
            await door_to(server).request("GET", f"{server.url}/1", hosts=frozenset({server.host}))


async def test_other_port_is_not_told_who_asks() -> None:
    async with raw_server(response(b"there")) as other, raw_server(redirect(f"{other.url}/")) as server:
        door = door_to(server, other)
        await door.request("GET", server.url, headers=SECRETS | HARMLESS)
        await door.close()

    assert "canary" in server.heads[0]
    assert "canary" not in other.heads[0]
    assert "text/html" in other.heads[0]


async def test_same_origin_is_told_again() -> None:
    async with raw_server(response(b"there")) as server:
        server.answers = {"/1": redirect("/2")}
        door = door_to(server)
        await door.request("GET", f"{server.url}/1", headers=SECRETS)
        await door.close()

    assert [head.count("canary") for head in server.heads] == [4, 4]


@pytest.mark.parametrize(
    "location", ["https://b.example.org/", "http://a.example.org/", "https://a.example.org:8443/", "//b.example.org"]
)
def test_other_origin_gets_only_what_says_nothing_of_who_asks(location: str) -> None:
    onward = next_hop(hop(), 302, location)

    assert onward is not None
    assert onward.headers == HARMLESS


@pytest.mark.parametrize("location", ["/y", "y?z=1", "https://a.example.org:443/y", "//A.example.org/y"])
def test_same_origin_keeps_every_header(location: str) -> None:
    onward = next_hop(hop(), 302, location)

    assert onward is not None
    assert onward.headers == SECRETS | HARMLESS


@pytest.mark.parametrize(
    ("method", "status", "becomes"),
    [
        *(("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("PUT", 303, "GET")),
        *(("POST", 307, "POST"), ("POST", 308, "POST"), ("PUT", 301, "PUT"), ("DELETE", 302, "DELETE")),
        *(("HEAD", 303, "HEAD"), ("GET", 302, "GET")),
    ],
)
def test_method_after_a_redirect(method: str, status: int, becomes: str) -> None:
    onward = next_hop(hop(method, body=b"x" if method in ("POST", "PUT") else None), status, "/y")

    assert onward is not None
    assert onward.method == becomes
    assert (onward.body is None) == (becomes not in ("POST", "PUT"))
    assert ("content-type" in onward.headers) == (onward.body is not None)


@pytest.mark.parametrize(
    "location", ["https://b.example.org/", "http://a.example.org/", "https://a.example.org:8443/y"]
)
def test_body_does_not_go_to_another_origin(location: str) -> None:
    with pytest.raises(OutwardRefused, match="redirects a request and its body"):
        next_hop(hop("POST", body=b"password=canary"), 307, location)


def test_body_goes_from_http_to_https_of_the_same_host_without_the_headers() -> None:
    onward = next_hop(hop("POST", "http://a.example.org/x", b"hello"), 308, "https://a.example.org/x")

    assert onward is not None
    assert (onward.body, onward.headers) == (b"hello", HARMLESS | {"content-type": "text/plain"})


@pytest.mark.parametrize(("status", "location"), [(200, "/y"), (304, "/y"), (302, None), (302, "")])
def test_what_is_no_redirect_is_the_answer(status: int, location: str | None) -> None:
    assert next_hop(hop(), status, location) is None


def test_name_and_password_of_an_address_are_sent_and_not_shown() -> None:
    made = asked("https://ada:hunter2@a.example.org/x#part")

    assert made.headers["authorization"] == "Basic " + base64.b64encode(b"ada:hunter2").decode()
    assert str(made.url) == "https://a.example.org/x"
    assert "hunter2" not in repr(made)


def test_headers_of_the_connection_are_not_the_askers() -> None:
    made = asked("https://a.example.org", Host="inside", **{"Transfer-Encoding": "chunked", "Content-Length": "9"})

    assert set(made.headers) == {"accept", "user-agent"}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "café", "canary\u2028"])
async def test_header_that_cannot_be_sent_is_refused_without_its_value(value: str) -> None:
    async with raw_server(response()) as server:
        door = door_to(server)
        with pytest.raises(OutwardRefused) as caught:
            await door.request("GET", server.url, headers={"X-Key": value})
        await door.close()

    assert value not in str(caught.value)
    assert server.heads == []


def test_parameters_are_added_to_those_of_the_address() -> None:
    made = asked("https://a.example.org/x?a=1", params={"b": "2 3"})

    assert made.url == httpx2.URL("https://a.example.org/x?a=1&b=2+3")


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET /x HTTP/1.1\r\n", ""])
def test_other_method_is_refused(method: str) -> None:
    with pytest.raises(OutwardRefused, match="method"):
        asked("https://a.example.org", method=method)


def test_door_shows_nothing_of_an_address_but_its_host() -> None:
    assert "key" not in repr(asked("https://a.example.org/?key=canary"))


def asked(url: str, *, method: str = "GET", params: dict[str, str] | None = None, **headers: str) -> Hop:
    return first_hop(method, url, headers=headers, params=params, json=None, form=None, files=None, content=None)
