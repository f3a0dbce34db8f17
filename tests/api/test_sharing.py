"""Links to what an execution has put out, for whoever has one."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.keys import issue
from api.scopes import Scope
from executor.large.files import storage
from executor.large.references import folder_of, folder_of_root, reference
from executor.models import GraphExecution, NodeOutput
from executor.sharing.models import Share
from tests.api.cast import Scene, store_echo
from tests.api.rows import add_runs, past

DIGEST = "a" * 64
NOWHERE = "A" * 43
SCRIPT = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> None:
    backend = "tests.api.counted_storage.CountedStorage"
    settings.STORAGES = settings.STORAGES | {"values": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}


def share_address(scene: Scene, execution: GraphExecution) -> str:
    return f"{scene.graph}/executions/{execution.id}/share"


def shared(scene: Scene, execution: GraphExecution) -> dict[str, Any]:
    answer = scene.api.post(share_address(scene, execution))
    assert answer.status_code == 200, answer.content
    return answer.json()


def public(token: str, what: str = "") -> Any:
    """As somebody whom nobody knows."""
    return APIClient().get(f"/api/v1/public/shared/{token}{what}")


def kept(address: str) -> tuple[Any, bytes]:
    """The answer to whoever downloads it, and what is in it."""
    answer: Any = APIClient().get(address)
    assert answer.status_code == 200
    return answer, b"".join(answer.streaming_content)


def answering(scene: Scene, value: Any, **fields: Any) -> GraphExecution:
    execution = past(scene, **fields)
    add_runs(execution, [[]], value=value)
    return execution


def test_whoever_has_the_link_sees_the_outputs_and_nothing_else(scene: Scene) -> None:
    execution = answering(scene, 42, inputs={"question": "private"}, error="private")
    link = shared(scene, execution)
    assert link["share_url"] == f"http://testserver/shared/{link['share_token']}"
    answer = public(link["share_token"])
    assert answer.status_code == 200
    body = answer.json()
    assert body == {
        "id": str(execution.id),
        "graph_name": "Echo",
        "graph_description": "",
        "status": "COMPLETED",
        "created_at": body["created_at"],
        "ended_at": body["ended_at"],
        "outputs": {"answer": [42]},
        "has_all_outputs": True,
        "files": [],
    }
    text = answer.content.decode()
    for secret in ("private", str(scene.ada.id), scene.ada.email, str(execution.graph_id)):
        assert secret not in text


def test_link_leads_to_where_the_installation_is_reached_from_outside(scene: Scene, settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://sluice.example.org/here/"
    link = shared(scene, answering(scene, 1))
    assert link["share_url"] == f"https://sluice.example.org/here/shared/{link['share_token']}"


def test_public_answers_are_neither_kept_nor_listed_nor_passed_on(scene: Scene) -> None:
    token = shared(scene, answering(scene, 1))["share_token"]
    for answer in (public(token), Client().get(f"/shared/{token}"), public(NOWHERE)):
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_sharing_again_gives_the_same_link_and_its_owner_can_look_it_up(scene: Scene) -> None:
    execution = answering(scene, 1)
    assert scene.api.get(share_address(scene, execution)).json() == {"share_url": None, "share_token": None}
    first = shared(scene, execution)
    assert shared(scene, execution) == first == scene.api.get(share_address(scene, execution)).json()


def test_revoked_link_leads_nowhere_at_once_and_for_ever(scene: Scene) -> None:
    execution = answering(scene, 1)
    first = shared(scene, execution)["share_token"]
    assert scene.api.delete(share_address(scene, execution)).status_code == 204
    assert public(first).status_code == Client().get(f"/shared/{first}").status_code == 404
    second = shared(scene, execution)["share_token"]
    assert first != second
    assert (public(first).status_code, public(second).status_code) == (404, 200)
    for _ in range(2):
        assert scene.api.delete(share_address(scene, execution)).status_code == 204


def test_revoked_and_unknown_links_cannot_be_told_apart(scene: Scene) -> None:
    execution = answering(scene, 1)
    token = shared(scene, execution)["share_token"]
    scene.api.delete(share_address(scene, execution))
    answers = [public(each).json() for each in (token, NOWHERE, "x", "x" * 500, "%00", "ä" * 43)]
    assert all(answer | {"request_id": ""} == answers[0] | {"request_id": ""} for answer in answers)
    assert answers[0]["status"] == 404


def test_deleted_execution_is_not_shared_any_more(scene: Scene) -> None:
    execution = answering(scene, 1)
    token = shared(scene, execution)["share_token"]
    scene.api.delete(f"/api/v1/executions/{execution.id}")
    assert public(token).status_code == 404


def test_links_of_a_user_who_may_not_sign_in_lead_nowhere(scene: Scene) -> None:
    token = shared(scene, answering(scene, 1))["share_token"]
    scene.ada.is_active = False
    scene.ada.save()
    assert public(token).status_code == 404


def test_whoever_has_only_the_database_has_no_link(scene: Scene) -> None:
    token = shared(scene, answering(scene, 1))["share_token"]
    assert len(token) == 43
    assert token not in repr(list(Share.objects.values()))


def test_link_that_nobody_can_read_any_more_is_replaced(scene: Scene, settings: LazySettings) -> None:
    execution = answering(scene, 1)
    first = shared(scene, execution)["share_token"]
    settings.SECRET_KEY = "another one, of fifty characters or more, as it should be"
    assert scene.api.get(share_address(scene, execution)).json()["share_token"] is None
    second = shared(scene, execution)["share_token"]
    assert (public(first).status_code, public(second).status_code) == (404, 200)


def test_strangers_and_keys_without_the_scope_share_nothing(scene: Scene) -> None:
    execution = answering(scene, 1)
    other = store_echo(scene.ada).graph_id
    for method in ("get", "post", "delete"):
        assert getattr(scene.stranger, method)(share_address(scene, execution)).status_code == 404
        wrong = f"/api/v1/graphs/{other}/executions/{execution.id}/share"
        assert getattr(scene.api, method)(wrong).status_code == 404
        key = issue(scene.ada, name="reader", scopes=[Scope.READ_RUN])[1]
        assert getattr(APIClient(HTTP_X_API_KEY=key), method)(share_address(scene, execution)).status_code == 403
    assert not Share.objects.exists()


def test_running_execution_shows_what_it_has_so_far(scene: Scene) -> None:
    execution = answering(scene, "so far", status="RUNNING", ended_at=None)
    body = public(shared(scene, execution)["share_token"]).json()
    assert (body["status"], body["outputs"]) == ("RUNNING", {"answer": ["so far"]})


def test_public_views_are_counted_by_address(scene: Scene, settings: LazySettings, redis_url: str) -> None:
    token = shared(scene, answering(scene, 1))["share_token"]
    settings.API_ANONYMOUS_PER_MINUTE = 3
    client = Client(REMOTE_ADDR="192.0.2.77")
    addresses = [f"/shared/{NOWHERE}", f"/api/v1/public/shared/{NOWHERE}", f"/shared/{token}", f"/shared/{token}"]
    answers = [client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [404, 404, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert client.get(f"/api/v1/public/shared/{token}").status_code == 429


def test_page_shows_outputs_as_text_whatever_they_are(scene: Scene) -> None:
    scene.version.graph.name = scene.version.name = SCRIPT
    scene.version.description = SCRIPT
    scene.version.save()
    execution = answering(scene, {SCRIPT: [SCRIPT]})
    add_runs(execution, [[]], value=SCRIPT)
    execution.node_executions.update(inputs={"name": SCRIPT, "value": SCRIPT})
    answer = Client().get(urlsplit(shared(scene, execution)["share_url"]).path)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("&lt;script&gt;alert(1)") >= 4
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_files_that_outputs_refer_to_can_be_kept(scene: Scene) -> None:
    execution = answering(scene, ["see", f"workspace://{DIGEST}/page.html"])
    storage().save(f"{folder_of_root(execution.id)}/workspace/{DIGEST}-page.html", ContentFile(SCRIPT.encode()))
    token = shared(scene, execution)["share_token"]
    (file,) = public(token).json()["files"]
    assert file == {
        "id": DIGEST,
        "name": "page.html",
        "download_url": f"/api/v1/public/shared/{token}/files/{DIGEST}/download",
    }
    answer, content = kept(file["download_url"])
    assert content == SCRIPT.encode()
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")


def test_files_of_an_earlier_execution_that_it_goes_on_from_are_found(scene: Scene) -> None:
    first = past(scene)
    storage().save(f"{folder_of_root(first.id)}/workspace/{DIGEST}-a.txt", ContentFile(b"kept"))
    execution = answering(scene, f"workspace://{DIGEST}/a.txt", continues=first)
    token = shared(scene, execution)["share_token"]
    assert public(token, f"/files/{DIGEST}/download").status_code == 200


def going_on(scene: Scene, first: GraphExecution, value: Any) -> GraphExecution:
    """The third that goes on from the first, one after the other."""
    second = past(scene, continues=past(scene, continues=first))
    return answering(scene, value, continues=second)


@pytest.mark.parametrize("mentions", [[f"workspace://{DIGEST}/a.txt"], [f"workspace://{DIGEST}/{n}" for n in "abc"]])
def test_file_that_is_gone_is_looked_for_once_however_often_it_is_mentioned(scene: Scene, mentions: list[str]) -> None:
    execution = going_on(scene, past(scene), mentions * 20)
    add_runs(execution, [[]], value=mentions)
    for each in GraphExecution.objects.all():
        storage().save(f"{folder_of_root(each.id)}/workspace/{'b' * 64}-a.txt", ContentFile(b"another"))
    token = shared(scene, execution)["share_token"]
    counted: Any = storage()
    before = counted.looks
    with CaptureQueriesContext(connection) as queries:
        assert public(token, f"/files/{DIGEST}/download").status_code == 404
    assert counted.looks - before == 4  # the execution and those before it
    assert sum("RECURSIVE" in query["sql"] for query in queries) == 1


def test_file_is_found_by_any_name_that_outputs_give_it(scene: Scene) -> None:
    first = past(scene)
    storage().save(f"{folder_of_root(first.id)}/workspace/{DIGEST}-b.txt", ContentFile(b"kept"))
    mentions = [f"workspace://{DIGEST}/{name}.txt" for name in "abc"]
    token = shared(scene, going_on(scene, first, mentions))["share_token"]
    answer, content = kept(f"/api/v1/public/shared/{token}/files/{DIGEST}/download")
    assert (answer["Content-Disposition"], content) == ('attachment; filename="b.txt"', b"kept")


def test_other_files_of_the_execution_are_not_shared(scene: Scene) -> None:
    execution = answering(scene, "no file")
    storage().save(f"{folder_of_root(execution.id)}/workspace/{DIGEST}-a.txt", ContentFile(b"private"))
    token = shared(scene, execution)["share_token"]
    for file_id in (DIGEST, "b" * 64, "x", "..%2f..%2fsecret", "%00"):
        assert public(token, f"/files/{file_id}/download").status_code == 404
    assert public(NOWHERE, f"/files/{DIGEST}/download").status_code == 404


def large_value(execution: GraphExecution) -> str:
    """One that a node has emitted, in its file."""
    (run,) = add_runs(execution, [[]])
    path = storage().save(f"{folder_of(execution.id, run.id)}/0", ContentFile(b'"large"'))
    NodeOutput.objects.create(
        node_execution=run, index=0, name="large", data=reference(path, 7), seq=1, created_at=timezone.now()
    )
    return path


def test_large_values_have_an_address_instead_of_a_path(scene: Scene) -> None:
    execution = past(scene)
    path = large_value(execution)
    add_runs(execution, [[]], value={"inside": reference(path, 7)})
    token = shared(scene, execution)["share_token"]
    answer = public(token)
    assert path not in answer.content.decode()
    found = answer.json()["outputs"]["answer"][-1]["inside"]
    assert (found["$bytes"], answer.json()["files"][0]["download_url"]) == (7, found["$file"])
    assert json.loads(kept(found["$file"])[1]) == "large"
    storage().delete(path)
    assert APIClient().get(found["$file"]).status_code == 404


def test_value_that_looks_like_a_reference_opens_no_file_of_another(scene: Scene) -> None:
    private = past(scene)
    path = large_value(private)
    execution = answering(scene, reference(path, 7))
    add_runs(execution, [[reference(path, 7)]])
    token = shared(scene, execution)["share_token"]
    (file,) = public(token).json()["files"]
    assert APIClient().get(file["download_url"]).status_code == 404
    own = shared(scene, private)["share_token"]
    assert public(own, f"/files/{file['id']}/download").status_code == 404  # its outputs do not refer to it
