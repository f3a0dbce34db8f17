"""What a credential may consist of. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accounts.credentials.contents import Contents
from accounts.credentials.errors import CredentialInvalid
from accounts.credentials.models import PROVIDER_CHARACTERS, TITLE_CHARACTERS, USERNAME_CHARACTERS
from accounts.credentials.types import CredentialType

SECRET_CHARACTERS = 16 * 1024
HEADERS_MAX = 20
HOSTS_MAX = 50

_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]*")
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?")
_HOST_CHARACTERS = 253
#: RFC 9110, section 5.6.2.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
#: Line ends are part of keys in PEM, and of nothing else.
_CONTROL_IN_KEYS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Fault = tuple[str, str]


def require_good(
    *, provider: str, type: CredentialType, title: str, username: str, contents: Contents, hosts: Sequence[str]
) -> None:
    """Raise CredentialInvalid with every fault; no message shows a secret."""
    faults = dict(_faults(provider, title, username, hosts))
    faults |= dict(_secret_faults(type, username, contents, hosts))
    if faults:
        sentence = " ".join(f"{field}: {message}" for field, message in faults.items())
        raise CredentialInvalid(sentence, fields=faults)


def _faults(provider: str, title: str, username: str, hosts: Sequence[str]) -> Iterator[Fault]:
    if len(provider) > PROVIDER_CHARACTERS or not _PROVIDER.fullmatch(provider):
        yield "provider", f"It has 1 to {PROVIDER_CHARACTERS} of these characters: a–z, 0–9, _ and -."
    for field, value, most in (("title", title, TITLE_CHARACTERS), ("username", username, USERNAME_CHARACTERS)):
        if len(value) > most or _CONTROL.search(value):
            yield field, f"It has at most {most} characters, in one line."
    if len(hosts) > HOSTS_MAX:
        yield "hosts", f"There are {len(hosts)}; the limit is {HOSTS_MAX}."
    wrong = [host for host in hosts if len(host) > _HOST_CHARACTERS or not _HOST.fullmatch(host)]
    if wrong:
        yield "hosts", f"{wrong[0][:100]!r} is no host name. `*.example.org` stands for all below example.org."


def _secret_faults(type: CredentialType, username: str, contents: Contents, hosts: Sequence[str]) -> Iterator[Fault]:
    if type is CredentialType.HOST_SCOPED:
        yield from _header_faults(contents.headers)
        if not hosts:
            yield "host", "Headers need the host that they are for."
        return
    field = {CredentialType.API_KEY: "api_key", CredentialType.USER_PASSWORD: "password"}.get(type, "access_token")
    text, allowed = contents.secret.reveal(), _CONTROL_IN_KEYS if type is CredentialType.API_KEY else _CONTROL
    if not text or len(text) > SECRET_CHARACTERS or allowed.search(text):
        yield field, f"It has 1 to {SECRET_CHARACTERS} characters, and no control characters."
    if type is CredentialType.USER_PASSWORD and not username:
        yield "username", "It is missing."


def _header_faults(headers: Mapping[str, Any]) -> Iterator[Fault]:
    if not 1 <= len(headers) <= HEADERS_MAX:
        yield "headers", f"There are {len(headers)}; 1 to {HEADERS_MAX} are allowed."
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            yield f"headers.{name[:100]}", "This is no name of a header."
        elif not value or len(value.reveal()) > SECRET_CHARACTERS or _CONTROL.search(value.reveal()):
            yield f"headers.{name}", f"It has 1 to {SECRET_CHARACTERS} characters, in one line."
