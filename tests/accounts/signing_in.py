"""A browser at the door, and an app for codes."""

import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from accounts.models import User

PASSWORD = "a rather good one"


def make_ada(**fields: Any) -> User:
    return User.objects.create_user("ada@example.org", PASSWORD, **fields)


def sign_in(client: Client, email: str = "ada@example.org", password: str = PASSWORD, **headers: Any) -> Any:
    return client.post("/sign-in", {"login": email, "password": password}, **headers)


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def code_of(secret: str, *, step: int = 0) -> str:
    """What an app shows now, or some steps of 30 seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def switch_on(client: Client) -> str:
    """Set up a second factor for whoever is signed in. Returns its secret."""
    answer = client.get("/account/second-factor/totp/activate/", follow=True)
    if answer.redirect_chain:
        again = answer.redirect_chain[-1][0]
        client.post(again, {"password": PASSWORD, "next": "/account/second-factor/totp/activate/"})
        answer = client.get("/account/second-factor/totp/activate/")
    found = re.search(r'<code class="secret">(\w+)</code>', answer.content.decode())
    assert found, answer.content.decode()
    done = client.post("/account/second-factor/totp/activate/", {"code": code_of(found[1])})
    assert done.status_code == 302, done.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()
    return found[1]


def link_in_mail(number: int = -1) -> str:
    """The path of the link in a mail that was sent."""
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[number].body))
    assert found, mail.outbox[number].body
    return found[1]
