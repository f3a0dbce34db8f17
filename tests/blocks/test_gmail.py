import base64
from typing import Any

import pytest

from blocks.credentials import CredentialType
from blocks.errors import BlockError
from blocks.library.gmail import GmailForwardBlock, GmailReadBlock, GmailReplyBlock, GmailSendBlock
from blocks.library.gmail_answering import prefixed, readers, thread_headers
from blocks.library.gmail_labels import GmailAddLabelBlock
from blocks.readiness import Ready, gather
from tests.blocks.running import CANARY, make_credential, references
from tests.blocks.services import ask
from tests.world.gmail import (
    ADA,
    LABELS,
    MESSAGE,
    MESSAGES,
    MODIFY,
    NEW_LABEL,
    PROFILE,
    SEND,
    Gmail,
    email,
    file_part,
    text_part,
)
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

LUNCH = {"to": ["Grace <grace@example.org>"], "subject": "Lunch", "body": "At noon.\nBring nothing."}
ANSWER = {"threadId": "t1", "parentMessageId": "m1", "body": "Yes."}
ONWARD = {"messageId": "m1", "to": ["bob@example.org"], "forwardMessage": "See <below>."}
LABEL = {"message_id": "m1", "label_name": "Lunch"}
CSV = "data:text/csv;base64," + base64.b64encode(b"a,b\n1,2\n").decode()


async def test_mails_that_are_found_are_given_each_and_together(world: World) -> None:
    Gmail(world).open()

    emitted = await ask(GmailReadBlock(), {"query": "from:grace", "max_results": 2}, world)

    assert [name for name, _ in emitted] == ["email", "email", "emails"]
    assert emitted[2][1] == [emitted[0][1], emitted[1][1]]
    assert emitted[0][1] == {
        "threadId": "t1",
        "labelIds": ["INBOX", "UNREAD"],
        "id": "m1",
        "subject": "Lunch 1",
        "snippet": "At noon?",
        "from_": "grace@example.org",
        "to": [ADA],
        "cc": [],
        "bcc": [],
        "date": "Tue, 3 Feb 2026 09:30:00 +0100",
        "body": "At noon?",
        "sizeEstimate": 900,
        "attachments": [],
    }
    assert world.calls[0].params == {"q": "from:grace", "maxResults": "2"}


async def test_account_is_shown_by_its_token(world: World) -> None:
    Gmail(world).open()
    credentials = {"credentials": make_credential("google", CredentialType.OAUTH2)}

    await ask(GmailReadBlock(), {}, world, credentials=credentials)

    assert {call.headers["authorization"] for call in world.calls} == {f"Bearer {CANARY}"}


async def test_a_search_may_find_nothing(world: World) -> None:
    Gmail(world, messages=[]).open()

    assert await ask(GmailReadBlock(), {}, world) == [("emails", [])]


@pytest.mark.parametrize(
    ("parts", "body"),
    [
        ([text_part("plain"), text_part("<p>html</p>", "html")], "plain"),
        ([text_part("<p>one<br>two</p><style>x</style>", "html")], "one\ntwo"),
        ([{"mimeType": "multipart/alternative", "parts": [text_part("deep")]}], "deep"),
        ([{"mimeType": "text/plain", "filename": "", "body": {"attachmentId": "large", "size": 9}}], "kept apart"),
        ([file_part("a.txt", "a", 1, "text/plain"), text_part("after")], "after"),
        ([{"mimeType": "image/png", "body": {}}], "At noon?"),
        ([text_part("")], "At noon?"),
    ],
)
async def test_text_of_a_mail_is_found(world: World, parts: list[dict[str, Any]], body: str) -> None:
    Gmail(world, messages=[email(1, *parts)], files={"large": b"kept apart"}).open()

    emitted = await ask(GmailReadBlock(), {}, world)

    assert emitted[0][1]["body"] == body


async def test_files_of_a_mail_are_named(world: World) -> None:
    Gmail(world, messages=[email(1, text_part("see"), file_part("a.csv", "file-1", 8))]).open()

    emitted = await ask(GmailReadBlock(), {}, world)

    assert emitted[0][1]["attachments"] == [
        {"filename": "a.csv", "content_type": "text/csv", "size": 8, "attachment_id": "file-1"}
    ]


