"""Programs of users that may read from hosts which the operator has named, through the real door."""

from dataclasses import replace

import pytest

from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.programs import ExecuteCodeBlock
from tests.blocks.fakes import make_context
from tests.blocks.running import outputs
from tests.isolation import skip_without_isolation
from tests.world.server import World

READ = "import requests\nrequests.get('https://{host}/items').json()['id']"


def with_hosts(world: World, *hosts: str) -> Context:
    context = make_context(web=world.web())
    return replace(context, services=replace(context.services, program_hosts=frozenset(hosts)))


async def test_a_program_reads_from_a_host_that_is_named(world: World) -> None:
    skip_without_isolation()
    world.says("GET https://api.example.org/items", {"id": 7})
    context = with_hosts(world, "api.example.org")
    emitted = await outputs(ExecuteCodeBlock(), {"code": READ.format(host="api.example.org")}, context)
    assert ("response", "7") in emitted


@pytest.mark.parametrize("hosts", [(), ("api.example.org",)])
async def test_it_reads_from_no_other(world: World, hosts: tuple[str, ...]) -> None:
    skip_without_isolation()
    world.says("GET https://elsewhere.example.org/items", {"id": 7})
    code = READ.format(host="elsewhere.example.org")
    with pytest.raises(BlockError, match="not among the hosts" if hosts else "No module named 'requests'"):
        await outputs(ExecuteCodeBlock(), {"code": code}, with_hosts(world, *hosts))
    assert world.calls == []
