"""A request whose process is killed is sent again with its key: what it has made is found again, and not made twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.credentials.models import StoredCredential
from api.models import KeyedAnswer
from executor.files.models import Upload
from executor.files.storing import expire_uploads
from executor.large.files import storage
from executor.presets.models import Preset
from executor.webhooks.models import Registration, Webhook
from tests.api.belongings import Belongings
from tests.api.cast import Scene
from tests.api.dying import claims_end, dies_at
from tests.api.test_files import folder, kept  # noqa: F401 - a fixture
from tests.api.test_github_webhooks import github, stored, token  # noqa: F401 - fixtures
from tests.api.test_webhooks import call
from tests.world.github_hooks import HOOKS, GitHubHooks

pytestmark = pytest.mark.django_db(transaction=True)

KEY = {"Idempotency-Key": "k"}
ANSWER = ("UPDATE", KeyedAnswer, "status")
WEBHOOK = ("INSERT INTO", Webhook)

Send = Callable[[], Any]


def upload(scene: Scene, content: bytes = b"Hi") -> Any:
    file = SimpleUploadedFile("note.txt", content, content_type="text/plain")
    return scene.api.post("/api/v1/files/upload", {"file": file}, format="multipart", headers=KEY)


def webhook(scene: Scene, version: Any) -> Any:
    address = f"/api/v1/graphs/{version.graph_id}/webhooks"
    return scene.api.post(address, {"name": "Shop"}, format="json", headers=KEY)


def preset(scene: Scene, version: Any) -> Any:
    body = {"name": "Shop", "graph_id": str(version.graph_id)}
    return scene.api.post("/api/v1/library/presets/setup-trigger", body, format="json", headers=KEY)


def sent_again(send: Send) -> Any:
    """What is answered in the end: not while the first may still be at work, and then the same at every time."""
    refused = send()
    assert (refused.status_code, refused.json()["code"]) == (409, "in_flight")
    claims_end()
    first, second = send(), send()
    assert (first.status_code, first.get("Idempotent-Replayed")) in ((200, None), (201, None)), first.content
    assert (second.content, second["Idempotent-Replayed"]) == (first.content, "true")
    return first.json()


@pytest.mark.parametrize("moment", [("UPDATE", Upload), ANSWER])
def test_an_upload_is_kept_once(scene: Scene, folder: Path, moment: Any) -> None:  # noqa: F811
    with dies_at(*moment):
        upload(scene)
    body = sent_again(lambda: upload(scene))
    assert (str(Upload.objects.get().id), kept(folder)) == (body["id"], [b"Hi"])
    assert scene.api.get(f"/api/v1/files/{body['id']}/download").status_code == 200


def test_an_upload_of_which_a_part_was_written_is_written_anew(scene: Scene, folder: Path) -> None:  # noqa: F811
    with dies_at("UPDATE", Upload):
        upload(scene)
    path = Path(storage().path(Upload.objects.get().path))
    path.write_bytes(b"H")
    sent_again(lambda: upload(scene))
    assert kept(folder) == [b"Hi"]


def test_an_upload_that_has_expired_meanwhile_is_kept_anew(scene: Scene, folder: Path) -> None:  # noqa: F811
    with dies_at(*ANSWER):
        upload(scene)
    begun = Upload.objects.get()
    Upload.objects.update(expires_at=begun.created_at)
    body = sent_again(lambda: upload(scene))
    assert scene.api.get(f"/api/v1/files/{body['id']}").status_code == 200
    assert expire_uploads(now=begun.expires_at) == 0
    assert kept(folder) == [b"Hi"]


def test_a_webhook_is_made_once_and_shows_its_secret(scene: Scene) -> None:
    version = Belongings(scene).triggered
    with dies_at(*ANSWER):
        webhook(scene, version)
    body = sent_again(lambda: webhook(scene, version))
    assert str(Webhook.objects.get().id) == body["id"]
    assert call(body).status_code == 202


@pytest.mark.parametrize(
    "moment", [("UPDATE", Registration, "working_until"), ("UPDATE", Registration, "hook_id"), ANSWER]
)
def test_a_webhook_at_a_provider_is_made_once(
    scene: Scene,
    github: GitHubHooks,  # noqa: F811
    token: StoredCredential,  # noqa: F811
    moment: Any,
) -> None:
    version = stored(scene, token)
    with dies_at(*moment):
        webhook(scene, version)
    body = sent_again(lambda: webhook(scene, version))
    assert str(Webhook.objects.get().id) == body["id"]
    assert body["registration"]["is_registered"] is True
    assert [hook["config"]["url"] for hook in github.hooks.values()] == [body["url"]]


def test_a_webhook_that_the_provider_refuses_then_is_gone(
    scene: Scene,
    github: GitHubHooks,  # noqa: F811
    token: StoredCredential,  # noqa: F811
) -> None:
    version = stored(scene, token)
    with dies_at("UPDATE", Registration, "working_until"):
        webhook(scene, version)
    claims_end()
    github.world.says(f"POST {HOOKS}", (401, {"message": "Bad credentials"}))
    assert webhook(scene, version).json()["code"] == "webhook_refused"
    assert (Webhook.objects.count(), KeyedAnswer.objects.count()) == (0, 0)


@pytest.mark.parametrize("moment", [WEBHOOK, ANSWER])
def test_a_preset_and_its_webhook_are_made_once(scene: Scene, moment: Any) -> None:
    version = Belongings(scene).triggered
    with dies_at(*moment):
        preset(scene, version)
    body = sent_again(lambda: preset(scene, version))
    assert str(Preset.objects.get().id) == body["id"]
    assert str(Webhook.objects.get().id) == body["webhook_id"]
    assert call({"id": body["webhook_id"], "secret": body["webhook_secret"]}).status_code == 202


def test_without_its_webhook_no_preset_is_left(scene: Scene) -> None:
    version = Belongings(scene).triggered
    with dies_at(*WEBHOOK):
        preset(scene, version)
    assert not Preset.objects.exists()


def test_another_request_with_the_key_is_refused(scene: Scene, folder: Path) -> None:  # noqa: F811
    with dies_at(*ANSWER):
        upload(scene)
    claims_end()
    assert upload(scene, b"other").json()["code"] == "key_reused"
    assert kept(folder) == [b"Hi"]


def test_what_broke_is_found_again_at_once(scene: Scene, folder: Path) -> None:  # noqa: F811
    """A storage that is full when the file is written, and not any more."""
    file = folder / "uploads"
    file.write_text("no folder")
    assert upload(scene).status_code == 500
    file.unlink()
    assert upload(scene).status_code == 201
    assert (Upload.objects.count(), kept(folder)) == (1, [b"Hi"])
