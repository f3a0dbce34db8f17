"""A socket does not outlive what it was opened with."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import end_access, set_active
from accounts.key_status import revoke, suspend
from accounts.models import ApiKey, User
from accounts.tickets import issue_ticket
from realtime.attendance import attendance
from tests.realtime.cast import Client, Opener, Scene, close_code, page_headers, sign_in, socket

End = Callable[[Scene], Any]


def keys(scene: Scene) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(user=scene.ada)


def key(scene: Scene) -> ApiKey:
    return keys(scene).get()


def set_password(scene: Scene) -> None:
    scene.ada.set_password("secret-2")
    scene.ada.save()


async def of_session(scene: Scene) -> Client:
    session = await sync_to_async(sign_in)(scene.ada)
    return socket(headers=page_headers(session.session_key or ""))


async def of_ticket(scene: Scene) -> Client:
    api_key = await sync_to_async(key)(scene)
    return socket(query=f"?ticket={await sync_to_async(issue_ticket)(scene.ada, api_key=api_key)}")


async def of_key(scene: Scene) -> Client:
    return socket(scene.ada_key)


def sign_out(scene: Scene) -> None:
    Session.objects.all().delete()


ENDS: list[tuple[str, Callable[[Scene], Awaitable[Client]], End]] = [
    ("sign-out", of_session, sign_out),
    ("password", of_session, set_password),
    ("deactivated user, session", of_session, lambda scene: set_active(scene.ada, False)),
    ("deactivated user, key", of_key, lambda scene: set_active(scene.ada, False)),
    ("deactivated in the database", of_key, lambda scene: User.objects.filter(pk=scene.ada.pk).update(is_active=False)),
    ("revoked key", of_key, lambda scene: revoke(key(scene))),
    ("suspended key", of_key, lambda scene: suspend(key(scene))),
    ("expired key", of_key, lambda scene: keys(scene).update(expires_at=timezone.now() - timedelta(seconds=1))),
    ("key that may not read", of_key, lambda scene: keys(scene).update(scopes=[])),
    ("revoked key behind a ticket", of_ticket, lambda scene: revoke(key(scene))),
]


@pytest.mark.parametrize(("open_one", "end"), [end[1:] for end in ENDS], ids=[end[0] for end in ENDS])
async def test_next_look_after_the_end_closes_the_socket(
    scene: Scene, open_one: Callable[[Scene], Awaitable[Client]], end: End
) -> None:
    communicator, other = await open_one(scene), socket(scene.grace_key)
    for one in (communicator, other):
        await one.connect()
    await attendance().dismiss_uninvited()
    assert await communicator.receive_nothing(0.05)
    await sync_to_async(end)(scene)
    await attendance().dismiss_uninvited()
    assert await close_code(communicator) == 4003
    await other.ping()
    for one in (communicator, other):
        await one.disconnect()


async def test_end_that_is_announced_closes_at_once(scene: Scene, connect: Opener) -> None:
    first, second = await connect(), await connect()
    await sync_to_async(revoke)(await sync_to_async(key)(scene))
    assert [await close_code(first), await close_code(second)] == [4003, 4003]


async def test_announcement_without_an_end_changes_nothing(scene: Scene, connect: Opener) -> None:
    communicator = await connect()
    await sync_to_async(end_access)(scene.ada)
    assert await communicator.receive_nothing(0.3)


async def test_end_that_nobody_announces_closes_within_ten_seconds(
    scene: Scene, watched: None, connect: Opener
) -> None:
    communicator = await connect()
    await ApiKey.objects.filter(user=scene.ada).aupdate(revoked_at=timezone.now())
    async with asyncio.timeout(10):
        assert await close_code(communicator) == 4003


async def test_after_the_end_nothing_is_told_any_more(scene: Scene, connect: Opener) -> None:
    communicator = await connect()
    request = {"method": "subscribe_graph_execution", "data": {"graph_exec_id": str(scene.execution.id)}}
    await communicator.send_to(text_data=json.dumps(request))
    await communicator.receive_from()
    await ApiKey.objects.filter(user=scene.ada).aupdate(revoked_at=timezone.now())
    await attendance().dismiss_uninvited()
    assert await close_code(communicator) == 4003
    await scene.commit(scene.node_event(1))
    assert await communicator.receive_nothing(0.3)
