"""The frame of the mails is what its MJML source compiles to."""

from hashlib import sha256
from pathlib import Path

from django.template.loader import get_template

NOTIFICATIONS = Path(__file__).parents[2] / "notifications"


def test_the_frame_was_compiled_from_its_source_as_it_is() -> None:
    source = (NOTIFICATIONS / "mjml" / "base.mjml").read_bytes()
    compiled = (NOTIFICATIONS / "templates" / "notifications" / "mail" / "base.html").read_text()
    told_by = compiled.splitlines()[0]
    assert sha256(source).hexdigest() in told_by, "cd notifications/mjml && npm install && npm run build"


def test_the_frame_says_nothing_of_how_it_was_made_to_readers() -> None:
    assert "mjml" not in get_template("notifications/mail/test.html").render({"channel": "E-mail"})
