"""`/healthz` and `/readyz`, answered before anything else looks at the request: no session, no host, no database."""

from collections.abc import Callable, Sequence

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from config.health.findings import Finding
from config.health.operators import has_token, is_staff
from config.health.probing import is_found
from config.health.readiness import not_ready

ALIVE, READY = "/healthz", "/readyz"
#: How long it is looked up who asks, after the dependencies were asked.
WHO_SECONDS = 0.15


class HealthPages:
    """A middleware, and the outermost but one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path not in (ALIVE, READY):
            return self._get_response(request)
        if request.method not in ("GET", "HEAD"):
            return JsonResponse({"status": "method not allowed"}, status=405, headers={"Allow": "GET, HEAD"})
        answer = JsonResponse({"status": "alive"}) if request.path == ALIVE else _readiness(request)
        answer["Cache-Control"] = "no-store"
        return answer


def _readiness(request: HttpRequest) -> JsonResponse:
    findings = not_ready()
    if not findings:
        return JsonResponse({"status": "ready"})
    body: dict[str, object] = {"status": "not ready"}
    if may_know(request, findings):
        body["findings"] = [
            {"dependency": one.dependency, "problem": one.problem, "repair": one.repair} for one in findings
        ]
    return JsonResponse(body, status=503)


def may_know(request: HttpRequest, findings: Sequence[Finding]) -> bool:
    """Who is signed in is in the database; nobody is asked for it there while it does not answer."""
    if has_token(request):
        return True
    if any(one.dependency in ("database", "migrations") for one in findings):
        return False
    return is_found(lambda: is_staff(request), seconds=WHO_SECONDS)
