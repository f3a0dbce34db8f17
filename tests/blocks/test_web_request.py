"""SendWebRequest and its authenticated form, over the real door."""

import json
from typing import Any

import pytest

from blocks.credentials import CredentialType
from blocks.errors import BlockError
from blocks.library.web_request import SendAuthenticatedWebRequestBlock, SendWebRequestBlock
from blocks.outward import DoorWeb
from reliability.net.door import Door
from reliability.net.rules import Rules
from reliability.secrets import Secret
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, Emitted, make_credential, outputs, references
from tests.world.server import World

ITEMS = "https://api.example.org/items"


async def send(world: World, **inputs: Any) -> Emitted:
    return await outputs(SendWebRequestBlock(), {"url": ITEMS, **inputs}, make_context(web=world.web()))


@pytest.mark.parametrize(
    ("said", "emitted"),
    [
        ({"id": 7}, ("response", {"id": 7})),
        ((201, [1, 2]), ("response", [1, 2])),
        ((299, "fine", {"Content-Type": "text/plain"}), ("response", "fine")),
        ((204, ""), ("response", None)),
        ((200, ""), ("response", None)),
        ((200, "null", {"Content-Type": "application/json"}), ("response", None)),
        ((200, "{not json", {"Content-Type": "application/json"}), ("response", "{not json")),
        ((200, '{"a": 1}', {"Content-Type": "text/plain"}), ("response", '{"a": 1}')),
        ((200, '{"a": 1}', {"Content-Type": "application/problem+json; charset=utf-8"}), ("response", {"a": 1})),
        ((200, "été".encode("latin-1"), {"Content-Type": "text/plain; charset=latin-1"}), ("response", "été")),
        ((400, {"why": "no"}), ("client_error", {"why": "no"})),
        ((404, "gone"), ("client_error", "gone")),
        ((499, ""), ("client_error", None)),
        ((500, "oops"), ("server_error", "oops")),
        ((304, ""), ("server_error", None)),
    ],
)
async def test_status_decides_the_output_and_the_type_its_value(
    said: Any, emitted: tuple[str, Any], world: World
) -> None:
    world.says(f"POST {ITEMS}", said)

    assert await send(world) == [emitted]
    assert len(world.calls) == 1


@pytest.mark.parametrize(
    ("inputs", "body", "kind"),
    [
        ({"body": {"a": 1}}, b'{"a":1}', "application/json"),
        ({"body": '{"a": 1}'}, b'{"a":1}', "application/json"),
        ({"body": "[1, 2]"}, b"[1,2]", "application/json"),
        ({"body": "hello"}, b'"hello"', "application/json"),
        ({"body": {}}, b"{}", "application/json"),
        ({"body": None}, b"", None),
        ({"body": ""}, b"", None),
        (
            {"body": {"a": "x y", "b": [1]}, "json_format": False},
            b"a=x+y&b=%5B1%5D",
            "application/x-www-form-urlencoded",
        ),
        ({"body": "hello", "json_format": False}, b"hello", None),
        ({"body": "<a/>", "json_format": False, "headers": {"content-type": "text/xml"}}, b"<a/>", "text/xml"),
    ],
)
async def test_body_is_sent_as_it_is_meant(inputs: dict[str, Any], body: bytes, kind: str | None, world: World) -> None:
    world.says(f"POST {ITEMS}", {})

    await send(world, **inputs)

    [call] = world.calls
    assert (call.body.replace(b", ", b",").replace(b": ", b":"), call.headers.get("content-type")) == (body, kind)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_method_is_the_one_that_was_chosen(method: str, world: World) -> None:
    world.says(f"{method} {ITEMS}", {"ok": True})

    assert await send(world, method=method, headers={"X-Number": 5}) == [("response", {"ok": True})]
    assert world.calls[0].headers["x-number"] == "5"


