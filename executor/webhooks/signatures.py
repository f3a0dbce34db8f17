"""Whether a call from outside comes from whom it should, and what it is about. Pure."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from standardwebhooks import Webhook as Signature
from standardwebhooks import WebhookVerificationError

from executor.webhooks.errors import SignatureInvalid, WebhookInvalid
from executor.webhooks.models import ANYBODY
from reliability.secrets import Secret

ID_CHARACTERS = 128
_GITHUB = "github"
_SHA256 = "sha256="
_PING = "ping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A call that is signed as it should be.

    key: tells it from all others to the same webhook; the same call again has the same.
    kind: of the event, as the provider calls it; empty where there are none.
    is_ping: whether it only tries if somebody answers.
    """

    key: str
    kind: str = ""
    is_ping: bool = False


#: Judges secret, body, and headers by their names in lower case. Raises SignatureInvalid and WebhookInvalid.
Verify = Callable[[Secret, bytes, Mapping[str, str]], Delivery]


def verify_standard(secret: Secret, body: bytes, headers: Mapping[str, str]) -> Delivery:
    """As the Standard Webhooks specification says: the signature covers the id and the time of the message."""
    try:
        Signature(secret.reveal()).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise SignatureInvalid from error
    message_id = headers["webhook-id"]
    if len(message_id) > ID_CHARACTERS:
        message = f"It has {len(message_id)} characters; {ID_CHARACTERS} are allowed."
        raise WebhookInvalid(f"webhook-id: {message}", fields={"webhook-id": message})
    return Delivery(key=message_id)


def verify_github(secret: Secret, body: bytes, headers: Mapping[str, str]) -> Delivery:
    """As "Validating webhook deliveries" of GitHub's documentation says.

    Only the body is signed: neither `X-GitHub-Delivery` nor a time. So the body itself is what tells deliveries apart,
    else who has overheard one could send it again under another id. GitHub's own second try has the same body.
    """
    expected = _SHA256 + hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
    given = headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
        raise SignatureInvalid
    kind = headers.get("x-github-event", "")
    return Delivery(key=hashlib.sha256(body).hexdigest(), kind=kind, is_ping=kind == _PING)


VERIFIERS: Mapping[str, Verify] = {ANYBODY: verify_standard, _GITHUB: verify_github}
