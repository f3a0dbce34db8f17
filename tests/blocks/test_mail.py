import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from blocks.base import Block
from blocks.credentials import Credential, CredentialType
from blocks.errors import BlockError
from blocks.library import mail_protocols
from blocks.library.mail import ReadEmailsBlock, SendEmailBlock
from blocks.library.mail_protocols import email_of
from blocks.library.mail_reading import text_of_html
from reliability.secrets import Secret
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, Emitted, make_credential, outputs, references
from tests.world.certificates import AUTHORITY
from tests.world.mail import ADA, IMAP_HOST, SMTP_HOST, MailServer, mail_server

LUNCH = {
    "to_email": "Grace <grace@example.org>",
    "subject": "Lunch",
    "body": "At noon.\n.\nBring nothing.",
    "config": {"smtp_server": SMTP_HOST, "smtp_port": 587},
}
INBOX: dict[str, Any] = {"config": {"imap_server": IMAP_HOST}}


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / AUTHORITY))
    async with mail_server(CANARY, tmp_path) as made:
        yield made


def ada(**changes: Any) -> Credential:
    given = {"username": ADA, "hosts": frozenset({SMTP_HOST, IMAP_HOST})} | changes
    return make_credential("smtp", CredentialType.USER_PASSWORD, **given)


async def ask(
    block: Block, inputs: dict[str, Any], server: MailServer, *, credential: Credential | None = None
) -> Emitted:
    context = make_context(web=server.web(), credentials={"credentials": credential or ada()})
    return await outputs(block, references(block) | inputs, context)


def mail(number: int, text: str = "At noon?", **headers: str) -> bytes:
    message = EmailMessage()
    own = {
        "From": "Grace <grace@example.org>",
        "To": ADA,
        "Subject": f"Lunch {number}",
        "Date": "Tue, 3 Feb 2026 09:30:00 +0100",
    }
    for name, value in (own | headers).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


async def test_mail_is_sent_over_tls_with_the_password(server: MailServer) -> None:
    emitted = await ask(SendEmailBlock(), LUNCH, server)

    assert emitted == [("status", "Email sent successfully")]
    [sent] = server.sent
    assert (sent["From"], sent["To"], sent["Subject"]) == (ADA, "Grace <grace@example.org>", "Lunch")
    assert sent["Message-ID"] == "<node-execution-1@example.org>"
    assert sent.get_content().splitlines() == ["At noon.", ".", "Bring nothing."]
    assert server.envelopes == [(ADA, ["grace@example.org"])]
    assert server.said.index("STARTTLS") < next(n for n, line in enumerate(server.said) if line.startswith("AUTH"))


async def test_name_of_the_machine_is_not_told(server: MailServer) -> None:
    await ask(SendEmailBlock(), LUNCH, server)

    assert {line for line in server.said if line.startswith(("ehlo", "EHLO"))} == {"ehlo localhost"}


async def test_password_is_never_sent_in_the_clear(server: MailServer) -> None:
    server.offers_tls = False

    with pytest.raises(BlockError, match="STARTTLS extension not supported"):
        await ask(SendEmailBlock(), LUNCH, server)
    assert [line for line in server.said if "AUTH" in line] == []
    assert server.sent == []


