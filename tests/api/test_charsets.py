"""Bodies in odd charsets, as servers hand them in: they are refused, and never a fault of ours."""

import asyncio
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from accounts.keys import issue
from api.request_shape import CONTENT_TYPE_MAX_LENGTH
from tests.api.cast import Scene, make_scene

pytestmark = pytest.mark.django_db(transaction=True)

KEYS, UPLOAD, PAGE = "/api/v1/api-keys", "/api/v1/files/upload", "/sign-in"
JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
ODD = [
    *("hex", "rot13", "base64", "zlib", "uu", "quopri", "idna", "punycode", "undefined", "unicode_escape", "utf-7"),
    *("utf-16", "utf-32", "nonsense", "x" * 5000, "é", "a.b", "../a", "charmap", '"hex"', "utf-8; charset=hex"),
]
UNREADABLE = [
    "application/json; charset*=hex''utf-8",
    "application/json; charset*=undefined''utf-8",
    "application/json; charset*0=utf; charset*1=-8",
    "application/json; x*=nonsense''y",
    "application/json; x*=utf-8''%00",
    "multipart/form-data; boundary*=nonsense''x",
    f"application/json; x={'y' * CONTENT_TYPE_MAX_LENGTH}",
]
TAKEN = ["utf-8", "UTF-8", "utf8", '"utf-8"', "us-ascii", "ISO-8859-1", "latin1", "windows-1252", ""]
PART = "--x\r\nContent-Disposition: form-data; name=file; filename{}\r\nContent-Type: a/b{}\r\n\r\nHi\r\n--x--\r\n"
IN_PARTS = [
    PART.format("=a.txt", "; charset=hex"),
    PART.format("=a.txt", "; charset*=undefined''x"),
    PART.format("*=hex''a.txt", ""),
    PART.format("*=undefined''a.txt", ""),
    PART.format("*=nonsense''a.txt", ""),
    PART.format("*=utf-16''a.txt", "; x*=hex''y"),
    "--x\r\nContent-Disposition: form-data; name*=hex''email; x\r\n\r\nHi\r\n--x--\r\n",
    "--x\r\nContent-Disposition: form-data; name=email\r\nContent-Type: a/b; charset=idna\r\n\r\nHi\r\n--x--\r\n",
]

#: Status, content type, body.
Answer = tuple[int, str, bytes]
Ask = Callable[..., Answer]


def by_wsgi(method: str, path: str, kind: str, body: bytes = b"", key: str = "") -> Answer:
    from config.wsgi import application

    told: dict[str, Any] = {}
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "a=1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
        "HTTP_X_API_KEY": key,
    }
    parts = application(environ, lambda status, headers: told.update(status=status, headers=dict(headers)))
    content = b"".join(parts)
    parts.close()
    return int(told["status"].split()[0]), told["headers"].get("Content-Type", ""), content


def by_asgi(method: str, path: str, kind: str, body: bytes = b"", key: str = "") -> Answer:
    from config.asgi import application

    return asyncio.run(_by_asgi(application, method, path, kind, body, key))


async def _by_asgi(application: Any, method: str, path: str, kind: str, body: bytes, key: str) -> Answer:
    sent = {"host": "localhost", "content-type": kind, "content-length": str(len(body)), "x-api-key": key}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"a=1",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
    }
    client = ApplicationCommunicator(application, scope)
    await client.send_input({"type": "http.request", "body": body})
    start = await client.receive_output(60)
    content, more = b"", True
    while more:
        part = await client.receive_output(60)
        content, more = content + part.get("body", b""), part.get("more_body", False)
    await client.wait(60)
    return start["status"], dict(start["headers"]).get(b"Content-Type", b"").decode(), content


@pytest.fixture(params=[by_wsgi, by_asgi])
def ask(request: pytest.FixtureRequest, redis_url: str) -> Ask:
    found: Ask = request.param
    return found


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


def key_of(scene: Scene) -> str:
    return issue(scene.ada, name="raw")[1]


def is_refused(answer: Answer) -> bool:
    status, kind, body = answer
    return status in (400, 415) and kind == "application/problem+json" and json.loads(body)["status"] == status


@pytest.mark.parametrize("charset", ODD, ids=lambda charset: charset[:20])
def test_odd_charset_is_refused_everywhere(ask: Ask, scene: Scene, charset: str) -> None:
    key = key_of(scene)
    for path in (KEYS, UPLOAD, PAGE, "/", "/api/v1/public/shared/x", "/nowhere"):
        for kind in (JSON, FORM, MULTIPART, "text/plain"):
            assert is_refused(ask("POST", path, f"{kind}; charset={charset}", b'{"name": "x"}', key)), (path, kind)
        assert is_refused(ask("GET", path, f"{JSON}; charset={charset}", b"", key)), path


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("path", [KEYS, UPLOAD, PAGE])
def test_header_that_cannot_be_read_is_refused(ask: Ask, scene: Scene, kind: str, path: str) -> None:
    assert is_refused(ask("POST", path, kind, b"{}", key_of(scene)))


@pytest.mark.parametrize("charset", TAKEN)
def test_usual_charset_is_taken(ask: Ask, scene: Scene, charset: str) -> None:
    body = b'{"name": "x", "permissions": ["IDENTITY"]}'
    assert ask("POST", KEYS, f"{JSON}; charset={charset}", body, key_of(scene))[0] == 200
    assert ask("GET", PAGE, f"text/plain; charset={charset}")[0] == 200


@pytest.mark.parametrize("body", IN_PARTS)
def test_odd_charset_of_a_part_is_no_fault_of_ours(ask: Ask, scene: Scene, body: str) -> None:
    status, kind, _ = ask("POST", UPLOAD, MULTIPART, body.encode(), key_of(scene))
    assert status == 201 or (status, kind) == (400, "application/problem+json")
    assert ask("POST", PAGE, MULTIPART, body.encode())[0] == 403  # it has no CSRF token
