"""The API's addresses, each with and without a slash at its end."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path

from credits.api import CreditsView
from executor.api import ExecuteView, ExecutionsView, ExecutionView, StopView
from graphs.api import BlocksView, GraphsView, GraphView

GRAPH = "graphs/<uuid:graph_id>"
EXECUTION = f"{GRAPH}/executions/<uuid:execution_id>"

VIEWS: dict[str, Any] = {
    "blocks": BlocksView,
    "credits": CreditsView,
    "graphs": GraphsView,
    GRAPH: GraphView,
    f"{GRAPH}/execute": ExecuteView,
    f"{GRAPH}/execute/<int:number>": ExecuteView,
    "executions": ExecutionsView,
    EXECUTION: ExecutionView,
    f"{EXECUTION}/stop": StopView,
}


def _both_ways() -> Iterator[URLPattern]:
    for route, view in VIEWS.items():
        yield path(route, view.as_view())
        yield path(f"{route}/", view.as_view())


app_name = "api"
urlpatterns = list(_both_ways())
