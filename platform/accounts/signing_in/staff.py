"""Where STAFF_SECOND_FACTOR_REQUIRED is set, staff without a second factor come no further than to its set-up."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import ResolverMatch

from accounts.errors import SecondFactorRequired
from api.problems import API, MEDIA_TYPE, problem

OPEN = ("sign-out", "account_logout", "account_reauthenticate", "account_change_password")


class StaffSecondFactor:
    """A middleware. API keys are not asked: they were made by somebody who had got this far, or by an operator."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Instead of the view, if it must not be reached."""
        if is_open(request.resolver_match) or not lacks_second_factor(request.user):
            return None
        if request.path.startswith(API):
            error = SecondFactorRequired()
            body = problem(error.http_status, error.code, error.message)
            return JsonResponse(body, status=error.http_status, content_type=MEDIA_TYPE)
        return redirect("mfa_activate_totp")


def lacks_second_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether it is staff that must set one up before anything else. Asks the database for staff only."""
    if not settings.STAFF_SECOND_FACTOR_REQUIRED or not (user.is_authenticated and getattr(user, "is_staff", False)):
        return False
    return not is_mfa_enabled(user)


def is_open(match: ResolverMatch | None) -> bool:
    name = match.url_name if match else None
    return name is not None and (name in OPEN or name.startswith("mfa_"))
