from django.apps import AppConfig


class AccountsAppConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import access
        from accounts.credentials.checks import add_checks

        add_checks()
        access.listen()
