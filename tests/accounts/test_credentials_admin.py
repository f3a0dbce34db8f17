"""Credentials in the admin: the installation's own are entered there; nobody is shown a secret."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.credentials.contents import Contents, opened
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from reliability.secrets import Secret
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PAGES = "admin:accounts_storedcredential"
FORM = {"provider": "openai", "type": "api_key", "title": "Ours", "secret": "sk-canary", "hosts": "api.openai.com"}


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org"))
    return client


def entered(client: Client, **changes: Any) -> str:
    """What the page says after it was sent."""
    return client.post(reverse(f"{PAGES}_add"), FORM | changes, follow=True).content.decode()


def test_a_credential_of_the_installation_is_made_and_its_secret_not_shown(admin_client: Client) -> None:
    assert "canary" not in entered(admin_client)
    credential = StoredCredential.objects.get()
    assert credential.is_system
    assert (credential.hosts, opened(credential).secret) == (["api.openai.com"], Secret("sk-canary"))


def test_what_is_no_good_is_refused_beside_the_fields(admin_client: Client) -> None:
    shown = entered(admin_client, provider="Open AI", secret="sk-canary")
    assert "a–z" in shown
    assert "canary" not in shown
    assert not StoredCredential.objects.exists()


def test_a_users_credential_is_shown_without_its_secret_and_cannot_be_changed(admin_client: Client) -> None:
    contents = Contents(secret=Secret("sk-canary"))
    credential = make_credential(make_user(), provider="openai", type=CredentialType.API_KEY, contents=contents)
    for page in (reverse(f"{PAGES}_changelist"), reverse(f"{PAGES}_change", args=[credential.id])):
        shown = admin_client.get(page).content.decode()
        assert "ada@example.org" in shown
        assert "canary" not in shown
        assert credential.sealed not in shown
    answer = admin_client.post(reverse(f"{PAGES}_change", args=[credential.id]), FORM)
    assert answer.status_code == 403