async def test_server_of_another_name_is_not_believed(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")

    with pytest.raises(BlockError, match="certificate verify failed"):
        await ask(SendEmailBlock(), LUNCH, server)
    assert [line for line in server.said if "AUTH" in line] == []


@pytest.mark.parametrize(
    ("hosts", "says"),
    [
        (frozenset(), "name no hosts they may be sent to; smtp.example.org must be among them"),
        (frozenset({"mail.other.example"}), "smtp.example.org"),
    ],
)
async def test_password_goes_to_its_own_hosts_only(server: MailServer, hosts: frozenset[str], says: str) -> None:
    with pytest.raises(BlockError, match=says):
        await ask(SendEmailBlock(), LUNCH, server, credential=ada(hosts=hosts))
    with pytest.raises(BlockError, match=says.replace("smtp", "imap")):
        await ask(ReadEmailsBlock(), INBOX, server, credential=ada(hosts=hosts))
    assert server.said == []


@pytest.mark.parametrize(
    ("block", "inputs"), [(SendEmailBlock(), LUNCH), (ReadEmailsBlock(), INBOX)], ids=["smtp", "imap"]
)
async def test_server_that_quotes_the_password_is_not_repeated(
    server: MailServer, block: Block, inputs: dict[str, Any]
) -> None:
    server.password = CANARY + "-new"

    with pytest.raises(BlockError, match=r"The mail server .* failed") as caught:
        await ask(block, inputs, server)
    assert CANARY not in str(caught.value)
    assert "is wrong" in str(caught.value)


async def test_password_with_other_letters_is_not_shown(server: MailServer) -> None:
    with pytest.raises(BlockError, match="takes ASCII only") as caught:
        await ask(SendEmailBlock(), LUNCH, server, credential=ada(secret=Secret("pässword")))
    assert "ä" not in str(caught.value)


async def test_recipient_that_is_refused_is_told(server: MailServer) -> None:
    server.refused = frozenset({"grace@example.org"})

    with pytest.raises(BlockError, match=r"grace@example\.org: 550 No such person here"):
        await ask(SendEmailBlock(), LUNCH, server)


async def test_mail_without_a_recipient_is_refused_before_anything_is_sent(server: MailServer) -> None:
    with pytest.raises(BlockError, match="no recipient"):
        await ask(SendEmailBlock(), LUNCH | {"to_email": " "}, server)
    assert server.said == []


async def test_newest_unread_mails_are_read_and_stay_unread(server: MailServer) -> None:
    server.inbox = {number: mail(number) for number in (3, 9, 12, 20)}
    server.unread = {3, 9, 12}

    emitted = await ask(ReadEmailsBlock(), INBOX | {"max_results": 2}, server)

    assert [name for name, _ in emitted] == ["email", "email", "emails"]
    assert [email["id"] for email in emitted[2][1]] == ["12", "9"]
    assert emitted[0][1] == {
        "id": "12",
        "subject": "Lunch 12",
        "from_": "grace@example.org",
        "to": [ADA],
        "cc": [],
        "date": "Tue, 03 Feb 2026 09:30:00 +0100",
        "body": "At noon?\n",
        "attachments": [],
    }
    assert [line for line in server.said if "STORE" in line or "SELECT" in line] == []


async def test_read_mails_are_read_too_if_wanted(server: MailServer) -> None:
    server.inbox = {1: mail(1), 2: mail(2)}

    emitted = await ask(ReadEmailsBlock(), INBOX | {"unread_only": False}, server)

    assert [email["id"] for email in emitted[-1][1]] == ["2", "1"]


async def test_empty_folder_gives_no_mails(server: MailServer) -> None:
    assert await ask(ReadEmailsBlock(), INBOX, server) == [("emails", [])]


async def test_folder_that_is_missing_is_told(server: MailServer) -> None:
    with pytest.raises(BlockError, match="no such folder"):
        await ask(ReadEmailsBlock(), INBOX | {"folder": 'Old "mail"'}, server)
    assert any('EXAMINE "Old \\"mail\\""' in line for line in server.said)


@pytest.mark.parametrize("folder", ["INBOX\r\nA1 DELETE INBOX", "Entwürfe", ""])
async def test_folder_is_no_command(server: MailServer, folder: str) -> None:
    with pytest.raises(BlockError, match="folder must be of plain letters"):
        await ask(ReadEmailsBlock(), INBOX | {"folder": folder}, server)
    assert server.said == []


async def test_large_mail_is_read_in_part(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_protocols, "MESSAGE_BYTES", 2_000)
    server.inbox, server.unread = {1: mail(1, "word\n" * 1_000)}, {1}

    emitted = await ask(ReadEmailsBlock(), INBOX, server)

    assert 1_000 < len(emitted[0][1]["body"]) < 2_000


async def test_server_that_says_too_much_is_left(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_protocols, "MAX_BYTES", 1_000)
    server.inbox, server.unread = {1: mail(1, "word\n" * 1_000)}, {1}

    with pytest.raises(BlockError, match="it says more than 1,000 bytes"):
        await ask(ReadEmailsBlock(), INBOX, server)


async def test_connection_ends_with_a_cancelled_block(server: MailServer) -> None:
    """The server never greets."""
    server.imap_greeting = b""
    context = make_context(web=server.web(), credentials={"credentials": ada()})
    block = ReadEmailsBlock()
    running = asyncio.create_task(outputs(block, references(block) | INBOX, context))
    await asyncio.wait_for(server.connected.wait(), 5)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.wait_for(server.left.wait(), 5)


async def test_server_that_is_not_there_is_told(server: MailServer) -> None:
    gone = replace(server, smtp_port=1)

    with pytest.raises(BlockError, match="does not take connections"):
        await ask(SendEmailBlock(), LUNCH, gone)


@pytest.mark.parametrize(
    ("content", "name", "value"),
    [
        (b"Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\r\nx", "subject", "Grüße"),
        (b"Subject: =?x-unknown?B?R3I=?=\r\n\r\nx", "subject", "=?x-unknown?B?R3I=?="),
        (b"From: a@b.org\r\nTo: x@y.org,\r\n z@y.org\r\n\r\nx", "to", ["x@y.org", "z@y.org"]),
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nh\xe9", "body", "hé"),
        (b"Content-Type: text/plain; charset=nonsense\r\n\r\nhi", "body", "hi"),
        (b"Content-Type: text/html\r\n\r\n<p>hi<br>there", "body", "hi\nthere"),
        (b"Content-Type: image/png\r\n\r\nx", "body", ""),
        (b"", "subject", ""),
    ],
)
def test_mail_is_read_whatever_it_is_like(content: bytes, name: str, value: Any) -> None:
    assert email_of("1", content)[name] == value


def test_files_of_a_mail_are_named() -> None:
    message = EmailMessage()
    message.set_content("see")
    message.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="a.csv")

    email = email_of("1", message.as_bytes())

    assert email["body"] == "see\n"
    assert email["attachments"] == [{"filename": "a.csv", "content_type": "text/csv", "size": 4}]


def test_mail_of_parts_within_parts_is_told() -> None:
    content = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number) for number in range(3_000)
    )
    with pytest.raises(BlockError, match="parts within parts"):
        email_of("1", content)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("a &amp; b&nbsp;c", "a & b c"),
        ("<head><title>t</title></head><style>x</style><script>y</script>z", "z"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("plain", "plain"),
        ("<p>one <b>two</b>, three</p>", "one two, three"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_html_is_read_as_people_do(html: str, text: str) -> None:
    assert text_of_html(html) == text
