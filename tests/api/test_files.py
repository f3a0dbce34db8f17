"""Uploading files, and what graphs make of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from blocks.files import MAX_BYTES
from executor.files.content_types import content_type_of
from executor.files.models import Upload
from executor.files.storing import expire_uploads, plain_name
from executor.large.files import storage
from executor.models import NodeExecution
from tests.api.cast import Scene, client_of, make_scene
from tests.executor.building import build, result
from tests.executor.running import outputs, ran
from tests.factories import make_user
from tests.meanwhile import before_writing

UPLOAD, FILES = "/api/v1/files/upload", "/api/v1/files"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    """A storage of its own, so that what is left in it can be looked at."""
    values = settings.STORAGES["values"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"values": values}
    return tmp_path


def kept(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def send(api: APIClient, content: bytes = b"Hi", name: str = "note.txt", *, query: str = "", **headers: str) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/plain")
    return api.post(f"{UPLOAD}{query}", {"file": file}, format="multipart", headers=headers)


def uploaded(api: APIClient, content: bytes = b"Hi", name: str = "note.txt") -> dict[str, Any]:
    answer = send(api, content, name)
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json()
    return body


def test_a_file_is_kept_for_its_owner(scene: Scene, folder: Path) -> None:
    body = uploaded(scene.api)
    assert (body["file_name"], body["size"], body["content_type"]) == ("note.txt", 2, "text/plain")
    assert body["expires_in_hours"] == 24
    assert body["file_uri"] == f"upload://{body['id']}/note.txt"
    assert kept(folder) == [b"Hi"]
    told = {key: value for key, value in body.items() if key != "expires_in_hours"}
    assert scene.api.get(f"{FILES}/{body['id']}").json() == told
    assert scene.api.get(FILES).json() == {"items": [told], "next_cursor": None}


def test_an_upload_that_is_deleted_meanwhile_leaves_no_file(scene: Scene, folder: Path) -> None:
    with before_writing(Upload, Upload.objects.all().delete):
        assert send(scene.api).status_code == 404
    assert kept(folder) == []


def test_it_is_downloaded_and_never_shown_by_a_browser(scene: Scene) -> None:
    body = uploaded(scene.api, b"<script>alert(1)</script>", 'näme".html')
    answer = scene.api.get(f"{FILES}/{body['id']}/download")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Length"] == "25"


def test_nobody_else_finds_it(scene: Scene) -> None:
    body = uploaded(scene.api)
    address = f"{FILES}/{body['id']}"
    for answer in (
        scene.stranger.get(address),
        scene.stranger.get(f"{address}/download"),
        scene.stranger.delete(address),
    ):
        assert answer.status_code == 404
    assert scene.stranger.get(FILES).json()["items"] == []
    assert scene.api.get(address).status_code == 200


def test_a_deleted_file_is_gone(scene: Scene, folder: Path) -> None:
    address = f"{FILES}/{uploaded(scene.api)['id']}"
    assert scene.api.delete(address).status_code == 204
    assert scene.api.delete(address).status_code == 404
    assert scene.api.get(f"{address}/download").status_code == 404
    assert kept(folder) == []


@pytest.mark.parametrize(("hours", "status"), [("1", 201), ("48", 201), ("0", 400), ("49", 400), ("x", 400)])
def test_how_long_it_is_kept_is_bounded(scene: Scene, hours: str, status: int) -> None:
    answer = send(scene.api, query=f"?expiration_hours={hours}")
    assert answer.status_code == status
    if status == 201:
        [upload] = Upload.objects.all()
        assert upload.expires_at - upload.created_at == timedelta(hours=int(hours))
        assert answer.json()["expires_in_hours"] == int(hours)


def test_what_has_expired_is_not_found_and_then_erased(scene: Scene, folder: Path) -> None:
    old, new = uploaded(scene.api, b"old"), uploaded(scene.api, b"new")
    Upload.objects.filter(id=old["id"]).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert scene.api.get(f"{FILES}/{old['id']}").status_code == 404
    assert scene.api.get(f"{FILES}/{old['id']}/download").status_code == 404
    assert [item["id"] for item in scene.api.get(FILES).json()["items"]] == [new["id"]]
    assert expire_uploads(now=datetime.now(UTC)) == 1
    assert (Upload.objects.count(), kept(folder)) == (1, [b"new"])
    assert expire_uploads(now=datetime.now(UTC)) == 0


def test_a_storage_that_fails_with_one_erases_the_others(
    scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again."""
    bad, _ = uploaded(scene.api, b"bad"), uploaded(scene.api, b"good")
    Upload.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    erase = FileSystemStorage.delete

    def delete(self: FileSystemStorage, name: str) -> None:
        if bad["id"] in name:
            raise PermissionError(name)
        erase(self, name)

    with monkeypatch.context() as patched:
        patched.setattr(FileSystemStorage, "delete", delete)
        assert expire_uploads(now=datetime.now(UTC)) == 1
    assert kept(folder) == [b"bad"]
    assert expire_uploads(now=datetime.now(UTC)) == 1
    assert kept(folder) == []


