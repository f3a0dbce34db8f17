"""Notifications over the API: the list, where else they go, and what a mail service says of addresses."""

from typing import Any, ClassVar, cast

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.wishes import NotificationChannel
from api.paging import page_of
from api.scopes import Scope
from api.views import ApiView, SignedView
from notifications.errors import ChannelUnknown, TokenWrong
from notifications.messages.bodies import (
    ChannelBodySerializer,
    ContactSerializer,
    NoticePageSerializer,
    NoticesQuery,
    ReadBodySerializer,
    ReadSerializer,
    TestBodySerializer,
    channel_bodies,
    channel_body,
)
from notifications.messages.bounces import is_from_service, note_bounce
from notifications.messages.chats import remove_webhook, set_webhook
from notifications.messages.contacts import CHATS
from notifications.messages.listing import listed, mark_read, notice_body
from notifications.messages.testing import send_test_to


class NoticesView(ApiView):
    """What you were told, newest first."""

    scopes: ClassVar = {"GET": (Scope.IDENTITY,)}

    @extend_schema(parameters=[NoticesQuery], responses={200: NoticePageSerializer})
    def get(self, request: Request) -> Response:
        query = NoticesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wish: dict[str, Any] = query.validated_data
        user = cast(User, request.user)
        page = page_of(listed(user, is_unread=wish["unread"]), wish, time="happened_at")
        return Response(page.body(notice_body) | {"unread": listed(user, is_unread=True).count()})


class ReadView(ApiView):
    """Marks what was read: some of the list, or all of it."""

    scopes: ClassVar = {"POST": (Scope.WRITE_IDENTITY,)}

    @extend_schema(request=ReadSerializer, responses={200: ReadBodySerializer})
    def post(self, request: Request) -> Response:
        body = ReadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user = cast(User, request.user)
        marked = mark_read(user, body.validated_data.get("ids"), now=timezone.now())
        return Response({"marked": marked, "unread": listed(user, is_unread=True).count()})


class ChannelsView(ApiView):
    """By which ways you can be told beside the list."""

    scopes: ClassVar = {"GET": (Scope.IDENTITY,)}

    @extend_schema(responses={200: ChannelBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response(channel_bodies(cast(User, request.user)))


class ChannelView(ApiView):
    """The webhook of a chat of yours: `discord` or `slack`. It is shown to nobody again."""

    scopes: ClassVar = {"PUT": (Scope.WRITE_IDENTITY,), "DELETE": (Scope.WRITE_IDENTITY,)}
    problems: ClassVar = {"PUT": (404,), "DELETE": (404,)}

    @extend_schema(request=ContactSerializer, responses={200: ChannelBodySerializer})
    def put(self, request: Request, channel: str) -> Response:
        chat, user = _chat(channel), cast(User, request.user)
        body = ContactSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        set_webhook(user, chat, body.validated_data["url"])
        return Response(channel_body(user, chat))

    @extend_schema(responses={200: ChannelBodySerializer})
    def delete(self, request: Request, channel: str) -> Response:
        chat, user = _chat(channel), cast(User, request.user)
        remove_webhook(user, chat)
        return Response(channel_body(user, chat))


class ChannelTestView(ApiView):
    """Something to receive by `email`, `discord` or `slack`, whatever the preferences say."""

    scopes: ClassVar = {"POST": (Scope.WRITE_IDENTITY,)}
    problems: ClassVar = {"POST": (404, 409)}

    @extend_schema(request=None, responses={202: TestBodySerializer})
    def post(self, request: Request, channel: str) -> Response:
        delivery = send_test_to(cast(User, request.user), _channel(channel))
        return Response({"id": delivery.id, "status": delivery.status}, status=202)


class BouncesView(SignedView):
    """What a mail service says of addresses. Its token says that it is the service."""

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        if not is_from_service(request.headers.get("X-Postmark-Webhook-Token", "")):
            raise TokenWrong
        report = request.data if isinstance(request.data, dict) else {}
        return Response({"changed": note_bounce(report)})


def _channel(name: str) -> NotificationChannel:
    """Raises ChannelUnknown."""
    try:
        return NotificationChannel(name.upper())
    except ValueError as error:
        raise ChannelUnknown from error


def _chat(name: str) -> NotificationChannel:
    """Raises ChannelUnknown."""
    channel = _channel(name)
    if channel not in CHATS:
        raise ChannelUnknown("The e-mail address is changed at /auth/user/email.")
    return channel