async def test_files_are_sent_as_a_form(world: World) -> None:
    world.says(f"POST {ITEMS}", {})

    await send(world, files=["data:text/plain,Hi"], body={"title": "x"}, headers={"Content-Type": "application/json"})
    await send(world, files=["data:text/plain,Hi", "data:text/plain,Ho"], files_name="part")

    one, two = world.calls
    assert one.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert one.form == {"title": "x"}
    assert b'name="file"; filename="file.txt"' in one.body
    assert all(name in two.body for name in (b'name="part0"', b'name="part1"', b"Hi", b"Ho"))


@pytest.mark.parametrize("body", [[1, 2], 5, "[1]"])
async def test_form_needs_fields(body: Any, world: World) -> None:
    with pytest.raises(BlockError, match="The body of a form must be an object"):
        await send(world, body=body, json_format=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp://example.org", "http://169.254.169.254/", "what?"])
async def test_what_may_not_be_asked_is_an_error_of_the_block(url: str, world: World) -> None:
    with pytest.raises(BlockError):
        await send(world, url=url)


async def test_server_that_says_nothing_is_given_up(world: World) -> None:
    world.says_nothing(f"POST {ITEMS}")

    with pytest.raises(BlockError, match=r"api\.example\.org did not answer within 0\.2 seconds"):
        await outputs(SendWebRequestBlock(), {"url": ITEMS}, make_context(web=world.web(max_seconds=0.2)))


async def authenticated(world: World, **inputs: Any) -> Emitted:
    block = SendAuthenticatedWebRequestBlock()
    context = make_context(
        web=world.web(), credentials={"credentials": make_credential("http", CredentialType.HOST_SCOPED)}
    )
    return await outputs(block, references(block) | {"url": ITEMS, **inputs}, context)


async def test_headers_of_the_credential_are_sent(world: World) -> None:
    world.says(f"POST {ITEMS}", {})

    await authenticated(world, headers={"X-Other": "1"})

    assert (world.calls[0].headers["x-api-key"], world.calls[0].headers["x-other"]) == (CANARY, "1")


async def test_credential_goes_to_no_other_host(world: World) -> None:
    world.says("POST https://elsewhere.example.org/items", {})

    with pytest.raises(BlockError, match=r"elsewhere\.example\.org is not among the hosts") as caught:
        await authenticated(world, url="https://elsewhere.example.org/items")
    assert world.calls == []
    assert CANARY not in str(caught.value)


async def test_credential_does_not_follow_a_redirect_to_another_host(world: World) -> None:
    world.says(f"GET {ITEMS}", (302, "", {"Location": "https://elsewhere.example.org/items"}))
    world.says("GET https://elsewhere.example.org/items", {})

    with pytest.raises(BlockError, match="not among the hosts"):
        await authenticated(world, method="GET")
    assert [call.address for call in world.calls] == [ITEMS]


async def test_credential_without_a_host_goes_nowhere() -> None:
    block = SendAuthenticatedWebRequestBlock()
    credential = make_credential("http", CredentialType.HOST_SCOPED, hosts=frozenset())

    with pytest.raises(BlockError, match="names no host"):
        await outputs(block, references(block) | {"url": ITEMS}, make_context(credentials={"credentials": credential}))


async def test_secret_header_is_never_in_an_error(world: World) -> None:
    bad = make_credential(
        "http", CredentialType.HOST_SCOPED, headers={"X-Key": Secret(f"{CANARY}\n")}, hosts=frozenset({"a.org"})
    )
    block = SendAuthenticatedWebRequestBlock()
    context = make_context(
        web=DoorWeb(Door(Rules(services={"a.org": world.server.url_for("")}))), credentials={"credentials": bad}
    )

    with pytest.raises(BlockError) as caught:
        await outputs(block, references(block) | {"url": "https://a.org"}, context)
    assert CANARY not in repr(caught.value) + repr(caught.value.__cause__) + json.dumps(caught.value.data)
