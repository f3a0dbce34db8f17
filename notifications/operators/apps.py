from django.apps import AppConfig


class OperatorsAppConfig(AppConfig):
    name = "notifications.operators"
    label = "operators"

    def ready(self) -> None:
        from credits.events import credit_events, credits_changing
        from notifications.operators.listening import hear_ledger, note_funds

        credits_changing.connect(note_funds, dispatch_uid="operators.funds")
        credit_events.connect(hear_ledger, dispatch_uid="operators.ledger")
