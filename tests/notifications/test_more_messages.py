"""Notices about other things than credits and ends of executions, each in the transaction of its cause."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.core import mail

from accounts.credentials.models import StoredCredential
from accounts.credentials.types import CredentialType
from accounts.models import User
from credits.ledger import charge
from credits.payments.refunds import approve, reject, request_refund
from executor.reviews.models import Review
from notifications.deliveries.delivering import deliver_due
from notifications.messages.expiring import note_expiring
from notifications.models import Notice
from tests.credits.payments.cast import Shop
from tests.credits.payments.conftest import shop, stripe_server  # noqa: F401 - they are fixtures
from tests.executor.building import build, given, result
from tests.executor.reviews.cast import asking, parked
from tests.executor.running import ran

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.now(UTC)


def kinds(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user, is_listed=True).order_by("id").values_list("kind", flat=True))


def test_a_question_is_told_at_once(grace: User) -> None:
    parked(grace, asking())
    deliver_due()
    assert kinds(grace) == ["AWAITING_REVIEW"]
    assert [message.subject for message in mail.outbox] == ["test waits for you"]
    assert Notice.objects.get(kind="AWAITING_REVIEW").data["questions"] == Review.objects.count() == 1


def test_a_node_that_fails_unhandled_is_told_and_one_that_is_handled_is_not(grace: User) -> None:
    nodes = {"x": given("x", 1), "explode": ("Explode", {}), "out": result("out")}
    ran(grace, build(nodes, ["x.result -> explode.value", "explode.value -> out.value"]))
    ran(grace, build(nodes, ["x.result -> explode.value", "explode.error -> out.value"]))
    deliver_due()
    assert sorted(kinds(grace)) == ["AGENT_RUN", "AGENT_RUN", "BLOCK_EXECUTION_FAILED"]
    data = Notice.objects.get(kind="BLOCK_EXECUTION_FAILED").data
    assert (data["block_name"], "boom" in data["error_message"], data["count"]) == ("Explode", True, 1)


def test_a_credential_is_told_once_for_each_end(grace: User) -> None:
    def credential(type: CredentialType, days: float, **fields: object) -> StoredCredential:
        return StoredCredential.objects.create(
            user=grace,
            provider="github",
            type=type,
            title="Key",
            sealed="x",
            expires_at=NOW + timedelta(days=days),
            **fields,
        )

    ends_soon = credential(CredentialType.API_KEY, 6)
    credential(CredentialType.API_KEY, 8)
    credential(CredentialType.OAUTH2, 1)
    credential(CredentialType.OAUTH2, 1, refused_at=NOW)
    assert [note_expiring(now=NOW), note_expiring(now=NOW)] == [2, 0]
    StoredCredential.objects.filter(pk=ends_soon.pk).update(expires_at=NOW + timedelta(days=5))
    assert note_expiring(now=NOW) == 1
    deliver_due()
    assert kinds(grace) == ["CREDENTIAL_EXPIRING"] * 3


def test_refunds_are_told_to_operators_and_listed_for_their_user(shop: Shop, settings: LazySettings) -> None:  # noqa: F811
    settings.REFUND_EMAIL = "refunds@example.org"
    user, payment = shop.account.user, shop.buy(1000)
    charge(shop.account, amount=900, key="spent", reason="Use")
    request = request_refund(shop.account, payment, now=NOW, reason="A mistake")
    deliver_due()
    assert kinds(user)[-1] == "REFUND_REQUEST"
    asked = mail.outbox[-1]
    assert (asked.to, asked.subject) == (["refunds@example.org"], "A refund of 1,000 credits is asked for")
    assert "List-Unsubscribe" not in asked.extra_headers

    approve(request, now=NOW)
    deliver_due()
    assert kinds(user)[-1] == "REFUND_PROCESSED"
    assert mail.outbox[-1].subject == "A refund of 1,000 credits has ended"
    assert Notice.objects.filter(kind__startswith="REFUND").count() == 2


def test_a_refund_that_is_refused_has_ended_too(shop: Shop) -> None:  # noqa: F811
    payment = shop.buy(1000)
    charge(shop.account, amount=900, key="spent", reason="Use")
    request = request_refund(shop.account, payment, now=NOW)
    reject(request, now=NOW, actor=shop.account.user, reason="Spent")
    assert list(Notice.objects.filter(kind__startswith="REFUND").order_by("id").values_list("kind", flat=True)) == [
        "REFUND_REQUEST",
        "REFUND_PROCESSED",
    ]
