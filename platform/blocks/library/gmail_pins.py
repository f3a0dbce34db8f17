"""What the blocks of Gmail have in common."""

from typing import Any

from blocks.base import Block, Category, Pin, Pins
from blocks.credentials import CredentialsPin, CredentialType
from blocks.library.mail_writing import ContentType
from blocks.prices import Price

_SCOPES = "https://www.googleapis.com/auth/gmail."
ADDRESS = "https://gmail.googleapis.com/gmail/v1/users/me"
#: One of Gmail's messages, for examples.
MESSAGE = {
    "id": "m1",
    "threadId": "t1",
    "labelIds": ["INBOX"],
    "snippet": "At noon?",
    "payload": {
        "mimeType": "text/plain",
        "headers": [
            {"name": "From", "value": "Grace <grace@example.org>"},
            {"name": "To", "value": "ada@example.org"},
            {"name": "Subject", "value": "Lunch"},
            {"name": "Message-ID", "value": "<1@example.org>"},
        ],
        "body": {"data": "QXQgbm9vbj8"},
    },
}


def GooglePin(*scopes: str) -> Any:  # noqa: N802 - reads as a declaration
    """A Google account that lets Gmail be used so."""
    return CredentialsPin(
        "google",
        types=(CredentialType.OAUTH2,),
        scopes=tuple(_SCOPES + scope for scope in scopes),
        description="A Google account.",
    )


class WritingPins(Pins):
    """Of blocks that send a text of their own."""

    cc: list[str] = Pin(default_factory=list, description="Who gets a copy.")
    bcc: list[str] = Pin(default_factory=list, description="Who gets a copy that others do not see.")
    content_type: ContentType | None = Pin(
        default=None, description="plain or html; auto, or nothing, for what the text looks like."
    )


class GmailBlock(Block):
    """Base of all blocks of Gmail."""

    categories = frozenset({Category.COMMUNICATION})
    prices = (Price(1),)
