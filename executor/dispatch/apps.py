from django.apps import AppConfig


class DispatchAppConfig(AppConfig):
    name = "executor.dispatch"

    def ready(self) -> None:
        from prometheus_client import REGISTRY

        from executor.dispatch.metrics import DispatchMetrics

        REGISTRY.register(DispatchMetrics())
