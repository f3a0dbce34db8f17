"""Credentials of one user, from their rows to the blocks of a worker."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from accounts.credentials.contents import Contents, opened
from accounts.credentials.errors import CredentialExpired, ProviderRefused, SignInAgain
from accounts.credentials.finding import find_usable, note_use
from accounts.credentials.models import StoredCredential
from accounts.credentials.oauth.asking import tokens_from
from accounts.credentials.oauth.providers import OAuthProvider, client_at, provider_of
from accounts.credentials.oauth.tokens import Question, for_renewal, is_final
from accounts.credentials.renewing import give_up_lease, is_due, store_tokens, take_lease
from blocks.credentials import Credential, CredentialType
from executor.hosting.threads import DatabaseThread
from reliability.errors import Unavailable
from reliability.net.door import Door

#: How often it is looked whether another process has renewed a token, and how long.
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 30.0


class UserCredentials:
    """Implements executor.engine.credentials.Credentials. system: the ids of the installation's own."""

    def __init__(self, user_id: UUID, system: frozenset[str], database: DatabaseThread, door: Door) -> None:
        self._user_id = user_id
        self._system = system
        self._database = database
        self._door = door

    def is_system(self, credential_id: str) -> bool:
        return credential_id in self._system

    async def open(self, credential_id: str) -> Credential:
        """With an access token that is renewed if it ends soon.

        Raises CredentialNotFound, CredentialExpired, SecretUnreadable, SignInAgain, ProviderNotSetUp and Unavailable.
        """
        stored = await self._find(credential_id)
        if is_due(stored, datetime.now(UTC)):
            stored = await self._renewed(stored)
        return await self._database.run(for_blocks, stored)

    async def _find(self, credential_id: str) -> StoredCredential:
        """Raises CredentialNotFound, CredentialExpired, and SignInAgain for one that its provider accepts no longer."""
        stored = await self._database.run(find_usable, self._user_id, credential_id)
        if stored.refused_at is not None:
            raise SignInAgain
        if stored.type != CredentialType.OAUTH2 and stored.is_expired(datetime.now(UTC)):
            raise CredentialExpired
        return stored

    async def _renewed(self, stored: StoredCredential) -> StoredCredential:
        """The same with a new access token; with the old one while that lasts, if there is trouble."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await self._renew(stored):
                    if not stored.is_expired(datetime.now(UTC)):
                        return stored
                    await asyncio.sleep(LOOK_SECONDS)
                    stored = await self._find(str(stored.id))
                    if not stored.is_expired(datetime.now(UTC)):
                        return stored
                return await self._find(str(stored.id))
        except (Unavailable, TimeoutError) as error:
            if not stored.is_expired(datetime.now(UTC)):
                return stored
            raise Unavailable(f"The credential could not be renewed: {error or 'it takes too long.'}") from None

    async def _renew(self, stored: StoredCredential) -> bool:
        """False if another process is at it. Raises SignInAgain, Unavailable and what the door raises."""
        if not await self._database.run(_can_be_renewed, stored):
            if stored.is_expired(datetime.now(UTC)):
                raise SignInAgain
            return True
        if not await self._database.run(take_lease, stored, datetime.now(UTC)):
            return False
        try:
            provider = provider_of(stored.provider)
            tokens = await tokens_from(self._door, provider, await self._database.run(_question, stored, provider))
        except ProviderRefused as error:
            refused_at = datetime.now(UTC) if is_final(error) else None
            await self._database.run(give_up_lease, stored, refused_at=refused_at)
            raise SignInAgain(f"{error} Sign in there again.") from None
        except BaseException:
            await asyncio.shield(self._database.run(give_up_lease, stored))
            raise
        await asyncio.shield(self._database.run(store_tokens, stored, tokens))
        return True


def _can_be_renewed(stored: StoredCredential) -> bool:
    return bool(opened(stored).refresh)


def _question(stored: StoredCredential, provider: OAuthProvider) -> Question:
    return for_renewal(provider, client_at(provider), opened(stored).refresh)


def for_blocks(stored: StoredCredential) -> Credential:
    """As blocks get it, its use noted. Raises SecretUnreadable."""
    contents: Contents = opened(stored)
    note_use(stored, datetime.now(UTC))
    return Credential(
        id=str(stored.id),
        provider=stored.provider,
        type=CredentialType(stored.type),
        title=stored.title,
        secret=contents.secret,
        username=stored.username,
        headers=contents.headers,
        hosts=frozenset(stored.hosts),
        scopes=frozenset(stored.scopes),
    )
