"""What every view of the API has in common."""

from collections.abc import Mapping
from enum import Enum, auto
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import scopes, throttling
from api.idempotency import answer_once, answer_once_after_claim, client_key
from api.request_shape import require_size, require_storable
from api.scopes import Scope


class Repeats(Enum):
    """What a request does that comes again with its `Idempotency-Key`."""

    #: The answer is stored in the transaction of the effect.
    IN_TRANSACTION = auto()
    #: For effects outside the database: the key is claimed first, the answer stored afterwards.
    CLAIMED = auto()
    #: The view sees to it by itself, or its effect cannot happen twice.
    BY_ITSELF = auto()
    #: No key is taken: whatever is asked for again is wanted again, does no harm and lasts for a moment only.
    UNKEYED = auto()


#: Methods whose answers are kept for their `Idempotency-Key`.
KEYED = ("POST",)
KEEPERS = {Repeats.IN_TRANSACTION: answer_once, Repeats.CLAIMED: answer_once_after_claim}


class ApiView(APIView):
    """A view that says which scopes each of its methods needs. Whoever is signed in on a page has all of them.

    scopes: by method; a method without an entry is open to any key, which only public views may be.
    """

    scopes: ClassVar[Mapping[str, tuple[Scope, ...]]] = {}
    #: Methods that let executions start by themselves. They count against no key, so one with a daily limit may not.
    starts_later: ClassVar[tuple[str, ...]] = ()
    repeats: ClassVar[Repeats] = Repeats.IN_TRANSACTION
    #: By method: statuses of problems beside those that any request may get, for the schema alone (api/schema.py).
    problems: ClassVar[Mapping[str, tuple[int, ...]]] = {}

    #: The name of what limits the body.
    size_setting: ClassVar[str] = "REQUEST_MAX_BYTES"

    @property
    def max_bytes(self) -> int:
        """The largest body. Views that take uploads say their own."""
        maximum: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return maximum

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        require_size(request, self.max_bytes, setting=self.size_setting)
        super().initial(request, *args, **kwargs)
        require_storable(request, kwargs)
        method = "GET" if request.method == "HEAD" else request.method or ""
        self._require_allowed(request, method)
        if method in KEYED and self.repeats in KEEPERS and (key := client_key(request)):
            self._answer_once(method.lower(), key)

    def perform_authentication(self, request: Request) -> None:
        """Who asks is counted, whoever it is."""
        throttling.authenticate(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in throttling.headers(request).items():
            answer[name] = value
        return answer

    def _require_allowed(self, request: Request, method: str) -> None:
        """Raises ScopeMissing and KeyMayNotStartLater."""
        held = getattr(request.auth, "scopes", None)
        if held is not None:
            scopes.require(held, self.scopes.get(method, ()))
        if method in self.starts_later and getattr(request.auth, "daily_limit", None) is not None:
            raise scopes.KeyMayNotStartLater

    def _answer_once(self, name: str, key: str) -> None:
        """Put a handler that remembers in the place of the method's own, if it has one."""
        if handler := getattr(self, name, None):
            setattr(self, name, partial(KEEPERS[self.repeats], handler, key))


class PublicView(ApiView):
    """A view that asks nobody who they are: everybody at an address is counted together."""

    authentication_classes = ()
    permission_classes = ()
    repeats = Repeats.BY_ITSELF


class SignedView(PublicView):
    """A public view that checks a signature of its own. Only wrong ones are counted, and only for this address of ours.

    Services send from few addresses for many users: what is wrong with one must not shut out the others.
    """

    def perform_authentication(self, request: Request) -> None:
        throttling.require_no_guessing(request, at=_address(request))

    def handle_exception(self, exc: Exception) -> Any:
        answer = super().handle_exception(exc)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            throttling.note_guess(self.request, at=_address(self.request))
        return answer


def _address(request: Any) -> str:
    """One for an address with and without its final slash: both lead to the same view."""
    path: str = request.path
    return path.rstrip("/")