async def test_mail_is_sent(world: World) -> None:
    gmail = Gmail(world)
    gmail.open()

    emitted = await ask(GmailSendBlock(), LUNCH | {"cc": ["bob@example.org"], "bcc": ["eve@example.org"]}, world)

    assert emitted == [("result", {"id": "m91", "status": "sent"})]
    [sent] = gmail.sent
    assert sent["To"] == "Grace <grace@example.org>"
    assert (sent["Cc"], sent["Bcc"], sent["Subject"]) == ("bob@example.org", "eve@example.org", "Lunch")
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content().splitlines() == ["At noon.", "Bring nothing."]


async def test_recipients_by_a_link_for_each_are_taken(world: World) -> None:
    """As the agents that were exported do it."""
    gmail = Gmail(world)
    gmail.open()
    inputs = {"to_$_0": "grace@example.org", "subject": "Lunch", "body": "At noon."}

    await ask(GmailSendBlock(), inputs, world)

    assert gmail.sent[0]["To"] == "grace@example.org"


@pytest.mark.parametrize(
    ("body", "content_type", "sent_as"),
    [
        ("<p>At noon.</p>", None, "text/html"),
        ("<p>At noon.</p>", "auto", "text/html"),
        ("<p>At noon.</p>", "plain", "text/plain"),
        ("1 < 2 and 3 > 2", "auto", "text/plain"),
        ("At noon.", "html", "text/html"),
    ],
)
async def test_html_is_recognised(world: World, body: str, content_type: str | None, sent_as: str) -> None:
    gmail = Gmail(world)
    gmail.open()

    await ask(GmailSendBlock(), LUNCH | {"body": body, "content_type": content_type}, world)

    assert gmail.sent[0].get_content_type() == sent_as


async def test_long_lines_and_letters_of_all_kinds_arrive_as_they_were(world: World) -> None:
    gmail = Gmail(world)
    gmail.open()
    body = "wörd " * 400 + "\n.\nFrom here: ☕"

    await ask(GmailSendBlock(), LUNCH | {"body": body, "subject": "Grüße ☕"}, world)

    assert gmail.sent[0].get_content().splitlines() == body.splitlines()
    assert gmail.sent[0]["Subject"] == "Grüße ☕"


async def test_files_are_attached(world: World) -> None:
    gmail = Gmail(world)
    gmail.open()

    await ask(GmailSendBlock(), LUNCH | {"attachments": [CSV]}, world)

    [file] = gmail.sent[0].iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("file.csv", "text/csv")
    assert file.get_payload(decode=True) == b"a,b\n1,2\n"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"to": []}, "no recipient"),
        ({"to": ["grace"]}, "to must hold e-mail addresses, not 'grace'"),
        ({"cc": ["a@b@c"]}, "cc must hold e-mail addresses"),
        ({"bcc": ["a@example.org, b@example.org"] * 51}, "bcc has 102 addresses; at most 100"),
        ({"body": "x" * 1_000_001}, "body has 1,000,001 characters"),
        ({"attachments": ["data:text/plain," + "x" * (18 * 1024 * 1024 + 1)]}, "at most 18,874,368 are allowed"),
        ({"attachments": ["/etc/passwd"]}, "A file is given as"),
    ],
)
async def test_what_cannot_be_sent_is_told_before_anything_is(world: World, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BlockError, match=says):
        await ask(GmailSendBlock(), LUNCH | changes, world)
    assert world.calls == []


async def test_a_header_cannot_be_smuggled_in(world: World) -> None:
    gmail = Gmail(world)
    gmail.open()
    evil = {"subject": "Lunch\r\nBcc: eve@example.org", "to": ["grace@example.org\nCc: eve@example.org"]}

    with pytest.raises(BlockError, match="to must hold e-mail addresses, without line ends"):
        await ask(GmailSendBlock(), LUNCH | evil, world)
    await ask(GmailSendBlock(), LUNCH | {"subject": evil["subject"]}, world)

    assert gmail.sent[0]["Bcc"] is None
    assert gmail.sent[0]["Subject"] == "Lunch Bcc: eve@example.org"


