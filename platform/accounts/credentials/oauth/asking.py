"""Asking a provider, through the one door outward."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from accounts.credentials.oauth.providers import OAuthProvider
from accounts.credentials.oauth.tokens import Question, Tokens, read_account, read_tokens
from reliability.net.door import Door, Reply
from reliability.net.errors import OutwardFailed, OutwardRefused

#: Shorter than `renewing.LEASE`.
TIMEOUT_SECONDS = 20.0


async def tokens_from(door: Door, provider: OAuthProvider, question: Question) -> Tokens:
    """Raises ProviderRefused, Unavailable, and what the door raises."""
    answer = await _ask(door, question)
    return read_tokens(provider, answer.status, answer.body, now=datetime.now(UTC))


async def is_revoked(door: Door, question: Question) -> bool:
    """Whether the provider has taken the token back. Raises what the door raises."""
    return 200 <= (await _ask(door, question)).status < 300


async def account_of(door: Door, provider: OAuthProvider, tokens: Tokens) -> str:
    """Whose account it is; empty if the provider does not tell, or not now. Nothing depends on it."""
    if not provider.account_url:
        return ""
    try:
        answer = await door.request(
            "GET",
            provider.account_url,
            headers={"Authorization": f"Bearer {tokens.access.reveal()}", "Accept": "application/json"},
            hosts=_host_of(provider.account_url),
            timeout_seconds=TIMEOUT_SECONDS,
        )
    except (OutwardFailed, OutwardRefused):
        return ""
    return read_account(provider, answer.status, answer.body)


async def _ask(door: Door, question: Question) -> Reply:
    """What holds a secret goes to the provider's own host, wherever that would send it on to."""
    return await door.request(
        "POST",
        question.url,
        headers=question.headers,
        form=question.form,
        hosts=_host_of(question.url),
        timeout_seconds=TIMEOUT_SECONDS,
    )


def _host_of(url: str) -> frozenset[str]:
    return frozenset({urlsplit(url).hostname or ""})