def test_a_file_of_the_largest_size_is_taken_and_one_byte_more_is_not(scene: Scene, settings: LazySettings) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    assert send(scene.api, b"x" * 1000).status_code == 201
    answer = send(scene.api, b"x" * 1001)
    assert (answer.status_code, answer.json()["code"], answer.json()["maximum"]) == (413, "upload_too_large", 1000)
    assert "UPLOAD_MAX_BYTES" in answer.json()["detail"]
    far = send(scene.api, b"x" * 100_000)
    assert (far.status_code, far.json()["code"]) == (413, "too_large")
    assert "UPLOAD_MAX_BYTES" in far.json()["detail"]
    assert Upload.objects.count() == 1


def test_it_may_be_larger_than_other_bodies(scene: Scene, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert send(scene.api, b"x" * 5000).status_code == 201


def test_an_empty_file_is_a_file(scene: Scene) -> None:
    assert uploaded(scene.api, b"")["size"] == 0


def test_a_user_keeps_so_many_files_and_bytes(scene: Scene, settings: LazySettings, folder: Path) -> None:
    settings.UPLOADS_PER_USER_MAX, settings.UPLOADS_PER_USER_MAX_BYTES = 2, 10
    first = uploaded(scene.api, b"x" * 6)
    too_large = send(scene.api, b"x" * 5)
    assert (too_large.status_code, too_large.json()["limit"]) == (403, "UPLOADS_PER_USER_MAX_BYTES")
    uploaded(scene.api, b"x" * 4)
    one_more = send(scene.api, b"")
    assert (one_more.status_code, one_more.json()["code"], one_more.json()["limit"]) == (
        403,
        "too_many_uploads",
        "UPLOADS_PER_USER_MAX",
    )
    assert uploaded(scene.stranger)["size"] == 2
    scene.api.delete(f"{FILES}/{first['id']}")
    uploaded(scene.api, b"x" * 6)
    assert len(kept(folder)) == 3


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_as_many_are_kept_as_may_be(settings: LazySettings, folder: Path) -> None:
    settings.UPLOADS_PER_USER_MAX = 3
    scene, start = make_scene(), Barrier(10)

    def upload(number: int) -> int:
        api = client_of(scene.ada)
        start.wait(30)
        try:
            return int(send(api, b"%d" % number).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        assert sorted(threads.map(upload, range(10))) == [201] * 3 + [403] * 7
    assert (Upload.objects.count(), len(kept(folder))) == (3, 3)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_sent_twice_is_kept_once(folder: Path) -> None:
    scene = make_scene()
    first, second = (send(scene.api, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second["Idempotent-Replayed"] == "true"
    assert kept(folder) == [b"Hi"]
    assert send(scene.api, b"other", **{"Idempotency-Key": "k"}).status_code == 422


def test_what_was_not_stored_as_a_whole_is_not_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is taken until it expires; nothing is left in the storage that nobody knows of."""

    def save(self: FileSystemStorage, *args: Any, **kwargs: Any) -> None:
        raise PermissionError("full")

    with monkeypatch.context() as patched:
        patched.setattr(FileSystemStorage, "save", save)
        assert send(scene.api).status_code == 500
    [upload] = Upload.objects.all()
    assert scene.api.get(FILES).json()["items"] == []
    assert scene.api.get(f"{FILES}/{upload.id}/download").status_code == 404
    assert expire_uploads(now=upload.expires_at) == 1


def test_a_file_that_is_gone_from_the_storage_is_not_found(scene: Scene) -> None:
    body = uploaded(scene.api)
    storage().delete(Upload.objects.get().path)
    assert scene.api.get(f"{FILES}/{body['id']}/download").status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({}, "multipart", 400),
        ({"file": "text"}, "multipart", 400),
        ({"other": SimpleUploadedFile("x", b"x")}, "multipart", 400),
        ({"file": "x"}, "json", 415),
    ],
)
def test_what_is_no_upload_is_refused(scene: Scene, body: dict[str, Any], kind: str, status: int) -> None:
    assert scene.api.post(UPLOAD, body, format=kind).status_code == status
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain"])
def test_a_broken_form_is_refused(scene: Scene, content_type: str) -> None:
    answer = scene.api.generic("POST", UPLOAD, b"--x\r\nnonsense", content_type=content_type)
    assert answer.status_code in (400, 415)


def test_too_many_parts_are_refused(scene: Scene) -> None:
    parts = {f"f{number}": SimpleUploadedFile("x", b"x") for number in range(150)}
    assert scene.api.post(UPLOAD, parts, format="multipart").status_code == 400


@pytest.mark.parametrize(
    ("name", "shown", "ending"),
    [
        ("../../etc/passwd", "passwd", "/passwd"),
        ("..\\..\\boot.ini", "boot.ini", "/boot.ini"),
        ("résumé final.pdf", "résumé final.pdf", "/r_sum_final.pdf"),
        ("a\nb\r\x7f.txt", "ab.txt", "/ab.txt"),
        ("\u202egpj.exe", "gpj.exe", "/gpj.exe"),
        (".htaccess", "htaccess", "/htaccess"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt", "/" + "x" * 96 + ".txt"),
    ],
)
def test_names_lead_nowhere(scene: Scene, folder: Path, name: str, shown: str, ending: str) -> None:
    assert plain_name(name) == shown
    body = uploaded(scene.api, name=name)
    assert body["file_name"] == shown
    assert body["file_uri"].endswith(ending)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [body["id"]]


@pytest.mark.parametrize(
    ("head", "declared", "name", "found"),
    [
        (PNG, "text/html", "a.html", "image/png"),
        (b"%PDF-1.7", "", "a", "application/pdf"),
        (b"Hi", "text/plain; charset=utf-8", "a", "text/plain"),
        (b"Hi", "", "a.csv", "text/csv"),
        (b"Hi", "application/octet-stream", "a.json", "application/json"),
        (b"Hi", "text/html\r\nSet-Cookie: x", "a", "application/octet-stream"),
        (b"Hi", "x" * 101 + "/y", "a", "application/octet-stream"),
        (b"", "", "", "application/octet-stream"),
    ],
)
def test_the_kind_is_told_by_the_beginning_then_the_sender_then_the_name(
    head: bytes, declared: str, name: str, found: str
) -> None:
    assert content_type_of(head, declared=declared, name=name) == found


def test_pages_of_files_leave_nothing_out(scene: Scene) -> None:
    ids = [uploaded(scene.api)["id"] for _ in range(5)]
    first = scene.api.get(FILES, {"limit": 3}).json()
    rest = scene.api.get(FILES, {"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert scene.api.get(FILES, {"limit": 0}).status_code == 400


# --- in graphs


def reader() -> Any:
    return build(
        {"file": ("AgentFileInput", {"name": "file"}), "read": ("FileRead", {}), "out": result("text")},
        ["file.result -> read.file_input", "read.content -> out.value"],
    )


def error_of(execution: Any) -> str:
    return " ".join(NodeExecution.objects.filter(execution=execution).values_list("error", flat=True))


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_user()


def test_a_graph_reads_what_its_owner_has_uploaded(ada: User) -> None:
    uri = uploaded(client_of(ada), b"Read me")["file_uri"]
    assert outputs(ran(ada, reader(), {"file": uri})) == {"text": ["Read me"]}


def test_a_block_keeps_it_for_the_execution(ada: User) -> None:
    uri = uploaded(client_of(ada), b"Keep me")["file_uri"]
    graph = build(
        {"keep": ("FileStore", {"file_in": uri}), "read": ("FileRead", {}), "out": result("text")},
        ["keep.file_out -> read.file_input", "read.content -> out.value"],
    )
    assert outputs(ran(ada, graph)) == {"text": ["Keep me"]}


@pytest.mark.parametrize("change", ["stranger", "expired", "incomplete", "unknown", "broken"])
def test_a_graph_reads_nothing_else(ada: User, change: str) -> None:
    owner = make_user("grace@example.org") if change == "stranger" else ada
    body = uploaded(client_of(owner), b"canary")
    uri, rows = body["file_uri"], Upload.objects.filter(id=body["id"])
    if change == "expired":
        rows.update(expires_at=datetime.now(UTC))
    elif change == "incomplete":
        rows.update(is_complete=False)
    elif change == "unknown":
        uri = uri.replace(body["id"][-4:], "0000")
    elif change == "broken":
        uri = f"upload://{body['id']}/../x"
    execution = ran(ada, reader(), {"file": uri})
    assert outputs(execution) == {}
    assert "uploaded file" in error_of(execution)


def test_a_block_reads_no_file_that_is_too_large_for_it(ada: User) -> None:
    body = uploaded(client_of(ada), b"x")
    Upload.objects.update(size=MAX_BYTES + 1)
    execution = ran(ada, reader(), {"file": body["file_uri"]})
    assert f"{MAX_BYTES:,}" in error_of(execution)
