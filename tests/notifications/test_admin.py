"""Endpoints and deliveries in the admin: seen without what is secret, held, and sent again."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from notifications.deliveries.claiming import claim_due
from notifications.endpoints.making import make_endpoint
from notifications.endpoints.testing import send_test
from notifications.models import Delivery, DeliveryStatus, Endpoint

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

URL = "https://hooks.example.org/canary"


@pytest.fixture
def delivery(ada: User) -> Delivery:
    endpoint, _ = make_endpoint(ada, url=URL, kinds=["execution.failed"])
    return send_test(endpoint)


def client_with(*permissions: str) -> Client:
    user, _ = User.objects.get_or_create(email="staff@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, row: Endpoint | Delivery, action: str, reason: str = "They asked") -> Any:
    page = reverse(f"admin:notifications_{row._meta.model_name}_changelist")
    return client.post(page, {"action": action, "_selected_action": [row.pk], "reason": reason}, follow=True)


def test_pages_show_neither_secrets_nor_addresses(delivery: Delivery) -> None:
    client = client_with("view_endpoint", "view_delivery", "view_attempt")
    assert delivery.endpoint is not None
    sealed = delivery.endpoint.secrets.get().sealed
    for row in (delivery, delivery.endpoint):
        for page, arguments in (("changelist", []), ("change", [row.pk])):
            shown = client.get(reverse(f"admin:notifications_{row._meta.model_name}_{page}", args=arguments))
            assert shown.status_code == 200
            assert "canary" not in shown.text
            assert sealed not in shown.text


def test_deliveries_are_sent_again(delivery: Delivery) -> None:
    Delivery.objects.update(status=DeliveryStatus.GIVEN_UP, next_at=None)
    act(client_with("view_delivery"), delivery, "send_again")
    assert claim_due(1, {}) == []

    client = client_with("view_delivery", "change_delivery")
    act(client, delivery, "send_again", reason="")
    assert claim_due(1, {}) == []
    assert "1 sent again" in act(client, delivery, "send_again").text
    assert [one.delivery_id for one in claim_due(1, {})] == [delivery.id]


def test_endpoints_are_paused_and_resumed(delivery: Delivery) -> None:
    client, endpoint = client_with("view_endpoint", "change_endpoint"), delivery.endpoint
    assert endpoint is not None
    act(client, endpoint, "pause")
    assert claim_due(1, {}) == []
    act(client, endpoint, "resume")
    assert len(claim_due(1, {})) == 1