@pytest.mark.parametrize("name", ["Lunch", "lunch"])
async def test_label_that_exists_is_added(world: World, name: str) -> None:
    Gmail(world).open()

    emitted = await ask(GmailAddLabelBlock(), LABEL | {"label_name": name}, world)

    assert emitted == [("result", {"label_id": "Label_1", "status": "Label added successfully"})]
    assert world.asked(*MODIFY.replace("*", "m1").split())[0].json == {"addLabelIds": ["Label_1"]}
    assert world.asked(*NEW_LABEL.split()) == []


async def test_label_that_is_missing_is_made_once(world: World) -> None:
    Gmail(world).open()

    for _ in range(2):
        emitted = await ask(GmailAddLabelBlock(), LABEL | {"label_name": "Dinner"}, world)
        assert emitted[0][1]["label_id"] == "Label_2"

    assert len(world.asked(*NEW_LABEL.split())) == 1


async def test_label_that_somebody_else_makes_at_the_moment_is_taken(world: World) -> None:
    gmail = Gmail(world)
    gmail.open()

    def made_meanwhile(call: Any) -> Any:
        gmail.labels["Dinner"] = "Label_9"
        return 409, {"error": {"message": "Label name exists or conflicts"}}

    world.says(NEW_LABEL, made_meanwhile)

    emitted = await ask(GmailAddLabelBlock(), LABEL | {"label_name": "Dinner"}, world)

    assert emitted[0][1]["label_id"] == "Label_9"


@pytest.mark.parametrize("identifier", ["", "  "])
async def test_a_message_without_an_id_is_none(world: World, identifier: str) -> None:
    with pytest.raises(BlockError, match="The id of the message is empty"):
        await ask(GmailAddLabelBlock(), LABEL | {"message_id": identifier}, world)


async def test_mail_is_answered_in_its_thread(world: World) -> None:
    gmail = Gmail(world, messages=[email(1, References="<0@example.org>")])
    gmail.open()

    emitted = dict(await ask(GmailReplyBlock(), ANSWER, world))

    assert (emitted["messageId"], emitted["threadId"]) == ("m91", "t1")
    assert emitted["message"]["labelIds"] == ["SENT"]
    assert emitted["email"]["id"] == "m91"
    [sent] = gmail.sent
    assert (sent["To"], sent["Cc"], sent["Subject"]) == ("grace@example.org", None, "Re: Lunch 1")
    assert (sent["In-Reply-To"], sent["References"]) == ("<1@example.org>", "<0@example.org> <1@example.org>")
    assert world.asked("POST", SEND.split()[1])[0].json["threadId"] == "t1"


async def test_everybody_else_is_answered_if_wanted(world: World) -> None:
    parent = email(1, To=f"{ADA}, Bob <bob@example.org>", Cc="BOB@example.org, carol@example.org")
    gmail = Gmail(world, messages=[parent])
    gmail.open()

    await ask(GmailReplyBlock(), ANSWER | {"replyAll": True}, world)

    assert gmail.sent[0]["To"] == "grace@example.org, bob@example.org"
    assert gmail.sent[0]["Cc"] == "carol@example.org"


async def test_named_recipients_are_answered_alone(world: World) -> None:
    gmail = Gmail(world)
    gmail.open()
    wishes = {"replyAll": True, "cc": ["bob@example.org"], "subject": "Other"}

    await ask(GmailReplyBlock(), ANSWER | wishes, world)

    assert (gmail.sent[0]["To"], gmail.sent[0]["Cc"], gmail.sent[0]["Subject"]) == (None, "bob@example.org", "Other")
    assert world.asked(*PROFILE.split()) == []


def test_answer_goes_where_the_writer_wants_it() -> None:
    parent = email(1, Reply_To="office@example.org")
    assert readers(parent, me="", all_of_them=False) == (["office@example.org"], [])


def test_own_mail_is_answered_to_whom_it_went() -> None:
    assert readers(email(1, From=ADA, To="bob@example.org"), me=ADA, all_of_them=True) == (["bob@example.org"], [])
    assert readers(email(1, From=ADA, To=ADA), me=ADA, all_of_them=True) == ([ADA], [])


def test_mail_without_an_id_starts_its_thread_anew() -> None:
    assert thread_headers({"payload": {"headers": []}}) == {}


