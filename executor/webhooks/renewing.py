"""Changing what the senders of a webhook's calls sign with."""

from executor.webhooks.errors import WebhookInvalid
from executor.webhooks.models import ANYBODY, Webhook
from executor.webhooks.secrets import give_new_secret
from reliability.errors import NotFound
from reliability.secrets import Secret


def renew_secret(webhook: Webhook) -> Secret:
    """Give it a new one now.

    Raises WebhookInvalid for one that a provider signs: to that one it was told once. Raises NotFound.
    """
    if webhook.provider != ANYBODY:
        message = f"It is known to {webhook.provider} alone. Make a new webhook to change it."
        raise WebhookInvalid(f"secret: {message}", fields={"secret": message})
    secret = give_new_secret(webhook)
    if not Webhook.objects.filter(id=webhook.id).update(sealed=webhook.sealed):
        raise NotFound("The webhook was deleted meanwhile.")
    return secret
