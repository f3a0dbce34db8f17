from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class GraphsAppConfig(AppConfig):
    name = "graphs"

    def ready(self) -> None:
        from blocks.registry import load

        try:
            load(settings.BLOCK_MODULES, Path(settings.BLOCKS_FOLDER) if settings.BLOCKS_FOLDER else None)
        except ModuleNotFoundError as error:
            if error.name not in settings.BLOCK_MODULES:
                raise
            raise ImproperlyConfigured(f"BLOCK_MODULES: there is no module {error.name}.") from error
