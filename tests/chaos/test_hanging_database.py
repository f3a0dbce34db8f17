"""A database that takes us in and then answers nothing."""

import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.house.processes import wait_until

TOKEN = "operators-only-0123456789"
#: As tests/house/test_health.py has it: a second, and what a busy machine adds.
READY_SECONDS = 1.3

pytestmark = pytest.mark.django_db(transaction=True)


def ask(client: Client) -> tuple[int, list[str], float]:
    """Status, what is named, seconds."""
    begun = time.monotonic()
    answer = client.get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
    found = [one["dependency"] for one in answer.json().get("findings", [])]
    return answer.status_code, found, time.monotonic() - begun


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="there is no server that could hang")
def test_it_is_not_ready_within_its_bound(redis_url: str, client: Client, settings: Any) -> None:
    settings.OPERATOR_TOKEN = TOKEN
    wait_until(lambda: "database" not in ask(client)[1])
    connection.set_autocommit(False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        for _ in range(3):
            status, found, seconds = ask(client)
            assert (status, "database" in found) == (503, True)
            assert seconds < READY_SECONDS
            assert client.get("/healthz").status_code == 200
    finally:
        connection.rollback()
        connection.set_autocommit(True)
    wait_until(lambda: "database" not in ask(client)[1])
