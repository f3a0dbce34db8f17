"""Providers at which users can sign in, as their documentation describes them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from accounts.credentials.errors import ProviderNotSetUp, ProviderUnknown
from reliability.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthProvider:
    """Where one signs in, and what is odd about it."""

    name: str
    authorize_url: str
    #: Gives tokens, for a code and for a refresh token.
    exchange_url: str
    #: Takes a token that is to hold no longer (RFC 7009); empty if there is no such address.
    revoke_url: str = ""
    #: What is asked for beside what a block needs.
    scopes: frozenset[str] = frozenset()
    #: Further parameters of the page where one signs in.
    parameters: Mapping[str, str] = field(default_factory=dict)
    #: Whether our secret goes into the header Authorization, instead of the form.
    basic_auth: bool = False
    #: Tells whose account it is, and under which of these names, the first that it has; empty if that is not told.
    account_url: str = ""
    account_names: tuple[str, ...] = ()
    #: Access tokens that begin so have permissions of another kind in the place of scopes.
    unscoped: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """What we are known by at a provider."""

    id: str
    secret: Secret


PROVIDERS = {
    provider.name: provider
    for provider in (
        OAuthProvider(
            name="google",
            authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
            exchange_url="https://oauth2.googleapis.com/token",
            revoke_url="https://oauth2.googleapis.com/revoke",
            scopes=frozenset({"https://www.googleapis.com/auth/userinfo.email", "openid"}),
            # Without these Google gives a refresh token the first time only.
            parameters={"access_type": "offline", "prompt": "consent"},
            account_url="https://www.googleapis.com/oauth2/v3/userinfo",
            account_names=("email", "name"),
        ),
        OAuthProvider(
            name="github",
            authorize_url="https://github.com/login/oauth/authorize",
            exchange_url="https://github.com/login/oauth/access_token",
            account_url="https://api.github.com/user",
            account_names=("login",),
            unscoped="ghu_",
        ),
        OAuthProvider(
            name="discord",
            authorize_url="https://discord.com/oauth2/authorize",
            exchange_url="https://discord.com/api/oauth2/token",
            revoke_url="https://discord.com/api/oauth2/token/revoke",
            scopes=frozenset({"identify"}),
            account_url="https://discord.com/api/users/@me",
            account_names=("username",),
        ),
        OAuthProvider(
            name="airtable",
            authorize_url="https://airtable.com/oauth2/v1/authorize",
            exchange_url="https://airtable.com/oauth2/v1/token",
            basic_auth=True,
            account_url="https://api.airtable.com/v0/meta/whoami",
            account_names=("email",),
        ),
        OAuthProvider(
            name="wordpress",
            authorize_url="https://public-api.wordpress.com/oauth2/authorize",
            exchange_url="https://public-api.wordpress.com/oauth2/token",
            account_url="https://public-api.wordpress.com/rest/v1.1/me",
            account_names=("username", "display_name"),
        ),
        OAuthProvider(
            name="linear",
            authorize_url="https://linear.app/oauth/authorize",
            exchange_url="https://api.linear.app/oauth/token",
            revoke_url="https://api.linear.app/oauth/revoke",
        ),
    )
}


def provider_of(name: str) -> OAuthProvider:
    """Raises ProviderUnknown."""
    if name not in PROVIDERS:
        raise ProviderUnknown(f"One cannot sign in at {name[:50]!r}; one can at {', '.join(sorted(PROVIDERS))}.")
    return PROVIDERS[name]


def client_at(provider: OAuthProvider) -> Client:
    """From OAUTH_CLIENTS. Raises ProviderNotSetUp."""
    id_, _, secret = settings.OAUTH_CLIENTS.get(provider.name, "").partition(":")
    if not (id_ and secret):
        where = f"OAUTH_CLIENTS={provider.name}=id:secret"
        raise ProviderNotSetUp(f"This installation is not registered at {provider.name}: set {where}.")
    return Client(id_, Secret(secret))
