"""The least that a view of Django REST framework does with the tables of executions: no user, no checks, no headers."""

from typing import Any

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import urlpatterns as site
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.models import GraphVersion

COLUMNS = ("id", "graph_id", "status", "inputs", "cost", "stats", "created_at", "started_at", "ended_at", "seq")
RUN_COLUMNS = ("id", "node_id", "status", "inputs", "cost", "seq")
PAGE = 25


class BareView(APIView):
    authentication_classes = ()
    permission_classes = ()


class BareList(BareView):
    def get(self, request: Request) -> Response:
        return Response(list(GraphExecution.objects.order_by("-created_at").values(*COLUMNS)[:PAGE]))


class BareOne(BareView):
    def get(self, request: Request, execution_id: Any) -> Response:
        found = GraphExecution.objects.values(*COLUMNS).get(id=execution_id)
        runs = NodeExecution.objects.filter(execution=execution_id).values(*RUN_COLUMNS)
        return Response(found | {"node_executions": list(runs)})


class BareStart(BareView):
    """One row of the many that a start is."""

    def post(self, request: Request) -> Response:
        version = GraphVersion.objects.select_related("graph").earliest("created_at")
        made = GraphExecution.objects.create(
            version=version,
            graph=version.graph,
            user_id=version.graph.owner_id,
            status=Status.INCOMPLETE,
            inputs=request.data["inputs"],
        )
        return Response({"id": made.id}, status=202)


urlpatterns = [
    path("bare/executions", BareList.as_view()),
    path("bare/executions/<uuid:execution_id>", BareOne.as_view()),
    path("bare/start", BareStart.as_view()),
    path("", include((site, "site"))),
]
