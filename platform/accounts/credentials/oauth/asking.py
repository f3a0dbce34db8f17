"""Asking a provider, through the one door outward."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from accounts.credentials.oauth.providers import OAuthProvider
from accounts.credentials.oauth.tokens import Question, Tokens, read_tokens
from reliability.net.door import Door, Reply

#: Shorter than `renewing.LEASE`.
TIMEOUT_SECONDS = 20.0


async def tokens_from(door: Door, provider: OAuthProvider, question: Question) -> Tokens:
    """Raises ProviderRefused, Unavailable, and what the door raises."""
    answer = await _ask(door, question)
    return read_tokens(provider, answer.status, answer.body, now=datetime.now(UTC))


async def is_revoked(door: Door, question: Question) -> bool:
    """Whether the provider has taken the token back. Raises what the door raises."""
    return 200 <= (await _ask(door, question)).status < 300


async def _ask(door: Door, question: Question) -> Reply:
    """What holds a secret goes to the provider's own host, wherever that would send it on to."""
    return await door.request(
        "POST",
        question.url,
        headers=question.headers,
        form=question.form,
        hosts=frozenset({urlsplit(question.url).hostname or ""}),
        timeout_seconds=TIMEOUT_SECONDS,
    )
