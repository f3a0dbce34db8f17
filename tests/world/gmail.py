"""Gmail, as developers.google.com/gmail/api/reference/rest describes it: the mailbox of Ada."""

import base64
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from tests.world.server import Call, Said, World

BASE = "https://gmail.googleapis.com/gmail/v1/users/me"
MESSAGES = f"GET {BASE}/messages"
MESSAGE = f"GET {BASE}/messages/*"
SEND = f"POST {BASE}/messages/send"
MODIFY = f"POST {BASE}/messages/*/modify"
FILE = f"GET {BASE}/messages/*/attachments/*"
LABELS = f"GET {BASE}/labels"
NEW_LABEL = f"POST {BASE}/labels"
PROFILE = f"GET {BASE}/profile"

ADA = "ada@example.org"


def coded(text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def text_part(text: str, kind: str = "plain") -> dict[str, Any]:
    return {"mimeType": f"text/{kind}", "filename": "", "body": {"data": coded(text), "size": len(text)}}


def file_part(name: str, kept_as: str, size: int, mime_type: str = "text/csv") -> dict[str, Any]:
    return {"mimeType": mime_type, "filename": name, "body": {"attachmentId": kept_as, "size": size}}


def email(number: int, *parts: dict[str, Any], **headers: str) -> dict[str, Any]:
    """A message from Grace to Ada. headers: with `_` for `-`, in the place of its own."""
    own = {
        "From": "Grace Hopper <grace@example.org>",
        "To": f"Ada <{ADA}>",
        "Subject": f"Lunch {number}",
        "Date": "Tue, 3 Feb 2026 09:30:00 +0100",
        "Message-ID": f"<{number}@example.org>",
    }
    given = own | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "id": f"m{number}",
        "threadId": f"t{number}",
        "labelIds": ["INBOX", "UNREAD"],
        "snippet": "At noon?",
        "sizeEstimate": 900,
        "payload": {
            "mimeType": "multipart/mixed",
            "filename": "",
            "headers": [{"name": name, "value": value} for name, value in given.items()],
            "body": {"size": 0},
            "parts": list(parts or [text_part("At noon?")]),
        },
    }


@dataclass
class Gmail:
    """sent: what was sent, in order.  files: `{attachment id: content}`.  labels: `{name: id}`."""

    world: World
    messages: list[dict[str, Any]] = field(default_factory=lambda: [email(1), email(2)])
    files: dict[str, bytes] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=lambda: {"INBOX": "INBOX", "Lunch": "Label_1"})
    sent: list[EmailMessage] = field(default_factory=list)

    def open(self) -> None:
        self.world.says(MESSAGE, self._message)
        self.world.says(MESSAGES, self._list)
        self.world.says(SEND, self._send)
        self.world.says(MODIFY, lambda call: {"id": "m1", "labelIds": call.json["addLabelIds"]})
        self.world.says(FILE, lambda call: {"data": coded(self.files[call.address.rsplit("/", 1)[1]]), "size": 0})
        self.world.says(LABELS, lambda call: {"labels": [{"id": id, "name": name} for name, id in self.labels.items()]})
        self.world.says(NEW_LABEL, self._new_label)
        self.world.says(PROFILE, {"emailAddress": ADA, "messagesTotal": 2})

    def _list(self, call: Call) -> Said:
        found = self.messages[: int(call.params["maxResults"])]
        return {"messages": [{"id": one["id"], "threadId": one["threadId"]} for one in found]} if found else {}

    def _message(self, call: Call) -> Said:
        wanted = call.address.rsplit("/", 1)[1]
        found = next((one for one in self.messages if one["id"] == wanted), None)
        return found or (404, {"error": {"code": 404, "message": "Requested entity was not found."}})

    def _send(self, call: Call) -> Said:
        raw = base64.urlsafe_b64decode(call.json["raw"])
        self.sent.append(message_from_bytes(raw, policy=policy.default))
        made = email(90 + len(self.sent)) | ({"threadId": call.json["threadId"]} if "threadId" in call.json else {})
        self.messages.append(made)
        return {"id": made["id"], "threadId": made["threadId"], "labelIds": ["SENT"]}

    def _new_label(self, call: Call) -> Said:
        name = call.json["name"]
        self.labels[name] = f"Label_{len(self.labels)}"
        return {"id": self.labels[name], "name": name}
