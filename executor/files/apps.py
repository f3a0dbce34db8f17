from django.apps import AppConfig
from django.db.models.signals import post_delete


class FilesAppConfig(AppConfig):
    name = "executor.files"

    def ready(self) -> None:
        from executor.files.deleted_users import erase_with_user
        from executor.files.models import Upload

        post_delete.connect(erase_with_user, sender=Upload, dispatch_uid="files.erase_with_user")
