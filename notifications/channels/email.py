"""Messages by e-mail, through the mail server of the settings."""

import asyncio
import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from notifications.channels.errors import SendFailed
from notifications.channels.messages import Message
from notifications.channels.targets import Target
from reliability.net.door import Door

TAKEN = 250
SUBJECT_CHARACTERS = 150


async def send(target: Target, message: Message, *, door: Door, seconds: float) -> int:
    """The code of the answer. door, seconds: not asked, for mail has a server and a time of its own.

    Raises SendFailed.
    """
    await asyncio.to_thread(_send, target, message)
    return TAKEN


def _send(target: Target, message: Message) -> None:
    mail = _mail(target, message)
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, _ = next(iter(error.recipients.values()))
        raise _refused(code, is_final=code >= 500) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, is_final=False) from None
    except OSError:  # what mail servers refuse with is one too
        raise SendFailed("The mail server cannot be reached.") from None


def _mail(target: Target, message: Message) -> EmailMultiAlternatives:
    subject = " ".join(message.title.split())[:SUBJECT_CHARACTERS]
    text = f"{message.text}\n\n{message.link}\n" if message.link else f"{message.text}\n"
    headers = {"Message-ID": f"<{message.id}@{_domain()}>", **message.headers}
    mail = EmailMultiAlternatives(subject, text, None, [target.address.reveal()], headers=headers)
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def _refused(code: int, *, is_final: bool) -> SendFailed:
    return SendFailed(f"The mail server has answered {code}.", status_code=code, is_final=is_final)


def _domain() -> str:
    """Of the address that mails come from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
