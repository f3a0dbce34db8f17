"""Tickets: asked for over the API, kept as digests, used once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.keys import issue
from accounts.models import User
from accounts.tickets import LIFETIME, SocketTicket, issue_ticket, use_ticket
from api.models import KeyedAnswer
from api.scopes import Scope
from tests.factories import make_user

ADDRESS = "/api/v1/ws-tickets"


def client(user: User, *scopes: Scope) -> APIClient:
    found = APIClient()
    found.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(user, name='tests', scopes=scopes or tuple(Scope))[1]}")
    return found


@pytest.fixture
def ada(db: None) -> User:
    return make_user("ada@example.org")


def test_ticket_is_given_for_a_key_and_kept_as_a_digest(ada: User) -> None:
    answer = client(ada).post(ADDRESS)
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 60)
    text = answer.json()["ticket"]
    kept = SocketTicket.objects.get()
    assert text not in {str(value) for value in vars(kept).values()}
    used = use_ticket(text)
    assert used is not None
    assert (used.user, used.api_key) == (ada, ada.api_keys.get())


def test_ticket_is_given_for_a_session(ada: User) -> None:
    page = APIClient(enforce_csrf_checks=False)
    page.force_login(ada)
    text = page.post(ADDRESS).json()["ticket"]
    used = use_ticket(text)
    assert used is not None
    assert (used.user, used.api_key, used.session_key) == (ada, None, page.session.session_key)


def test_page_of_another_site_gets_no_ticket_for_a_session(ada: User) -> None:
    page = APIClient(enforce_csrf_checks=True)
    page.force_login(ada)
    assert page.post(ADDRESS).status_code == 403


def test_nobody_and_a_key_that_may_not_read_executions_get_none(ada: User) -> None:
    assert APIClient().post(ADDRESS).status_code == 401
    assert client(ada, Scope.READ_GRAPH).post(ADDRESS).status_code == 403
    assert not SocketTicket.objects.exists()


def test_same_request_twice_gives_two_tickets_and_none_is_kept_as_an_answer(ada: User) -> None:
    api = client(ada)
    first, second = (api.post(ADDRESS, headers={"Idempotency-Key": "once"}).json()["ticket"] for _ in range(2))
    assert first != second
    assert use_ticket(first) is not None
    assert use_ticket(second) is not None
    assert not KeyedAnswer.objects.exists()


def test_ticket_counts_once_and_for_a_minute(ada: User) -> None:
    now = timezone.now()
    text = issue_ticket(ada, now=now)
    assert use_ticket(text, now=now + LIFETIME) is None
    assert use_ticket(text, now=now + LIFETIME - timedelta(seconds=1)) is not None
    assert use_ticket(text, now=now) is None


@pytest.mark.parametrize("text", ["", "slt_", "slt_\x00", "slt_\ud800", "x" * 1_000_000])
def test_what_is_no_ticket_is_refused(ada: User, text: str) -> None:
    assert use_ticket(text) is None


def test_tickets_that_have_expired_do_not_pile_up(ada: User) -> None:
    for _ in range(3):
        issue_ticket(ada, now=timezone.now() - LIFETIME)
    issue_ticket(ada)
    assert SocketTicket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_that_use_a_ticket_at_once_one_may() -> None:
    text = issue_ticket(make_user("ada@example.org"))
    together = threading.Barrier(8)

    def use(_: int) -> bool:
        together.wait(30)
        try:
            return use_ticket(text) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(8))) == 1
