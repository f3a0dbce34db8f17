"""What the senders of a webhook's calls sign with. It is stored sealed, as credentials are."""

import base64
import secrets
from typing import TYPE_CHECKING

from accounts.credentials.keyring import ring
from reliability.secrets import Secret

if TYPE_CHECKING:
    from executor.webhooks.models import Webhook

SECRET_BYTES = 32


def give_new_secret(webhook: "Webhook") -> Secret:
    """Put a new one on the row, which is to be saved then; the old one signs nothing any more."""
    secret = new_secret()
    webhook.sealed = ring().seal(secret, owner=_owner(webhook))
    return Secret(secret)


def secret_of(webhook: "Webhook") -> Secret:
    """Raises SecretUnreadable."""
    return ring().open(webhook.sealed, owner=_owner(webhook))


def new_secret() -> str:
    """As the Standard Webhooks specification writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _owner(webhook: "Webhook") -> str:
    return f"webhook:{webhook.id}"
