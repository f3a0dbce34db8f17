from django.apps import AppConfig


class ExecutorAppConfig(AppConfig):
    name = "executor"

    def ready(self) -> None:
        from credits.naming import name_graphs_by
        from credits.reversing import reversed_by_hand
        from executor.audit import add_checks
        from executor.giving_back import follow_reversal
        from graphs.names import names_of

        add_checks()
        name_graphs_by(names_of)
        reversed_by_hand.connect(follow_reversal, dispatch_uid="executor.follow_reversal")
