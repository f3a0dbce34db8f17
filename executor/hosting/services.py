"""The doors that blocks get in this installation."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from blocks.context import MISSING, GraphRunner, Reviews, Services
from blocks.llm.routing import RoutedModels, routed_models
from blocks.mcp.servers import CommandServers, parse_servers
from blocks.outward import DoorWeb
from executor.engine.threads import Threads
from executor.files.reading import UserUploads
from executor.hosting.threads import DatabaseThread
from executor.models import KeyValue
from executor.workspace.files import ExecutionWorkspace
from executor.workspace.lineage import UserLineage
from reliability.net.door import Door
from reliability.net.rules import PrivateHosts, Rules, parse_ports, parse_services


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
def door() -> Door:
    """The one way outward, as the settings allow it."""
    return Door(
        Rules(
            private_hosts=PrivateHosts.of(settings.PRIVATE_HOSTS),
            http_ports=parse_ports(settings.OUTWARD_PORTS),
            mail_ports=parse_ports(settings.OUTWARD_MAIL_PORTS),
            max_bytes=settings.OUTWARD_MAX_BYTES,
            max_seconds=settings.OUTWARD_TIMEOUT_SECONDS,
            services=parse_services(settings.SERVICE_ADDRESSES),
        )
    )


@cache
def configured_models() -> RoutedModels:
    """The providers that the settings name. Raises InvalidInput for an unknown one."""
    return routed_models(
        settings.MODEL_PROVIDER,
        base_url=settings.MODEL_BASE_URL,
        api_key=settings.MODEL_API_KEY,
        base_urls=settings.MODEL_BASE_URLS,
        api_keys=settings.MODEL_API_KEYS,
        door=door(),
    )


def services_for(user_id: UUID, database: DatabaseThread, root_id: UUID) -> Callable[[GraphRunner, Reviews], Services]:
    """What `Surroundings.services` is for this user. root_id: of the execution that is run, with all inside it."""
    memory = DatabaseMemory(user_id, database)
    lineage = UserLineage(root_id, user_id, database)
    workspace = ExecutionWorkspace(root_id, UserUploads(user_id, database), lineage)
    web = DoorWeb(door())
    mcp = CommandServers(parse_servers(settings.MCP_SERVERS))
    return lambda graphs, reviews: Services(
        models=configured_models(),
        images=configured_models(),
        memory=memory,
        graphs=graphs,
        reviews=reviews,
        web=web,
        workspace=workspace,
        mcp=mcp,
        program_hosts=frozenset(settings.CODE_HOSTS),
    )
