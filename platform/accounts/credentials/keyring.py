"""The keys that seal secrets at rest: the newest one seals, each opens what it has sealed.

A sealed text is `<key id>.<Fernet token>`. The id is derived from the key, so that it is known without trying whether a
text can be opened, and which texts are left to be sealed anew. Inside the token stands whom the secret belongs to: a
text that is moved into another row does not open there.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from accounts.credentials.errors import KeyInvalid, SecretUnreadable
from reliability.secrets import Secret

KEY_ID_CHARACTERS = 8


class KeyRing:
    """keys: Fernet keys, newest first. Raises KeyInvalid, which never shows a key."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise KeyInvalid("CREDENTIAL_KEYS is empty: it must hold at least one Fernet key.")
        self._keys = {key_id(key): _fernet(key, number) for number, key in enumerate(keys, start=1)}
        #: Under which id the newest key's texts are found.
        self.newest = key_id(keys[0])

    def seal(self, text: str, *, owner: str) -> str:
        """owner: what the secret belongs to, such as `credential:<id>`."""
        token = self._keys[self.newest].encrypt(f"{owner}\n{text}".encode())
        return f"{self.newest}.{token.decode()}"

    def open(self, sealed: str, *, owner: str) -> Secret:
        """Raises SecretUnreadable: the key is missing, or the text was changed or moved."""
        key, _, token = sealed.partition(".")
        if key not in self._keys:
            raise SecretUnreadable(f"The secret of {owner} was sealed with the key {key}, which CREDENTIAL_KEYS lacks.")
        try:
            found, _, text = self._keys[key].decrypt(token.encode()).decode().partition("\n")
        except (InvalidToken, ValueError) as error:
            raise SecretUnreadable(f"The secret of {owner} was changed since it was sealed.") from error
        if found != owner:
            raise SecretUnreadable(f"The secret that stands at {owner} belongs to {found}.")
        return Secret(text)

    def knows(self, key: str) -> bool:
        return key in self._keys


def key_id(key: str) -> str:
    """A name for the key that tells nothing of it."""
    return sha256(f"key id of {key.strip()}".encode()).hexdigest()[:KEY_ID_CHARACTERS]


def ring() -> KeyRing:
    """The one of this installation. Raises KeyInvalid."""
    return _ring(tuple(settings.CREDENTIAL_KEYS))


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> KeyRing:
    return KeyRing(keys)


def _fernet(key: str, number: int) -> Fernet:
    try:
        return Fernet(key.strip())
    except ValueError:
        raise KeyInvalid(f"The key number {number} in CREDENTIAL_KEYS is no Fernet key.") from None
