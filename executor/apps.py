from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExecutorAppConfig(AppConfig):
    name = "executor"

    def ready(self) -> None:
        from credits.naming import name_graphs_by
        from credits.reversing import reversed_by_hand
        from executor.audit import add_checks
        from executor.events import execution_events
        from executor.final_statuses import protect_after_migrate
        from executor.gauges import add_gauges
        from executor.stopping.giving_back import follow_reversal
        from executor.summary.listening import order_summary
        from graphs.names import names_of

        add_checks()
        add_gauges()
        name_graphs_by(names_of)
        post_migrate.connect(protect_after_migrate, sender=self, dispatch_uid="executor.protect_after_migrate")
        execution_events.connect(order_summary, dispatch_uid="executor.order_summary")
        reversed_by_hand.connect(follow_reversal, dispatch_uid="executor.follow_reversal")
