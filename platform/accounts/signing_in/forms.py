"""The forms of signing in: allauth's, with our limits and our words."""

from datetime import timedelta
from typing import Any, cast

from allauth.account import forms as account
from allauth.account.internal import flows
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter as second_factor
from allauth.mfa.base import forms as mfa
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.errors import TooManyTries
from accounts.models import User
from accounts.signing_in.counted import counted
from accounts.tries import require_try, take

#: Longer than a code is good for, with the tolerance of the clock.
CODE_LASTS = timedelta(minutes=3)


class SignInForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.help_text = "E-mail", ""
        login.widget.attrs |= {"autofocus": True, "autocomplete": "username", "placeholder": ""}
        password.widget.attrs |= {"placeholder": ""}


class SignUpForm(account.SignupForm):
    """The answer is the same whether the address has an account already; that one is told by mail."""

    def clean_email(self) -> str:
        _limit("sign-up", self.cleaned_data["email"])
        return str(super().clean_email())

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # so that both answers take the same time
        try:
            with transaction.atomic():
                return cast(tuple[User | None, HttpResponse | None], super().try_save(request))
        except IntegrityError:  # somebody was faster with the same address
            return None, flows.signup.prevent_enumeration(request, email=self.cleaned_data["email"])


class ResetPasswordForm(account.ResetPasswordForm):
    def clean_email(self) -> str:
        """Only the address in the user's own row leads to the account."""
        email = self.cleaned_data["email"].lower()
        _limit("reset", email)
        self.users = list(User.objects.filter(email__iexact=email, is_active=True))
        return str(email)


class ChangePasswordForm(account.ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        """Guesses count together with those at the door."""
        with counted("sign-in", cast(User, self.user).email) as guess:
            password = super().clean_oldpassword()
            guess.is_right = True
        return str(password)


class _CountedCode:
    """A code is good once, in whichever process it is sent again."""

    user: User

    def clean_code(self) -> str:
        with counted("code", self.user.email) as guess:
            code = str(super().clean_code())  # type: ignore[misc]
            used = f"code {normalize_user_code(code)} of {self.user.pk}"
            if take(used, now=timezone.now(), tries=1, within=CODE_LASTS) is None:
                raise second_factor().validation_error("incorrect_code")
            guess.is_right = True
        return code


class CodeForm(_CountedCode, mfa.AuthenticateForm):
    pass


class CodeAgainForm(_CountedCode, mfa.ReauthenticateForm):
    pass


def _limit(action: str, email: str) -> None:
    """Count it, whatever comes of it. Raises ValidationError."""
    try:
        require_try(action, cast(HttpRequest, context.request), email)
    except TooManyTries as error:
        raise ValidationError(error.message, code=error.code) from error
