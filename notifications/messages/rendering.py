"""Messages from templates: `notifications/mail/<type>.txt`, whose first line is the subject, and the same as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.template.loader import render_to_string

from accounts.wishes import NotificationType
from notifications.messages.contents import Content
from notifications.messages.links import billing_link, site_url
from notifications.models import Channel

SUBJECT_CHARACTERS = 150


@dataclass(frozen=True, slots=True)
class Rendered:
    """text: for mail and for chats."""

    subject: str
    text: str
    html: str

    def with_link(self, unsubscribe: str) -> "Rendered":
        """With the way to hear no more of it at the end. Without a link it stays as it is."""
        if not unsubscribe:
            return self
        return replace(
            self,
            text=f"{self.text}\nNo more of these: {unsubscribe}\n",
            html=self.html.replace(
                PLACE, render_to_string("notifications/mail/_unsubscribe.html", {"link": unsubscribe})
            ),
        )


#: In the HTML, where that goes.
PLACE = "<!-- unsubscribe -->"


def render(type: NotificationType, contents: Sequence[Content]) -> Rendered:
    return _rendered(type.lower(), {"contents": contents, "first": contents[0].data, "count": len(contents)})


def test_message(channel: Channel) -> Rendered:
    return _rendered("test", {"channel": channel.label})


def subject_of(type: NotificationType, content: Content) -> str:
    """One line, for lists."""
    return _split(_text(type.lower(), {"contents": [content], "first": content.data, "count": 1}))[0]


def _rendered(name: str, context: dict[str, object]) -> Rendered:
    context |= {"billing_link": billing_link(), "home_link": site_url("/")}
    subject, text = _split(_text(name, context))
    html = render_to_string(f"notifications/mail/{name}.html", context | {"subject": subject})
    return Rendered(subject, text, html)


def _text(name: str, context: dict[str, object]) -> str:
    return render_to_string(f"notifications/mail/{name}.txt", context)


def _split(text: str) -> tuple[str, str]:
    """A header is one line, whatever the names in it are."""
    lines = text.strip().split("\n")
    blank = lines.index("") if "" in lines else len(lines)
    subject = " ".join(" ".join(lines[:blank]).split())[:SUBJECT_CHARACTERS]
    return subject, "\n".join(lines[blank:]).strip() + "\n"
