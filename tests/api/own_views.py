"""Views that show what all views have in common: they keep notes, wait when they are told to, and break."""

from threading import Event, Semaphore
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.parsers import BoundedJSONParser
from api.scopes import Scope
from api.views import ApiView, PublicView, Repeats, SignedView
from executor.models import KeyValue
from executor.webhooks.errors import SignatureInvalid
from reliability.errors import Conflict
from reliability.ids import uuid7


class Gate:
    """Closed, it holds the first who comes to it, and tells that somebody has come."""

    def __init__(self) -> None:
        self.reached, self.opened = Event(), Event()
        self._places = Semaphore(0)

    def close(self) -> None:
        self.reached.clear()
        self.opened.clear()
        self._places = Semaphore(1)

    def pass_through(self) -> None:
        if self._places.acquire(blocking=False):
            self.reached.set()
            assert self.opened.wait(60)


gate = Gate()


class NotesView(ApiView):
    """One more note at each request, unless the body asks for a fault."""

    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,), "POST": (Scope.WRITE_GRAPH,)}
    parser_classes = (BoundedJSONParser, MultiPartParser)

    def get(self, request: Request) -> Response:
        return Response(KeyValue.objects.count())

    def post(self, request: Request) -> Response:
        note = KeyValue.objects.create(user=request.user, key=str(uuid7()), value=1)
        gate.pass_through()
        wish = request.data.get("wish")
        if wish == "refused":
            raise Conflict
        if wish == "broken":
            raise RuntimeError("a note that\r\n2026-01-01 INFO forged \x1b[31m")
        if wish == "nothing":
            return Response(status=204)
        return Response({"key": note.key, "at": note.updated_at}, status=409 if wish == "answered" else 201)


class ClaimedNotesView(NotesView):
    repeats = Repeats.CLAIMED


class ReadingView(ApiView):
    scopes: ClassVar = {"GET": (Scope.READ_GRAPH,)}

    def get(self, request: Request, name: str = "") -> Response:
        return Response({"name": name, **request.query_params})


class OpenView(PublicView):
    def get(self, request: Request) -> Response:
        return Response("open")


class CalledView(SignedView):
    def post(self, request: Request, number: int = 0) -> Response:
        if request.headers.get("Signature") != "right":
            raise SignatureInvalid
        return Response("called")


class OutOfRangeView(ApiView):
    """Asks the database for what no column holds."""

    def get(self, request: Request) -> Response:
        return Response(KeyValue.objects.extra(where=["id = %s"], params=[2**70]).count())


def broken_page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a page")


VIEWS: dict[str, Any] = {
    "notes": NotesView,
    "claimed": ClaimedNotesView,
    "reading": ReadingView,
    "reading/<str:name>": ReadingView,
    "open": OpenView,
    "called": CalledView,
    "called/<int:number>": CalledView,
    "out-of-range": OutOfRangeView,
}
urlpatterns = [
    *(path(f"api/own/{route}", view.as_view()) for route, view in VIEWS.items()),
    path("api/own/broken-page", broken_page),
    path("", include("config.urls")),
]
handler400 = "api.problems.bad_request"
handler404 = "api.problems.not_found"
handler500 = "api.problems.server_error"
