"""A request that comes again with its key has no second effect, and gets the first answer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from api.idempotency import forget_answers
from api.models import KeyedAnswer
from executor.models import KeyValue
from tests.api.cast import client_of
from tests.api.own_views import gate
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

NOTES, CLAIMED = "/api/own/notes", "/api/own/claimed"
BOTH = pytest.mark.parametrize("address", [NOTES, CLAIMED])
AT_ONCE = 50


@pytest.fixture(autouse=True)
def own_views(settings: LazySettings) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.api.own_views"
    yield
    gate.opened.set()


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


@pytest.fixture
def api(ada: User) -> APIClient:
    return client_of(ada)


def send(api: APIClient, address: str = NOTES, key: str = "k", **body: Any) -> Any:
    return api.post(address, body, format="json", headers={"Idempotency-Key": key})


def in_thread(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


@BOTH
def test_the_same_request_gets_the_same_answer_and_has_one_effect(api: APIClient, address: str) -> None:
    first, second = send(api, address), send(api, address)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert second["Cache-Control"] == "no-store"
    assert KeyValue.objects.count() == 1


@BOTH
def test_without_a_key_each_request_counts(api: APIClient, address: str) -> None:
    assert [api.post(address, {}, format="json").status_code for _ in range(2)] == [201, 201]
    assert (KeyValue.objects.count(), KeyedAnswer.objects.count()) == (2, 0)


@BOTH
def test_an_answer_without_a_body_comes_again_too(api: APIClient, address: str) -> None:
    answers = [send(api, address, wish="nothing") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert KeyValue.objects.count() == 1


@BOTH
def test_another_body_other_parameters_and_another_address_are_refused(api: APIClient, address: str) -> None:
    send(api, address)
    other = CLAIMED if address == NOTES else NOTES
    others = [send(api, address, more=1), send(api, f"{address}?a=1"), send(api, other)]
    assert [(answer.status_code, answer.json()["code"]) for answer in others] == [(422, "key_reused")] * 3
    assert KeyValue.objects.count() == 1


def test_parameters_that_come_twice_count_both(api: APIClient) -> None:
    assert send(api, f"{NOTES}?a=1&a=2").status_code == 201
    assert send(api, f"{NOTES}?a=3&a=2").status_code == 422


def test_the_order_of_names_does_not_matter(api: APIClient) -> None:
    first, second = send(api, a=1, b=2), send(api, b=2, a=1)
    assert first.json() == second.json()


def test_uploads_are_told_apart_by_what_is_in_them(api: APIClient) -> None:
    def upload(content: bytes) -> Any:
        body = {"file": SimpleUploadedFile("a.txt", content), "name": "x"}
        return api.post(NOTES, body, format="multipart", headers={"Idempotency-Key": "k"})

    assert upload(b"one").json() == upload(b"one").json()
    assert upload(b"two").status_code == 422
    assert KeyValue.objects.count() == 1


@BOTH
def test_keys_belong_to_their_user(api: APIClient, address: str) -> None:
    grace = client_of(make_user("grace@example.org", credits=0))
    assert send(api, address).json() != send(grace, address).json()
    assert KeyValue.objects.count() == 2


@BOTH
@pytest.mark.parametrize(("wish", "status"), [("refused", 409), ("broken", 500), ("answered", 409)])
def test_what_was_refused_or_broke_is_not_kept(api: APIClient, address: str, wish: str, status: int) -> None:
    assert [send(api, address, wish=wish).status_code for _ in range(2)] == [status] * 2
    other = CLAIMED if address == NOTES else NOTES
    assert send(api, other).status_code == 201
    assert send(api, address).status_code == 422
    assert KeyedAnswer.objects.get().status == 201


@pytest.mark.parametrize("wish", ["refused", "broken", "answered"])
def test_what_was_refused_or_broke_leaves_nothing_behind(api: APIClient, wish: str) -> None:
    send(api, wish=wish)
    assert KeyValue.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\x7f"])
def test_a_key_that_is_empty_too_long_or_not_printable_is_refused(api: APIClient, key: str) -> None:
    answer = send(api, key=key)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])


def test_a_key_of_255_characters_is_none_too_long(api: APIClient) -> None:
    assert send(api, key="x" * 255).json() == send(api, key="x" * 255).json()


def test_a_key_changes_nothing_where_there_is_no_post(api: APIClient) -> None:
    assert send(api, "/api/own/reading").status_code == 405


@BOTH
def test_fifty_at_once_have_one_effect(ada: User, address: str) -> None:
    together = Barrier(AT_ONCE)

    def post(number: int) -> tuple[int, str]:
        api = client_of(ada)
        together.wait(60)
        answer = send(api, address).json()
        return answer.get("status", 201), answer.get("key" if "status" not in answer else "code")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = set(threads.map(lambda number: in_thread(lambda: post(number)), range(AT_ONCE)))
    assert answers - {(409, "in_flight")} == {(201, KeyValue.objects.get().key)}


def test_the_same_request_meanwhile_waits_or_is_told_to_come_again(ada: User) -> None:
    """With SQLite the second waits for the transaction of the first; with PostgreSQL it does not."""
    gate.close()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(in_thread, lambda: send(client_of(ada)))
        assert gate.reached.wait(60)
        second = threads.submit(in_thread, lambda: send(client_of(ada)))
        if connection.vendor == "postgresql":
            answer = second.result(60)
            assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "in_flight", "1")
        gate.opened.set()
        assert first.result(60).status_code == 201
        if connection.vendor != "postgresql":
            assert second.result(60).content == first.result().content
    assert KeyValue.objects.count() == 1


def test_a_claimed_request_meanwhile_is_told_to_come_again(ada: User, api: APIClient) -> None:
    gate.close()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(in_thread, lambda: send(client_of(ada), CLAIMED))
        assert gate.reached.wait(60)
        answer = send(api, CLAIMED)
        assert (answer.status_code, answer.json()["code"]) == (409, "in_flight")
        gate.opened.set()
        assert first.result(60).status_code == 201
    assert send(api, CLAIMED).content == first.result().content


def test_a_claim_that_was_left_behind_is_taken_over_when_its_time_is_up(ada: User, api: APIClient) -> None:
    """As after a crash between the claim and the answer."""
    send(api, CLAIMED)
    now = timezone.now()
    KeyedAnswer.objects.update(status=None, body="", claimed_until=now + timedelta(minutes=1))
    assert send(api, CLAIMED).status_code == 409
    KeyedAnswer.objects.update(claimed_until=now - timedelta(seconds=1))
    again = send(api, CLAIMED)
    assert (again.status_code, again.get("Idempotent-Replayed")) == (201, None)
    assert send(api, CLAIMED).content == again.content


def test_whoever_was_overtaken_does_not_write_over_the_answer(ada: User, api: APIClient) -> None:
    gate.close()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(in_thread, lambda: send(client_of(ada), CLAIMED))
        assert gate.reached.wait(60)
        KeyedAnswer.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        quick = send(api, CLAIMED)
        gate.opened.set()
        assert slow.result(60).status_code == quick.status_code == 201
    assert send(api, CLAIMED).content == quick.content != slow.result().content


def test_whoever_was_overtaken_and_breaks_does_not_give_up_the_claim_of_the_other(ada: User) -> None:
    gate.close()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(in_thread, lambda: send(client_of(ada), CLAIMED, wish="broken"))
        assert gate.reached.wait(60)
        KeyedAnswer.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))  # as the other claims it
        gate.opened.set()
        assert slow.result(60).status_code == 500
    assert KeyedAnswer.objects.get().status is None


def test_kept_answers_cannot_be_read_in_the_database(api: APIClient) -> None:
    key = send(api).json()["key"]
    assert key not in KeyedAnswer.objects.get().body


def test_an_answer_under_a_lost_key_of_ours_has_no_second_effect(api: APIClient, settings: LazySettings) -> None:
    send(api)
    settings.SECRET_KEY = "another"
    answer = send(api)
    assert (answer.status_code, answer.json()["code"]) == (409, "answer_lost")
    assert KeyValue.objects.count() == 1


def test_old_answers_are_forgotten(api: APIClient, settings: LazySettings) -> None:
    settings.IDEMPOTENCY_KEY_DAYS = 7
    send(api, key="old"), send(api, key="new")
    now = timezone.now()
    KeyedAnswer.objects.filter(key="old").update(created_at=now - timedelta(days=7, seconds=1))
    assert forget_answers(now=now) == 1
    assert KeyedAnswer.objects.get().key == "new"
