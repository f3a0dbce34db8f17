"""The user over the API."""

from typing import Any, ClassVar, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import ask_to_change
from accounts.api.user_bodies import (
    EmailBodySerializer,
    EmailSerializer,
    PreferencesBodySerializer,
    PreferencesSerializer,
    TimezoneSerializer,
    UserBodySerializer,
    preferences_body,
    user_body,
)
from accounts.models import User
from accounts.timezones import set_timezone
from accounts.wishes import QuietHours, set_wishes
from api.scopes import Scope
from api.views import ApiView, Repeats


class CurrentUserView(ApiView):
    """Who is asking. The AutoGPT Platform makes the user here, too; Sluice has made it before."""

    scopes: ClassVar = {"POST": (Scope.IDENTITY,)}

    @extend_schema(request=None, responses={200: UserBodySerializer})
    def post(self, request: Request) -> Response:
        return Response(user_body(cast(User, request.user)))


class MeView(ApiView):
    """Who is asking."""

    scopes: ClassVar = {"GET": (Scope.IDENTITY,)}

    @extend_schema(responses={200: UserBodySerializer})
    def get(self, request: Request) -> Response:
        return Response(user_body(cast(User, request.user)))


class EmailView(ApiView):
    """Asks for another e-mail address. It counts once it is confirmed by the link that is sent there."""

    scopes: ClassVar = {"POST": (Scope.WRITE_IDENTITY,)}
    repeats = Repeats.CLAIMED

    @extend_schema(request=EmailSerializer, responses={200: EmailBodySerializer})
    def post(self, request: Request) -> Response:
        user = cast(User, request.user)
        body = EmailSerializer(data=_in_object(request.data))
        body.is_valid(raise_exception=True)
        asked = ask_to_change(user, body.validated_data["email"], request=request._request)
        return Response({"email": user.email, "pending_email": asked})


class TimezoneView(ApiView):
    """What “today” means for the user."""

    scopes: ClassVar = {"GET": (Scope.IDENTITY,), "POST": (Scope.WRITE_IDENTITY,)}

    @extend_schema(responses={200: TimezoneSerializer})
    def get(self, request: Request) -> Response:
        return Response({"timezone": cast(User, request.user).timezone})

    @extend_schema(request=TimezoneSerializer, responses={200: TimezoneSerializer})
    def post(self, request: Request) -> Response:
        body = TimezoneSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"timezone": set_timezone(cast(User, request.user), body.validated_data["timezone"])})


class PreferencesView(ApiView):
    """Which notifications the user wants."""

    scopes: ClassVar = {"GET": (Scope.IDENTITY,), "POST": (Scope.WRITE_IDENTITY,)}

    @extend_schema(responses={200: PreferencesBodySerializer})
    def get(self, request: Request) -> Response:
        return Response(preferences_body(cast(User, request.user), now=timezone.now()))

    @extend_schema(request=PreferencesSerializer, responses={200: PreferencesBodySerializer})
    def post(self, request: Request) -> Response:
        user = cast(User, request.user)
        body = PreferencesSerializer(data=request.data, context={"user": user})
        body.is_valid(raise_exception=True)
        wish = body.validated_data
        given = {name: wish[name] for name in ("preferences", "channels", "daily_limit") if name in wish}
        if "quiet_hours" in wish:
            hours = wish["quiet_hours"]
            given["quiet"] = hours and QuietHours(hours["from"], hours["until"])
        set_wishes(user, **given)
        return Response(preferences_body(user, now=timezone.now()))


def _in_object(data: Any) -> Any:
    """Some clients send the address alone, as a JSON text."""
    return {"email": data} if isinstance(data, str) else data
