from django.apps import AppConfig


class CreditsAppConfig(AppConfig):
    name = "credits"

    def ready(self) -> None:
        from accounts.events import user_created
        from credits.accounts import open_for_new_user
        from credits.figures import add_figures

        add_figures()
        user_created.connect(open_for_new_user, dispatch_uid="credits.open_for_new_user")
