"""Tickets for sockets over the API."""

from typing import ClassVar, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey, User
from accounts.tickets import LIFETIME, issue_ticket
from api.scopes import Scope
from api.views import ApiView, Repeats


class TicketBodySerializer(serializers.Serializer[dict[str, object]]):
    ticket = serializers.CharField()
    #: Seconds.
    expires_in = serializers.IntegerField()


class TicketsView(ApiView):
    """Ask for a ticket that opens one socket.

    Each request gets a ticket of its own: no `Idempotency-Key` is taken.
    """

    scopes: ClassVar = {"POST": (Scope.READ_RUN,)}
    #: A ticket is secret, counts once and for a minute: an answer that comes again would show what is worth nothing.
    repeats = Repeats.UNKEYED

    @extend_schema(request=None, responses={201: TicketBodySerializer})
    def post(self, request: Request) -> Response:
        api_key = request.auth if isinstance(request.auth, ApiKey) else None
        session_key = "" if api_key else request.session.session_key or ""
        ticket = issue_ticket(cast(User, request.user), api_key=api_key, session_key=session_key)
        return Response({"ticket": ticket, "expires_in": int(LIFETIME.total_seconds())}, status=201)
