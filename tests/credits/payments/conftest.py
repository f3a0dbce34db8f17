"""Imports wait until the fixtures run: pytest reads this file before Django is set up."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.credits.payments.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.quick_server import QuickServer

if TYPE_CHECKING:
    from tests.credits.payments.cast import Shop


@pytest.fixture
def stripe_server(settings: Any) -> Iterator[FakeStripe]:
    """A fake Stripe that the settings point at."""
    fake = FakeStripe()
    with QuickServer(host="127.0.0.1", port=0, threaded=True) as server:
        server.expect_request(re.compile("/v1/.*")).respond_with_handler(fake.answer)
        settings.STRIPE_SECRET_KEY = SECRET_KEY
        settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
        settings.STRIPE_BASE_URL = server.url_for("").rstrip("/")
        yield fake


@pytest.fixture
def shop(stripe_server: FakeStripe, transactional_db: None) -> "Shop":
    """Ada and Stripe."""
    from tests.credits.payments.cast import Shop

    return Shop.open(stripe_server)
