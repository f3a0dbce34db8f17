"""Reading and sending e-mail with Gmail."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from blocks.base import Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference
from blocks.files import file_of
from blocks.library.gmail_answering import answer, forward
from blocks.library.gmail_messages import GMAIL, email_of, message, send
from blocks.library.gmail_pins import ADDRESS, MESSAGE, GmailBlock, GooglePin, WritingPins
from blocks.library.mail_writing import Letter, written
from blocks.service import text_in
from blocks.web import File

MAX_MESSAGES = 100
MAX_FILES = 20


class GmailReadBlock(GmailBlock):
    """Finds e-mails, the newest first."""

    id = "25310c70-b89b-43ba-b25c-4dfa7e2a481c"
    description = "Gives the e-mails that a search in Gmail finds, each by itself and all together."
    effect = Effect.IDEMPOTENT
    examples = (
        Example(
            input={"query": "from:grace"},
            output=[
                ("email", lambda email: (email["from_"], email["body"]) == ("grace@example.org", "At noon?")),
                ("emails", list),
            ],
            web={f"GET {ADDRESS}/messages": {"messages": [{"id": "m1"}]}, f"GET {ADDRESS}/messages/m1": MESSAGE},
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = GooglePin("readonly")
        query: str = Pin(
            default="is:unread", description="What to look for, as in the search of Gmail.", advanced=False
        )
        max_results: int = Pin(default=10, ge=1, le=MAX_MESSAGES, description="How many e-mails at most.")

    class Output(Pins):
        email: dict[str, Any] = Pin(
            description="An e-mail: threadId, labelIds, id, subject, snippet, from_, to, cc, bcc, date, body, "
            "sizeEstimate, attachments."
        )
        emails: list[dict[str, Any]] = Pin(description="All of them.")
        error: str = Pin(description="Why there are no e-mails.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        emails = []
        params = {"q": input.query or None, "maxResults": input.max_results}
        found = await GMAIL.ask(context, "GET", "/messages", params=params)
        for entry in (found.get("messages") or [])[: input.max_results]:
            emails.append(await email_of(context, await message(context, text_in(entry, "id"))))
            yield "email", emails[-1]
        yield "emails", emails


class GmailSendBlock(GmailBlock):
    """Sends an e-mail."""

    id = "6c27abc2-e51d-499e-a85f-5a0041ba94f0"
    description = "Sends an e-mail with Gmail, as plain text or HTML."
    is_sensitive = True
    examples = (
        Example(
            input={"to": ["grace@example.org"], "subject": "Lunch", "body": "At noon."},
            output=[("result", {"id": "m2", "status": "sent"})],
            web={f"POST {ADDRESS}/messages/send": {"id": "m2", "threadId": "t2"}},
        ),
    )

    class Input(WritingPins):
        credentials: CredentialReference = GooglePin("send")
        to: list[str] = Pin(description="Who gets it.")
        subject: str = Pin(description="The subject.")
        body: str = Pin(description="The text, plain or HTML.")
        attachments: list[str] = Pin(default_factory=list, description="Files to attach.", max_length=MAX_FILES)

    class Output(Pins):
        result: dict[str, str] = Pin(description="The id of the message, and its status.")
        error: str = Pin(description="Why it was not sent.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        letter = Letter(
            to=input.to,
            cc=input.cc,
            bcc=input.bcc,
            subject=input.subject,
            body=input.body,
            content_type=input.content_type or "auto",
            attachments=await files(context, input.attachments),
        )
        sent = await send(context, written(letter))
        yield "result", {"id": text_in(sent, "id"), "status": "sent"}


class GmailReplyBlock(GmailBlock):
    """Answers an e-mail in its thread."""

    id = "12bf5a24-9b90-4f40-9090-4e86e6995e60"
    description = "Answers an e-mail of Gmail in its thread."
    is_sensitive = True
    examples = (
        Example(
            input={"threadId": "t1", "parentMessageId": "m1", "body": "Yes."},
            output=[("messageId", "m2"), ("threadId", "t1"), ("message", dict), ("email", dict)],
            web={
                f"GET {ADDRESS}/messages/m1": MESSAGE,
                f"POST {ADDRESS}/messages/send": {"id": "m2", "threadId": "t1"},
                f"GET {ADDRESS}/messages/m2": MESSAGE | {"id": "m2"},
            },
        ),
    )

    class Input(WritingPins):
        credentials: CredentialReference = GooglePin("send", "readonly")
        threadId: str = Pin(description="The id of the thread.")  # noqa: N815 - as Gmail calls it
        parentMessageId: str = Pin(description="The id of the e-mail that is answered.")  # noqa: N815
        to: list[str] = Pin(default_factory=list, description="Who gets it; nobody here for who wrote the e-mail.")
        replyAll: bool = Pin(default=False, description="Whether everybody gets it who got the e-mail.")  # noqa: N815
        subject: str = Pin(default="", description="Another subject than that of the e-mail.")
        body: str = Pin(description="The text, plain or HTML.")
        attachments: list[str] = Pin(default_factory=list, description="Files to attach.", max_length=MAX_FILES)

    class Output(Pins):
        messageId: str = Pin(description="The id of the answer.")  # noqa: N815
        threadId: str = Pin(description="The id of its thread.")  # noqa: N815
        message: dict[str, Any] = Pin(description="What Gmail says of it.")
        email: dict[str, Any] = Pin(description="The answer, as GmailRead gives e-mails.")
        error: str = Pin(description="Why it was not sent.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        letter = await answer(context, input, await files(context, input.attachments))
        sent = await send(context, written(letter), thread_id=input.threadId)
        yield "messageId", text_in(sent, "id")
        yield "threadId", text_in(sent, "threadId") or input.threadId
        yield "message", sent
        yield "email", await email_of(context, await message(context, text_in(sent, "id")))


class GmailForwardBlock(GmailBlock):
    """Passes an e-mail on, with what is attached to it."""

    id = "64d2301c-b3f5-4174-8ac0-111ca1e1a7c0"
    description = "Forwards an e-mail of Gmail, with its attachments if wanted."
    is_sensitive = True
    examples = (
        Example(
            input={"messageId": "m1", "to": ["b@example.org"], "forwardMessage": "See below."},
            output=[("messageId", "m3"), ("threadId", "t3"), ("status", "Message forwarded successfully")],
            web={
                f"GET {ADDRESS}/messages/m1": MESSAGE,
                f"POST {ADDRESS}/messages/send": {"id": "m3", "threadId": "t3"},
            },
        ),
    )

    class Input(WritingPins):
        credentials: CredentialReference = GooglePin("send", "readonly")
        messageId: str = Pin(description="The id of the e-mail.")  # noqa: N815
        to: list[str] = Pin(description="Who gets it.")
        subject: str = Pin(default="", description="Another subject than that of the e-mail.")
        forwardMessage: str = Pin(default="", description="A text to put before it.")  # noqa: N815
        includeAttachments: bool = Pin(default=True, description="Whether its files go with it.")  # noqa: N815
        additionalAttachments: list[str] = Pin(  # noqa: N815
            default_factory=list, description="Further files to attach.", max_length=MAX_FILES
        )

    class Output(Pins):
        messageId: str = Pin(description="The id of the new e-mail.")  # noqa: N815
        threadId: str = Pin(description="The id of its thread.")  # noqa: N815
        status: str = Pin(description="That it was forwarded.")
        error: str = Pin(description="Why it was not forwarded.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        letter = await forward(context, input, await files(context, input.additionalAttachments))
        sent = await send(context, written(letter))
        yield "messageId", text_in(sent, "id")
        yield "threadId", text_in(sent, "threadId")
        yield "status", "Message forwarded successfully"


async def files(context: Context, values: Sequence[str]) -> list[File]:
    return [await file_of(value, context) for value in values if value]
