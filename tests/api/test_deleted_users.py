"""What goes with a user beside the rows: uploaded files, and webhooks at their providers."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.credentials.contents import Contents
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from credits.models import Account
from executor.files.models import Upload
from executor.hosting.services import door
from executor.webhooks.models import Registration
from graphs.models import Graph
from graphs.storage import write_version
from reliability.secrets import Secret
from tests.api.cast import Scene, make_scene
from tests.executor.building import build, result
from tests.world.github_hooks import GOOD_TOKEN, GitHubHooks
from tests.world.server import world

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Ends a transaction."""


@pytest.fixture
def scene(redis_url: str) -> Scene:
    return make_scene(credits=0)


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    values = settings.STORAGES["values"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"values": values}
    return tmp_path


@pytest.fixture
def github(settings: LazySettings) -> Iterator[GitHubHooks]:
    with world() as made:
        fake = GitHubHooks(made)
        fake.open()
        settings.SERVICE_ADDRESSES = made.service_addresses
        settings.PUBLIC_URL = "https://sluice.example.org"
        door.cache_clear()
        yield fake
    door.cache_clear()


def delete(user: User) -> None:
    """An account with money in it keeps its user."""
    with transaction.atomic():
        Account.objects.filter(user=user).delete()
        user.delete()


@transaction.atomic
def undone_after_deleting(user: User) -> None:
    delete(user)
    raise Undone


def delete_and_undo(user: User) -> None:
    with pytest.raises(Undone):
        undone_after_deleting(user)


def upload(scene: Scene, by: Any = None) -> None:
    file = SimpleUploadedFile("note.txt", b"Hi", content_type="text/plain")
    assert (by or scene.api).post("/api/v1/files/upload", {"file": file}, format="multipart").status_code == 201


def files_in(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def watch(scene: Scene) -> None:
    contents = Contents(secret=Secret(GOOD_TOKEN.removeprefix("Bearer ")))
    token = make_credential(scene.ada, provider="github", type=CredentialType.API_KEY, contents=contents)
    named = {"id": str(token.id), "provider": "github", "type": str(token.type)}
    constants = {"repo": "ada/engine", "events": {"opened": True}, "credentials": named}
    nodes: Any = {"hook": ("GithubPullRequestTrigger", constants), "number": result("number")}
    document = build(nodes, ["hook.number -> number.value"], name="Watching")
    write_version(Graph.objects.create(id=document.id, owner=scene.ada, name="Watching"), document)
    address = f"/api/v1/graphs/{document.id}/webhooks"
    assert scene.api.post(address, {"name": "PRs"}, format="json").status_code == 201


def test_files_go_with_their_user_and_those_of_others_stay(scene: Scene, folder: Path) -> None:
    upload(scene)
    upload(scene)
    upload(scene, by=scene.stranger)
    delete(scene.ada)
    assert (Upload.objects.count(), files_in(folder)) == (1, 1)


def test_files_stay_when_the_deletion_does_not_happen(scene: Scene, folder: Path) -> None:
    upload(scene)
    delete_and_undo(scene.ada)
    assert (Upload.objects.count(), files_in(folder)) == (1, 1)


def test_webhook_goes_from_its_provider_with_its_user(scene: Scene, github: GitHubHooks) -> None:
    watch(scene)
    assert len(github.hooks) == 1
    delete(scene.ada)
    assert (github.hooks, Registration.objects.count()) == ({}, 0)


def test_webhook_whose_name_is_not_known_is_found_by_its_address(scene: Scene, github: GitHubHooks) -> None:
    watch(scene)
    Registration.objects.update(hook_id="")
    delete(scene.ada)
    assert github.hooks == {}


def test_webhook_stays_when_the_deletion_does_not_happen(scene: Scene, github: GitHubHooks) -> None:
    watch(scene)
    delete_and_undo(scene.ada)
    assert (len(github.hooks), Registration.objects.count()) == (1, 1)


def test_provider_that_refuses_does_not_keep_the_user(
    scene: Scene, github: GitHubHooks, caplog: pytest.LogCaptureFixture
) -> None:
    watch(scene)
    github.trouble = (500, {"message": "Not today"})
    with caplog.at_level(logging.WARNING):
        delete(scene.ada)
    assert not User.objects.filter(pk=scene.ada.pk).exists()
    assert "left at its provider" in caplog.text
    assert GOOD_TOKEN.removeprefix("Bearer ") not in caplog.text
