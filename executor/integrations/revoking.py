"""Removing a credential, at its provider too."""

import logging

from accounts.credentials.contents import Contents, opened
from accounts.credentials.errors import ProviderNotSetUp, SecretUnreadable
from accounts.credentials.models import StoredCredential
from accounts.credentials.oauth.asking import is_revoked
from accounts.credentials.oauth.providers import PROVIDERS, OAuthProvider, client_at
from accounts.credentials.oauth.tokens import for_revocation
from accounts.credentials.storing import remove_credential, require_own
from accounts.credentials.types import CredentialType
from executor.integrations.outward import ask
from executor.webhooks.detaching import detach
from reliability.net.errors import OutwardFailed, OutwardRefused

logger = logging.getLogger(__name__)


def remove(credential: StoredCredential) -> bool | None:
    """Delete it, then have its provider take it back. Whether that has; None if there is nothing to take back.

    Webhooks that are registered with it are removed before. Whatever the provider says, it is gone here.
    Raises SystemCredential.
    """
    require_own(credential)
    detach(credential)
    provider = PROVIDERS.get(credential.provider)
    contents = _contents(credential) if provider is not None and provider.revoke_url else None
    remove_credential(credential)
    return None if provider is None or contents is None else _revoke(provider, contents)


def _contents(credential: StoredCredential) -> Contents | None:
    """What no key opens can be deleted all the same."""
    if credential.type != CredentialType.OAUTH2:
        return None
    try:
        return opened(credential)
    except SecretUnreadable:
        return None


def _revoke(provider: OAuthProvider, contents: Contents) -> bool:
    try:
        question = for_revocation(provider, client_at(provider), contents.refresh or contents.secret)
        return ask(is_revoked, question)
    except (ProviderNotSetUp, OutwardFailed, OutwardRefused) as error:
        logger.warning("A token was not revoked: %s", error, extra={"action": "token_not_revoked"})
        return False
