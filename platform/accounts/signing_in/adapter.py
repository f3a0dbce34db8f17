"""How allauth does things here: our limits, our way of making users, our sealed secrets."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.mail import EmailMessage
from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse

from accounts import mail
from accounts.credentials.keyring import ring
from accounts.errors import TooManyTries
from accounts.models import User
from accounts.signing_in.counted import counted
from accounts.tries import require_try
from api.addresses import client_address

#: Whom sealed seeds belong to.
SEEDS = "second-factor"


class AccountAdapter(DefaultAccountAdapter):
    """Passwords are checked by Django's own backend, by the address in the user's row and nothing else."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_stages(self) -> list[str]:
        return ["accounts.signing_in.stages.AddressStage", "allauth.mfa.stages.AuthenticateStage"]

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """None for a wrong guess, which is counted. Raises ValidationError when there were too many."""
        with counted("sign-in", credentials.get("email", "")) as guess:
            user = authenticate(request, **credentials)
            guess.is_right = user is not None
        return user

    def reauthenticate(self, user: Any, password: str) -> bool:
        found = self.authenticate(cast(HttpRequest, context.request), email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def save_user(self, request: HttpRequest, user: Any, form: Form, commit: bool = True) -> User:
        """The manager's verb opens the credit account, too."""
        user.email = form.cleaned_data["email"]
        user.set_password(form.cleaned_data["password1"])
        return User.objects.add(user)

    def set_password(self, user: Any, password: str) -> None:
        """Nothing else of the row is written: whoever was closed meanwhile stays closed."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: Any, signup: bool) -> bool:
        """Whoever signs in without having opened the link gets it again, but not without end: it may be a stranger's.

        Sign-ups are counted by their form.
        """
        if signup:
            return True
        try:
            require_try("confirm", request, email_address.email)
        except TooManyTries:
            return False
        return True

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Raises MailUnavailable."""
        mail.deliver(lambda: super(AccountAdapter, self).send_mail(template_prefix, email, context))

    def render_mail(
        self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        return super().render_mail(template_prefix, email, context | {"is_open": settings.SIGN_UP_OPEN}, headers)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("console:account")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seeds are sealed with CREDENTIAL_KEYS."""

    def encrypt(self, text: str) -> str:
        return ring().seal(text, owner=SEEDS)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SecretUnreadable."""
        return ring().open(encrypted_text, owner=SEEDS).reveal()
