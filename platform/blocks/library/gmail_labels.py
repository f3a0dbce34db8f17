"""Labels of Gmail, by their names."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference
from blocks.errors import BlockError
from blocks.library.gmail_messages import GMAIL, part_of_path
from blocks.library.gmail_pins import ADDRESS, GmailBlock, GooglePin
from blocks.service import text_in

#: Gmail says so when somebody else has just made the label.
CONFLICT = 409


class GmailAddLabelBlock(GmailBlock):
    """Adds a label. Doing so twice changes nothing more."""

    id = "f884b2fb-04f4-4265-9658-14f433926ac9"
    description = "Adds a label to an e-mail of Gmail; a label that does not exist is made."
    effect = Effect.IDEMPOTENT
    examples = (
        Example(
            input={"message_id": "m1", "label_name": "Lunch"},
            output=[("result", {"label_id": "Label_1", "status": "Label added successfully"})],
            web={
                f"GET {ADDRESS}/labels": {"labels": [{"id": "Label_1", "name": "Lunch"}]},
                f"POST {ADDRESS}/messages/m1/modify": {"id": "m1", "labelIds": ["INBOX", "Label_1"]},
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = GooglePin("modify")
        message_id: str = Pin(description="The id of the e-mail.")
        label_name: str = Pin(description="The name of the label.", min_length=1, max_length=225)

    class Output(Pins):
        result: dict[str, str] = Pin(description="The id of the label, and the status.")
        error: str = Pin(description="Why it was not added.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        path = f"/messages/{part_of_path(input.message_id)}/modify"
        label = await label_id(context, input.label_name)
        await GMAIL.ask(context, "POST", path, json={"addLabelIds": [label]})
        yield "result", {"label_id": label, "status": "Label added successfully"}


async def label_id(context: Context, name: str) -> str:
    """The label's id; it is made if there is none. Case does not matter, as in Gmail."""
    found = await _find(context, name)
    if found:
        return found
    shown = {"name": name, "labelListVisibility": "labelShow", "messageListVisibility": "show"}
    try:
        return text_in(await GMAIL.ask(context, "POST", "/labels", json=shown), "id")
    except BlockError as error:
        if error.data.get("status") == CONFLICT and (found := await _find(context, name)):
            return found
        raise


async def _find(context: Context, name: str) -> str:
    labels = (await GMAIL.ask(context, "GET", "/labels")).get("labels") or []
    return next((text_in(one, "id") for one in labels if text_in(one, "name").lower() == name.lower()), "")
