"""The doors that blocks get in this installation."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from blocks.context import MISSING, GraphRunner, Reviews, Services
from blocks.llm.chat import ChatModels
from blocks.llm.providers import chat_models
from executor.engine.threads import Threads
from executor.hosting.threads import DatabaseThread
from executor.models import KeyValue


class DatabaseMemory:
    """Implements blocks.context.Memory over rows, for one user."""

    def __init__(self, user_id: UUID, database: DatabaseThread) -> None:
        self._user_id = user_id
        self._database = database

    async def get(self, key: str) -> Any:
        return await self._database.run(self._get, key)

    async def put(self, key: str, value: Any) -> None:
        await self._database.run(self._put, key, value)

    def _get(self, key: str) -> Any:
        row = KeyValue.objects.filter(user_id=self._user_id, key=key).first()
        return MISSING if row is None else row.value

    def _put(self, key: str, value: Any) -> None:
        KeyValue.objects.update_or_create(user_id=self._user_id, key=key, defaults={"value": value})


@cache
def blocking_threads() -> Threads:
    """Those that all executions of this process share."""
    return Threads(settings.BLOCKING_THREADS)


@cache
def configured_models() -> ChatModels:
    """The provider that the settings name. Raises InvalidInput for an unknown one."""
    return chat_models(settings.MODEL_PROVIDER, base_url=settings.MODEL_BASE_URL, api_key=settings.MODEL_API_KEY)


def services_for(user_id: UUID, database: DatabaseThread) -> Callable[[GraphRunner, Reviews], Services]:
    """What `Surroundings.services` is for this user."""
    memory = DatabaseMemory(user_id, database)
    return lambda graphs, reviews: Services(models=configured_models(), memory=memory, graphs=graphs, reviews=reviews)
