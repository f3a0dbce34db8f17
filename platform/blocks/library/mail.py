"""Sending e-mail by SMTP and reading it by IMAP."""

from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel, Field

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.library.mail_protocols import Server, deliver, fetch
from blocks.library.mail_writing import Letter, written
from blocks.prices import Price

MAX_EMAILS = 50


class SMTPConfig(BaseModel):
    """Where to send by."""

    smtp_server: str = Field(default="smtp.gmail.com", description="The server's name.")
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="465 for TLS from the start, else STARTTLS.")


class IMAPConfig(BaseModel):
    """Where to read."""

    imap_server: str = Field(default="imap.gmail.com", description="The server's name.")
    imap_port: int = Field(default=993, ge=1, le=65_535, description="143 for STARTTLS, else TLS from the start.")


class SendEmailBlock(Block):
    """Sends a plain text."""

    id = "4335878a-394e-4e67-adf2-919877ff49ae"
    description = "Sends an e-mail by an SMTP server, always over TLS."
    categories = frozenset({Category.COMMUNICATION, Category.OUTPUT})
    prices = (Price(1),)
    is_sensitive = True
    examples = (
        Example(
            input={
                "to_email": "grace@example.org",
                "subject": "Lunch",
                "body": "At noon.",
                "config": {"smtp_server": "mail.elsewhere.example", "smtp_port": 587},
            },
            output=[("error", lambda text: "mail.elsewhere.example must be among them" in text)],
        ),
    )

    class Input(Pins):
        to_email: str = Pin(description="Who gets it.", placeholder="grace@example.org")
        subject: str = Pin(description="The subject.")
        body: str = Pin(description="The text.")
        config: SMTPConfig = Pin(default_factory=SMTPConfig, description="The server.", advanced=False)
        credentials: CredentialReference = CredentialsPin(
            "smtp",
            types=(CredentialType.USER_PASSWORD,),
            description="Name and password for the server, which must be among their hosts. The name is the sender.",
        )

    class Output(Pins):
        status: str = Pin(description="That it was sent.")
        error: str = Pin(description="Why it was not sent.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        credential = credential_for(context, input.config.smtp_server)
        letter = Letter(
            sender=credential.username,
            to=[input.to_email],
            subject=input.subject,
            body=input.body,
            content_type="plain",
            headers={"Message-ID": f"<{context.node_execution_id}@{credential.username.rpartition('@')[2]}>"},
        )
        await deliver(context, Server(input.config.smtp_server, input.config.smtp_port), credential, written(letter))
        yield "status", "Email sent successfully"


class ReadEmailsBlock(Block):
    """Reads without marking as read, unless that is wanted."""

    id = "0d1f7f6e-6a0b-4f0e-9a53-8d3f4f1f2b7c"
    description = "Gives the newest e-mails of a folder, by an IMAP server, each by itself and all together."
    categories = frozenset({Category.COMMUNICATION})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    examples = (
        Example(
            input={"config": {"imap_server": "mail.elsewhere.example"}},
            output=[("error", lambda text: "mail.elsewhere.example must be among them" in text)],
        ),
    )

    class Input(Pins):
        config: IMAPConfig = Pin(default_factory=IMAPConfig, description="The server.", advanced=False)
        credentials: CredentialReference = CredentialsPin(
            "imap",
            "smtp",
            types=(CredentialType.USER_PASSWORD,),
            description="Name and password for the server, which must be among their hosts.",
        )
        folder: str = Pin(default="INBOX", description="The folder, as the server calls it.", max_length=200)
        unread_only: bool = Pin(default=True, description="Only e-mails that nobody has read.")
        max_results: int = Pin(default=10, ge=1, le=MAX_EMAILS, description="How many e-mails at most.")

    class Output(Pins):
        email: dict[str, Any] = Pin(
            description="An e-mail: id, subject, from_, to, cc, date, body, attachments (filename, content_type, size)."
        )
        emails: list[dict[str, Any]] = Pin(description="All of them, the newest first.")
        error: str = Pin(description="Why there are no e-mails.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        credential = credential_for(context, input.config.imap_server)
        server = Server(input.config.imap_server, input.config.imap_port)
        emails = await fetch(
            context, server, credential, folder=input.folder, unread_only=input.unread_only, limit=input.max_results
        )
        for email in emails:
            yield "email", email
        yield "emails", emails


def credential_for(context: Context, server: str) -> Credential:
    """Raises BlockError unless they say themselves that they may be sent to this server: any graph can name one."""
    credential = context.credentials.get("credentials")
    if credential is None:
        raise BlockError("The mail server needs credentials; this node has none.")
    if not credential.hosts:
        raise BlockError(f"The credentials name no hosts they may be sent to; {server[:200]} must be among them.")
    return credential
