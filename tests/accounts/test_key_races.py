"""A key that is narrowed or ended while its own request is under way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.key_scopes import set_scopes
from accounts.key_status import suspend
from accounts.keys import issue
from accounts.models import ApiKey, User
from api.scopes import Scope
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = "/api/v1/api-keys"
#: What the request begins with that may have to wait: the transaction with SQLite, its first write with PostgreSQL.
WAITS = ("BEGIN", "UPDATE")


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def family(ada: User) -> tuple[ApiKey, ApiKey, APIClient]:
    """A key that may make keys, one that it has made, and a client with the first, whose use was noted just now."""
    maker, plain = issue(ada, name="maker", scopes=[Scope.WRITE_KEYS, Scope.READ_KEYS, Scope.READ_RUN])
    made, _ = issue(ada, name="made", scopes=[Scope.READ_RUN], made_by=maker)
    client = APIClient(HTTP_X_API_KEY=plain)
    assert client.get(KEYS).status_code == 200
    return maker, made, client


def meanwhile(change: Callable[[], Any], ask: Callable[[], Any]) -> Any:
    """The answer to a request that reaches its first write after `change`, and before that is committed."""
    waits = Event()

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(WAITS):
            waits.set()
        return execute(sql, *rest)

    def asked() -> Any:
        try:
            with connection.execute_wrapper(watch):
                return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            change()
            answer = threads.submit(asked)
            assert waits.wait(60)
        return answer.result(60)


def test_a_key_that_is_narrowed_meanwhile_widens_no_key_that_it_has_made(ada: User) -> None:
    maker, made, client = family(ada)
    answer = meanwhile(
        lambda: set_scopes(maker, [Scope.WRITE_KEYS]),
        lambda: client.put(f"{KEYS}/{made.id}/permissions", {"permissions": ["READ_RUN"]}, format="json"),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert ApiKey.objects.get(pk=made.pk).scopes == []


def test_a_key_that_is_suspended_meanwhile_resumes_no_key_that_it_has_made(ada: User) -> None:
    maker, made, client = family(ada)
    suspend(made)
    answer = meanwhile(lambda: suspend(maker), lambda: client.post(f"{KEYS}/{made.id}/resume"))
    assert (answer.status_code, answer.json()["code"]) == (409, "key_revoked")
    assert ApiKey.objects.get(pk=made.pk).suspended_at is not None
