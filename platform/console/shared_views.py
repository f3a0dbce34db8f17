"""The page of a shared execution, for whoever has the link."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.addresses import client_address
from api.errors import TooManyRequests
from api.throttling import ADDRESSES, count
from executor.sharing.answering import discreet
from executor.sharing.api import file_address
from executor.sharing.links import shared_execution
from executor.sharing.serializers import shared_body

#: Whatever the outputs hold, nothing of it runs or is loaded from elsewhere.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Counted by address, as the API counts those who do not say who they are."""
    try:
        count(request, ADDRESSES, client_address(request))
    except TooManyRequests as error:
        content = {"retry_after": error.data["retry_after"]}
        answer = render(request, "console/too_many.html", content, status=error.http_status)
        answer["Retry-After"] = str(error.data["retry_after"])
        return answer
    execution = shared_execution(token)
    if execution is None:
        raise Http404
    content = {"shared": shared_body(execution, partial(file_address, token))}
    answer = render(request, "console/shared.html", content)
    answer["Content-Security-Policy"] = POLICY
    discreet(answer)
    return answer
