"""What a block says of the credentials that it needs, and what it is given while it runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel, Field

from blocks.scopes import lacking
from reliability.secrets import Secret


class CredentialType(StrEnum):
    """The values are those of the AutoGPT Platform."""

    API_KEY = "api_key"
    OAUTH2 = "oauth2"
    USER_PASSWORD = "user_password"  # noqa: S105 - the name of a type
    HOST_SCOPED = "host_scoped"


class CredentialReference(BaseModel):
    """The value of a credentials pin: which one, never the secret. Without an id, none has been chosen yet."""

    id: str = ""
    provider: str = ""
    type: str = ""
    title: str | None = None


def CredentialsPin(  # noqa: N802 - reads as a declaration, like Pin
    *providers: str,
    types: tuple[CredentialType, ...] = (CredentialType.API_KEY,),
    scopes: tuple[str, ...] = (),
    optional: bool = False,
    description: str = "",
) -> Any:
    """Declare a pin for credentials; it is called `credentials` or `*_credentials`, and is no link's sink.

    providers: which the block accepts.  scopes: of OAuth2, those that it needs.
    """
    extra: dict[str, Any] = {
        "credentials_provider": list(providers),
        "credentials_types": [str(kind) for kind in types],
        "credentials_scopes": list(scopes),
        "secret": False,
        "hidden": False,
        "advanced": False,
    }
    default: Any = None if optional else ...
    return Field(default=default, description=description, json_schema_extra=extra)


@dataclass(frozen=True, slots=True)
class CredentialNeed:
    """What one credentials pin takes. providers: empty for any.  scopes: of OAuth2, those that it needs."""

    providers: frozenset[str]
    types: frozenset[str]
    scopes: frozenset[str]
    is_required: bool

    def fault(self, provider: str, type: str, scopes: Iterable[str]) -> str:
        """Why a credential of this kind will not do, as a sentence; empty if it will. scopes: those it was granted."""
        if self.providers and provider not in self.providers:
            return f"A credential of {provider} does not fit: it must be one of {' or '.join(sorted(self.providers))}."
        if type not in self.types:
            return f"A credential of the type {type} does not fit: it must be {' or '.join(sorted(self.types))}."
        if type == CredentialType.OAUTH2 and (missing := lacking(self.scopes, scopes)):
            return f"The credential lacks the scope {', '.join(missing)}: sign in at {provider} again and grant it."
        return ""

    def __str__(self) -> str:
        return f"{' or '.join(sorted(self.providers)) or 'any provider'} ({' or '.join(sorted(self.types))})"


@cache
def credential_needs(pins: type[BaseModel]) -> Mapping[str, CredentialNeed]:
    """The pins of a block's inputs that are declared by CredentialsPin."""
    found: dict[str, CredentialNeed] = {}
    for name, pin in pins.model_fields.items():
        extra = pin.json_schema_extra
        if isinstance(extra, dict) and "credentials_provider" in extra:
            found[name] = _need(extra, is_required=pin.is_required())
    return found


def _need(extra: Mapping[str, Any], *, is_required: bool) -> CredentialNeed:
    providers, types, scopes = (frozenset(extra[f"credentials_{part}"]) for part in ("provider", "types", "scopes"))
    return CredentialNeed(providers, types, scopes, is_required)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One that was decrypted for this node execution. hosts: where its secrets may go; empty for the provider's own."""

    id: str
    provider: str
    type: CredentialType
    title: str = ""
    #: An API key, an access token, or a password.
    secret: Secret = field(default_factory=lambda: Secret(""))
    username: str = ""
    #: Of HOST_SCOPED ones.
    headers: Mapping[str, Secret] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    def bearer(self) -> dict[str, Secret]:
        """As the header Authorization."""
        return {"Authorization": Secret(f"Bearer {self.secret.reveal()}")}
