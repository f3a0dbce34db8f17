from django.apps import AppConfig


class DispatchAppConfig(AppConfig):
    name = "executor.dispatch"

    def ready(self) -> None:
        from django.db import Error
        from prometheus_client import REGISTRY

        from executor.dispatch.metrics import DispatchMetrics
        from reliability.figures import Asked

        REGISTRY.register(Asked(DispatchMetrics(), away=(Error,)))
