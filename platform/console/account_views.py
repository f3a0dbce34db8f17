"""Signing in and out, and the account's own pages. What allauth has is given our limits and our answers."""

from typing import Any, cast

from allauth.account import views as allauth
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.addresses import ask_to_change, change_address, is_verified, read_link
from accounts.errors import LinkInvalid, MailUnavailable, TooManyTries
from accounts.models import ApiKey, User
from accounts.signing_in.counted import counted
from console.account_forms import EmailForm, PasswordForm
from reliability.errors import SluiceError

sign_out = LogoutView.as_view()


class Refusing:
    """For a view with a form: too many tries are 429, and a mail that cannot be sent is said in the form."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return cast(HttpResponse, super().form_valid(form))  # type: ignore[misc]
        except MailUnavailable as error:
            form.add_error(None, error.message)
            answer = self.form_invalid(form)
            answer.status_code = error.http_status
            return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = cast(HttpResponse, super().form_invalid(form))  # type: ignore[misc]
        answer.status_code = status_of(form)
        return answer


class SignIn(Refusing, allauth.LoginView):
    template_name = "console/sign_in.html"


class SignUp(Refusing, allauth.SignupView):
    pass


class ResetPassword(Refusing, allauth.PasswordResetView):
    pass


class ChangePassword(Refusing, allauth.PasswordChangeView):
    pass


class SignInAgain(Refusing, allauth.ReauthenticateView):
    pass


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    content = {
        "is_verified": is_verified(user),
        "second_factor": Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists(),
        "keys": ApiKey.objects.for_user(user).unrevoked().count(),
    }
    return render(request, "console/account.html", content)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address; it counts once its link was opened."""
    user = cast(User, request.user)
    form = EmailForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            asked = ask_to_change(user, form.cleaned_data["email"], request=request)
        except SluiceError as error:
            form.add_error(None, ValidationError(error.message, code=error.code))
        else:
            messages.success(request, f"Open the link that was sent to {asked}, in this browser.")
            return redirect("console:account")
    return render(request, "console/email.html", {"form": form}, status=status_of(form))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_email(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link leads that was sent to a new address: it counts once the password is given, too."""
    user = cast(User, request.user)
    try:
        change = read_link(token, user)
    except LinkInvalid as error:
        return render(request, "console/account_link.html", {"problem": error.message}, status=400)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _changed(request, form, token):
        messages.success(request, f"Your address is {change.new} now.")
        return redirect("console:account")
    content = {"change": change, "form": form}
    return render(request, "console/account_link.html", content, status=status_of(form))


def status_of(form: BaseForm) -> int:
    """Of the answer that shows this form again."""
    if not form.errors:
        return 200
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    return 429 if TooManyTries.code in codes else 400


def _changed(request: HttpRequest, form: PasswordForm, token: str) -> bool:
    """Whether the password was right and the address is changed; else the form says why not."""
    user = cast(User, request.user)
    try:
        with counted("sign-in", user.email) as guess:
            found = authenticate(request, email=user.email, password=form.cleaned_data["password"])
            guess.is_right = found is not None and found.pk == user.pk
        if guess.is_right:
            change_address(user, token)
            return True
        form.add_error("password", "This is not your password.")
    except ValidationError as error:
        form.add_error(None, error)
    except SluiceError as error:
        form.add_error(None, error.message)
    return False
