"""Whatever is sent: nothing breaks, and every answer is one that the schema knows."""

from collections.abc import Iterable, Iterator

import pytest
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.api.belongings import Belongings
from tests.api.cast import Scene
from tests.api.fuzzing import Fuzzer
from tests.credits.payments.conftest import stripe_server as stripe_server
from tests.credits.payments.fake_stripe import FakeStripe

NIGHTLY = 10_000


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The site leaves the connection alone that the test has its transaction in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def fuzzer(scene: Scene, settings: LazySettings, one_connection: None, stripe_server: FakeStripe) -> Fuzzer:
    """Everything is set up that would answer 501 or 503 without, and nobody outside is asked."""
    settings.BLOCK_WAIT_SECONDS = 0
    settings.OAUTH_CLIENTS = {"google": "us:client:secret"}
    return Fuzzer(Belongings(scene))


def test_whatever_is_sent_the_schema_knows_the_answer(fuzzer: Fuzzer) -> None:
    require_none(fuzzer.faults(examples=1))
    assert fuzzer.requests > 200
    assert {200, 201, 202, 204, 400, 404} <= set(fuzzer.answers)


def test_whatever_comes_after_one_another_the_schema_knows_the_answer(fuzzer: Fuzzer) -> None:
    require_none(fuzzer.faults_on_walks(walks=3))
    assert fuzzer.requests > 3


@pytest.mark.slow
def test_ten_thousand_requests_break_nothing(fuzzer: Fuzzer) -> None:
    number = 0
    while fuzzer.requests < NIGHTLY:
        number += 1
        require_none(fuzzer.faults(examples=5, number=number))
        require_none(fuzzer.faults_on_walks(walks=50, number=number))


def require_none(faults: Iterable[str]) -> None:
    if found := list(faults):
        pytest.fail("\n\n".join(found), pytrace=False)