@pytest.mark.parametrize(
    ("prefix", "subject", "prefixed_one"),
    [
        ("Re:", "Lunch", "Re: Lunch"),
        ("Re:", "RE: Lunch", "RE: Lunch"),
        ("Fwd:", "Re: x", "Fwd: Re: x"),
        ("Re:", "", "Re:"),
    ],
)
def test_subject_gets_a_prefix_once(prefix: str, subject: str, prefixed_one: str) -> None:
    assert prefixed(prefix, subject) == prefixed_one


async def test_mail_is_forwarded_with_its_files(world: World) -> None:
    message = email(1, text_part("At noon?"), file_part("a.csv", "file-1", 8))
    gmail = Gmail(world, messages=[message], files={"file-1": b"a,b\n1,2\n"})
    gmail.open()

    emitted = await ask(GmailForwardBlock(), ONWARD | {"additionalAttachments": [CSV]}, world)

    assert emitted == [("messageId", "m91"), ("threadId", "t91"), ("status", "Message forwarded successfully")]
    [sent] = gmail.sent
    assert (sent["To"], sent["Subject"]) == ("bob@example.org", "Fwd: Lunch 1")
    body = sent.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == [
        "See <below>.",
        "",
        "---------- Forwarded message ---------",
        "From: Grace Hopper <grace@example.org>",
        "Date: Tue, 3 Feb 2026 09:30:00 +0100",
        "Subject: Lunch 1",
        f"To: Ada <{ADA}>",
        "",
        "At noon?",
    ]
    assert [(file.get_filename(), file.get_payload(decode=True)) for file in sent.iter_attachments()] == [
        ("a.csv", b"a,b\n1,2\n"),
        ("file.csv", b"a,b\n1,2\n"),
    ]


async def test_html_is_forwarded_as_html_with_the_note_as_it_is_written(world: World) -> None:
    gmail = Gmail(world, messages=[email(1, text_part("<b>At noon?</b>", "html"), file_part("a.csv", "file-1", 8))])
    gmail.open()

    await ask(GmailForwardBlock(), ONWARD | {"includeAttachments": False}, world)

    [sent] = gmail.sent
    assert sent.get_content_type() == "text/html"
    html = sent.get_content()
    assert "See &lt;below&gt;." in html
    assert "From: Grace Hopper &lt;grace@example.org&gt;<br>" in html
    assert "<b>At noon?</b>" in html
    assert [call for call in world.calls if "attachments" in call.address] == []


async def test_html_is_forwarded_as_text_if_wanted(world: World) -> None:
    gmail = Gmail(world, messages=[email(1, text_part("<b>At noon?</b>", "html"))])
    gmail.open()

    await ask(GmailForwardBlock(), ONWARD | {"content_type": "plain"}, world)

    assert gmail.sent[0].get_content_type() == "text/plain"
    assert gmail.sent[0].get_content().splitlines()[-1] == "At noon?"


@pytest.mark.parametrize(("wanted", "fits"), [(0, False), (1, True), (100, True), (101, False)])
def test_not_more_mails_are_read_than_allowed(wanted: int, fits: bool) -> None:
    block = GmailReadBlock()
    inputs = references(block) | {"max_results": wanted}
    assert isinstance(gather(block, defaults=inputs, linked=frozenset(), received={}), Ready) is fits


@each_trouble
@pytest.mark.parametrize(
    ("block", "asked", "inputs"),
    [
        (GmailReadBlock(), MESSAGES, {}),
        (GmailReadBlock(), MESSAGE, {}),
        (GmailSendBlock(), SEND, LUNCH),
        (GmailAddLabelBlock(), LABELS, LABEL),
        (GmailAddLabelBlock(), NEW_LABEL, LABEL | {"label_name": "Dinner"}),
        (GmailAddLabelBlock(), MODIFY, LABEL),
        (GmailReplyBlock(), MESSAGE, ANSWER),
        (GmailReplyBlock(), SEND, ANSWER),
        (GmailForwardBlock(), MESSAGE, ONWARD),
        (GmailForwardBlock(), SEND, ONWARD),
    ],
    ids=["list", "mail", "send", "labels", "new label", "label", "parent", "reply", "original", "forward"],
)
async def test_trouble_is_told(trouble: Trouble, world: World, asked: str, block: Any, inputs: dict[str, Any]) -> None:
    Gmail(world).open()
    await assert_told(trouble, world, asked, block, inputs)
