"""API keys over the API. A key that calls reaches only what can do no more than itself."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.key_bodies import (
    KeyBodySerializer,
    KeyPageQuery,
    NewKeyBodySerializer,
    NewKeySerializer,
    PermissionsSerializer,
    key_body,
)
from accounts.key_scopes import hold_keys, require_reach, set_scopes
from accounts.key_status import resume, revoke, suspend
from accounts.keys import issue
from accounts.models import ApiKey, User
from api.scopes import Scope
from api.views import ApiView


class KeysView(ApiView):
    """The user's keys, newest first."""

    scopes: ClassVar = {"GET": (Scope.READ_KEYS,), "POST": (Scope.WRITE_KEYS,)}
    #: The plain text of the key that this request has made. It is put into the answer last, so that it is kept nowhere.
    plain: str | None = None

    @extend_schema(parameters=[KeyPageQuery], responses={200: KeyBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        query = KeyPageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        size = query.validated_data["page_size"]
        start = (query.validated_data["page"] - 1) * size
        keys = ApiKey.objects.for_user(cast(User, request.user))[start : start + size]
        return Response([key_body(key) for key in keys])

    @extend_schema(request=NewKeySerializer, responses={200: NewKeyBodySerializer})
    def post(self, request: Request) -> Response:
        """Make a key. Its plain text is in this answer and never again."""
        body = NewKeySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        key, self.plain = issue(cast(User, request.user), made_by=calling_key(request), **body.wish())
        return Response({"api_key": key_body(key), "plain_text_key": None})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        if self.plain is not None and response.status_code == 200:
            response.data = response.data | {"plain_text_key": self.plain}
            response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)


class KeyView(ApiView):
    """One key."""

    scopes: ClassVar = {"GET": (Scope.READ_KEYS,), "DELETE": (Scope.WRITE_KEYS,)}

    @extend_schema(responses={200: KeyBodySerializer})
    def get(self, request: Request, key_id: UUID) -> Response:
        return Response(key_body(_own(request, key_id)))

    @extend_schema(responses={200: KeyBodySerializer})
    def delete(self, request: Request, key_id: UUID) -> Response:
        """Revoke it, and whatever keys it has made."""
        return _changed(request, key_id, revoke)


class KeySuspendView(ApiView):
    """Lets a key rest."""

    scopes: ClassVar = {"POST": (Scope.WRITE_KEYS,)}

    @extend_schema(request=None, responses={200: KeyBodySerializer})
    def post(self, request: Request, key_id: UUID) -> Response:
        return _changed(request, key_id, suspend)


class KeyResumeView(ApiView):
    """Lets a key work again."""

    scopes: ClassVar = {"POST": (Scope.WRITE_KEYS,)}

    @extend_schema(request=None, responses={200: KeyBodySerializer})
    def post(self, request: Request, key_id: UUID) -> Response:
        return _changed(request, key_id, resume)


class KeyPermissionsView(ApiView):
    """What a key may do."""

    scopes: ClassVar = {"PUT": (Scope.WRITE_KEYS,)}

    @extend_schema(request=PermissionsSerializer, responses={200: KeyBodySerializer})
    def put(self, request: Request, key_id: UUID) -> Response:
        body = PermissionsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data["permissions"]
        return _changed(request, key_id, lambda key: set_scopes(key, wanted), wanted)


def calling_key(request: Request) -> ApiKey | None:
    """The key that a request came with; None for a signed-in page."""
    return request.auth if isinstance(request.auth, ApiKey) else None


@transaction.atomic
def _changed(request: Request, key_id: UUID, change: Any, wanted: Iterable[Scope] = ()) -> Response:
    """Change a key that the caller reaches; a key always reaches itself, as far as it has WRITE_KEYS.

    wanted: what the key may do then, if that changes.
    """
    hold_keys(cast(User, request.user).pk)
    key, caller = _own(request, key_id), calling_key(request)
    if caller is not None:
        require_reach(caller, {*wanted, *(key.scopes if caller.pk != key.pk else ())})
    change(key)
    return Response(key_body(_own(request, key_id)))


def _own(request: Request, key_id: UUID) -> ApiKey:
    return get_object_or_404(ApiKey.objects.for_user(cast(User, request.user)), id=key_id)
