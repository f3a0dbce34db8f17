"""Files over real connections: they come whole, to those who read slowly too, and who does not read costs little."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from accounts.keys import issue
from executor.files.storing import store_upload
from executor.large.files import storage
from executor.large.references import folder_of, folder_of_root, reference
from executor.models import NodeOutput
from executor.sharing.links import share
from tests.api.cast import Scene, make_scene
from tests.api.rows import add_runs, past
from tests.house.processes import wait_until
from tests.realtime.servers import Server, server

pytestmark = pytest.mark.django_db(transaction=True)

DIGEST = "a" * 64
MEGABYTE = 1024 * 1024
LARGE = bytes(range(256)) * (10 * MEGABYTE // 256)
STUCK = 20
#: Of the server, for each client that does not read.
MOST_BYTES = MEGABYTE
STALL_SECONDS = 2
UNLIMITED = {"API_ANONYMOUS_PER_MINUTE": "0", "API_REQUESTS_PER_MINUTE": "0"}
#: More than the head of an answer.
HEAD_BYTES = 4096
#: Requests that a client sends at once.
MANY = 300


@pytest.fixture(scope="module")
def daphne(django_db_setup: None, _redis: str) -> Iterator[Server]:
    with server(**UNLIMITED) as running:
        yield running


@pytest.fixture(scope="module")
def hasty(django_db_setup: None, _redis: str) -> Iterator[Server]:
    """It waits for its clients no longer than a test can."""
    with server(ANSWER_STALL_SECONDS=str(STALL_SECONDS), **UNLIMITED) as running:
        yield running


@pytest.fixture
def scene(transactional_db: None, redis_url: str) -> Scene:
    return make_scene()


def uploaded(scene: Scene, content: bytes) -> str:
    upload = store_upload(scene.ada, SimpleUploadedFile("a.bin", content), hours=1, now=timezone.now())
    return f"/api/v1/files/{upload.id}/download"


def shared(scene: Scene, content: bytes) -> str:
    """For anybody."""
    execution = past(scene)
    add_runs(execution, [[]], value=f"workspace://{DIGEST}/a.bin")
    storage().save(f"{folder_of_root(execution.id)}/workspace/{DIGEST}-a.bin", ContentFile(content))
    return f"/api/v1/public/shared/{share(execution)}/files/{DIGEST}/download"


def large_value(scene: Scene, content: bytes) -> str:
    (run,) = add_runs(past(scene), [[]])
    path = storage().save(f"{folder_of(run.execution_id, run.id)}/0", ContentFile(content))
    kept = reference(path, len(content))
    NodeOutput.objects.create(node_execution=run, index=0, name="x", data=kept, seq=1, created_at=timezone.now())
    return f"/api/v1/node-executions/{run.id}/outputs/0"


def shared_page(scene: Scene, content: bytes) -> str:
    """No file: outputs that are in the answer itself."""
    execution = past(scene)
    add_runs(execution, [[]] * 4, value="x" * (len(content) // 4))
    return f"/api/v1/public/shared/{share(execution)}"


def asked(daphne: Server, address: str, *headers: str, kept_bytes: int = 4 * HEAD_BYTES) -> socket.socket:
    """A client that has the beginning of its answer to read. kept_bytes: by the kernel, until it reads."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kept_bytes)
    found.settimeout(60)
    found.connect(("127.0.0.1", daphne.port))
    found.sendall("\r\n".join([f"GET {address} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode())
    wait_until(lambda: len(found.recv(HEAD_BYTES, socket.MSG_PEEK)) == HEAD_BYTES)
    return found


def is_cut(found: socket.socket) -> bool:
    """Whether the server has ended the connection, seen without reading."""
    poll = select.poll()
    poll.register(found, 0)
    return bool(poll.poll(0))


def databases(daphne: Server) -> int:
    """How many connections the server has to its database."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")
            return int(cursor.fetchone()[0])
    return daphne.open_files.count(str(connection.settings_dict["NAME"]))


def threads(daphne: Server) -> int:
    return sum(1 for _ in Path(f"/proc/{daphne.pid}/task").iterdir())


def sockets(daphne: Server) -> int:
    return sum(name.startswith("socket:") for name in daphne.open_files)


@pytest.mark.parametrize("kept", [uploaded, shared, large_value])
def test_file_comes_whole(scene: Scene, daphne: Server, kept: object) -> None:
    address, http = kept(scene, LARGE), HTTPConnection("127.0.0.1", daphne.port, timeout=60)  # type: ignore[operator]
    for _ in range(2):  # over one connection
        http.request("GET", address, headers={"X-API-Key": issue(scene.ada, name="tests")[1]})
        answer = http.getresponse()
        assert (answer.status, answer.getheader("Content-Length")) == (200, str(len(LARGE)))
        assert answer.read() == LARGE
    http.close()


def test_head_of_a_file_comes_without_it(scene: Scene, daphne: Server) -> None:
    address, http = shared(scene, LARGE), HTTPConnection("127.0.0.1", daphne.port, timeout=60)
    for method, content in [("HEAD", b""), ("GET", LARGE)]:  # over one connection
        http.request(method, address)
        answer = http.getresponse()
        assert (answer.status, answer.getheader("Content-Length")) == (200, str(len(LARGE)))
        assert answer.read() == content
    http.close()


def test_requests_over_one_connection_leave_nothing_behind(scene: Scene, daphne: Server) -> None:
    """They are sent at once, so that each waits for the one before."""
    asks = f"GET {shared(scene, LARGE)} HTTP/1.1\r\nHost: localhost\r\n"
    before = threads(daphne)
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", daphne.port), 60) as found:
            found.sendall(f"{asks}\r\n{asks}\r\n{asks}Connection: close\r\n\r\n".encode())
            assert len(b"".join(iter(lambda: found.recv(MEGABYTE), b""))) > 3 * len(LARGE)
    wait_until(lambda: threads(daphne) <= before and databases(daphne) == 0, seconds=10)


def test_client_that_reads_slowly_gets_it_whole(scene: Scene, hasty: Server) -> None:
    """It takes longer for the whole than it may take for a part."""
    began, found = time.monotonic(), asked(hasty, shared(scene, LARGE), "Connection: close", kept_bytes=MEGABYTE)
    parts = []
    with found:
        while part := found.recv(MEGABYTE // 4, socket.MSG_WAITALL):
            parts.append(part)
            time.sleep(0.1)
    assert b"".join(parts).endswith(b"\r\n\r\n" + LARGE)
    assert time.monotonic() - began > 1.5 * STALL_SECONDS


@pytest.mark.parametrize("kept", [shared, shared_page])
def test_clients_that_do_not_read_hold_little_and_no_connection_to_the_database(
    scene: Scene, daphne: Server, kept: object
) -> None:
    address = kept(scene, LARGE[: 3 * MEGABYTE] if kept is shared_page else LARGE)  # type: ignore[operator]
    wait_until(lambda: databases(daphne) == 0)
    with ExitStack() as open_clients:
        asked(daphne, address).close()
        before = daphne.resident_bytes
        for _ in range(STUCK):
            open_clients.enter_context(asked(daphne, address))
        grown = daphne.resident_bytes - before
        wait_until(lambda: databases(daphne) == 0, seconds=20)  # less than they may take
    if kept is shared:
        assert grown < STUCK * MOST_BYTES


@pytest.mark.parametrize("kept", [shared, shared_page])
@pytest.mark.parametrize("header", ["Connection: close", "Connection: keep-alive"])
def test_client_that_stops_reading_is_cut(scene: Scene, hasty: Server, kept: object, header: str) -> None:
    began = time.monotonic()
    with asked(hasty, kept(scene, LARGE[: 3 * MEGABYTE]), header) as found:  # type: ignore[operator]
        assert not is_cut(found)
        wait_until(lambda: is_cut(found), seconds=5 * STALL_SECONDS)
    assert time.monotonic() - began > STALL_SECONDS


def test_client_that_leaves_the_last_part_is_let_go_too(scene: Scene, hasty: Server) -> None:
    """Of answers of many lengths, one at least ends with what the kernel does not take."""
    sizes = range(MEGABYTE // 8, MEGABYTE, MEGABYTE // 32)
    addresses = [shared(scene, LARGE[:size]) for size in sizes]
    before = sockets(hasty)
    with ExitStack() as open_clients:
        for address in addresses:
            open_clients.enter_context(asked(hasty, address, "Connection: close"))
        wait_until(lambda: sockets(hasty) <= before, seconds=30)


def test_what_a_client_sends_that_does_not_read_is_not_read_either(scene: Scene, daphne: Server) -> None:
    address = shared(scene, LARGE)
    with asked(daphne, address) as found:
        before = daphne.resident_bytes
        found.settimeout(1)
        with pytest.raises(TimeoutError):
            found.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 500_000)
        assert daphne.resident_bytes - before < 5 * MOST_BYTES


def test_answers_that_nobody_reads_do_not_pile_up_and_are_cut(scene: Scene, hasty: Server) -> None:
    """Each of them is one part."""
    address = shared_page(scene, LARGE[:60_000])
    asked(hasty, address).close()
    before = hasty.resident_bytes
    with asked(hasty, address) as found:
        found.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * MANY)
        wait_until(lambda: is_cut(found), seconds=10 * STALL_SECONDS)
        assert hasty.resident_bytes - before < 10 * MOST_BYTES


def test_answers_that_were_asked_for_at_once_come_in_order(scene: Scene, daphne: Server) -> None:
    address = shared_page(scene, LARGE[:60_000])
    with asked(daphne, address) as found:
        found.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * MANY)
        found.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        got = b"".join(iter(lambda: found.recv(MEGABYTE), b""))
    assert got.count(b"HTTP/1.1 200 OK") == MANY + 2


def test_file_that_breaks_off_does_not_look_whole(scene: Scene) -> None:
    address = shared(scene, LARGE)
    with server(VALUES_STORAGE="tests.api.breaking_storage.BreakingStorage") as breaking:
        for _ in range(2):
            http = HTTPConnection("127.0.0.1", breaking.port, timeout=20)
            http.request("GET", address)
            with pytest.raises((IncompleteRead, ConnectionResetError)):
                http.getresponse().read()
            http.close()
