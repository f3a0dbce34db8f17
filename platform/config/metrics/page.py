"""The site's `/metrics`: Django's figures, RQ's, what the database says, and what this process has counted."""

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from config.health.operators import has_token, is_staff
from config.metrics.bounded import Bounded
from config.metrics.queue import QueueFigures
from reliability.figures import PROCESS, Asked

#: What the database and Redis raise while they are away.
AWAY = (Error, RedisError, OSError)


def metrics(request: HttpRequest) -> HttpResponse:
    """For programs with OPERATOR_TOKEN, and for staff who are signed in."""
    if not (has_token(request) or is_staff(request)):
        return JsonResponse({"detail": "Metrics are for operators (OPERATOR_TOKEN)."}, status=403)
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)


def registry() -> CollectorRegistry:
    """Everything, bounded."""
    page = CollectorRegistry(auto_describe=False)
    parts: tuple[Collector, ...] = (REGISTRY, PROCESS, Asked(QueueFigures(), away=AWAY))
    page.register(Bounded(parts))
    return page
