"""Nothing that is not on the public internet is ever asked. A canary listens on loopback and counts who comes."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from reliability.errors import SluiceError
from reliability.net.addresses import Address, parsed
from reliability.net.door import Door
from reliability.net.errors import OutwardFailed, OutwardRefused
from reliability.net.opening import allowed_addresses, check_peer
from reliability.net.rules import Destinations, PrivateHosts, Rules
from tests.reliability.raw_server import ALLOWED, FORBIDDEN, RawServer, raw_server, response

#: Ways to write the canary's address, other addresses of this machine and its network, and of metadata services.
SPELLINGS = [
    *("http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://LOCALHOST.:{port}/", "http://127.1:{port}/"),
    *("http://127.0.1:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0x7f.1:{port}/"),
    *("http://0177.0.0.1:{port}/", "http://017700000001:{port}/", "http://0x7f.0x0.0x0.0x1:{port}/"),
    *("http://0177.0x0.0.1:{port}/", "http://127.0.0.1.:{port}/", "http://127.000.000.001:{port}/"),
    *("http://①②⑦.0.0.1:{port}/", "http://127。0。0。1:{port}/", "http://１２７.0.0.1:{port}/"),
    *("http://ⓛocalhost:{port}/", "http://0.0.0.0:{port}/", "http://0:{port}/", "http://00000000:{port}/"),
    *("http://127.127.127.127:{port}/", "http://127.0.0.3:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/"),
    *("http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/"),
    *("http://[::ffff:7f00:1]:{port}/", "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/"),
    *("http://[::ffff:0:127.0.0.1]:{port}/", "http://[64:ff9b::127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/"),
    *("http://[64:ff9b:1::7f00:1]:{port}/", "http://[2002:7f00:1::1]:{port}/", "http://[2001:0:7f00:1::]:{port}/"),
    *("http://[fe80::1%25lo]:{port}/", "http://[fe80::1%lo]:{port}/", "http://[::1%25lo]:{port}/"),
    *("http://[fec0::1]:{port}/", "http://[fd00:ec2::254]:{port}/", "http://[fc00::1]:{port}/"),
    *("http://[2001:db8::1]:{port}/", "http://[ff02::1]:{port}/", "http://[100::1]:{port}/"),
    *("http://169.254.169.254:{port}/latest/meta-data/", "http://0xa9fea9fe:{port}/", "http://2852039166:{port}/"),
    *("http://[::ffff:169.254.169.254]:{port}/", "http://169.254.170.2:{port}/v2/credentials"),
    *("http://100.100.100.200:{port}/", "http://192.0.0.192:{port}/opc/v1/", "http://168.63.129.16:{port}/"),
    *("http://192.88.99.1:{port}/", "http://100.64.0.1:{port}/", "http://10.0.0.1:{port}/"),
    *("http://172.17.0.1:{port}/", "http://192.168.0.1:{port}/", "http://198.18.0.1:{port}/"),
    *("http://224.0.0.1:{port}/", "http://255.255.255.255:{port}/", "http://240.0.0.1:{port}/"),
    *("http://ada:x@127.0.0.1:{port}/", "http://example.org@127.0.0.1:{port}/", "http://127.0.0.1:{port}#@a.org/"),
    *("http://metadata.google.internal:{port}/", "http://{hostname}:{port}/", " http://127.0.0.1:{port}/ "),
    *("HTTP://127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}\\", "http:/127.0.0.1:{port}/", "//127.0.0.1:{port}/"),
    *("127.0.0.1:{port}", "ftp://127.0.0.1:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x"),
    *("unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "ws://127.0.0.1:{port}/"),
    *("https://127.0.0.1:{port}/", "http://", "http://:{port}/", "", "http://[::1", "http://a b/", "data:,x"),
]


@pytest.fixture
async def canary() -> AsyncIterator[RawServer]:
    """Nobody may come: it listens on every address of this machine."""
    async with raw_server(response(b"secret"), host="::") as server:
        yield server


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with raw_server(response(b"hello", "Connection: close")) as server:
        yield server


def door_to(*servers: RawServer, resolve: object = None, **rules: object) -> Door:
    """A door that may ask these servers: ALLOWED is to it what the public internet is elsewhere."""
    options: dict[str, object] = {} if resolve is None else {"resolve": resolve}
    given = {
        "private_hosts": PrivateHosts.of([ALLOWED]),
        "http_ports": frozenset(server.port for server in servers),
        "max_seconds": 5.0,
    }
    return Door(Rules(**{**given, **rules}), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_reaches_the_canary(spelling: str, canary: RawServer) -> None:
    url = spelling.replace("{port}", str(canary.port)).replace("{hostname}", socket.gethostname())

    with pytest.raises((OutwardRefused, OutwardFailed)):
        await door_to(canary, max_seconds=2.0).request("GET", url)

    assert canary.connections == 0


def test_the_list_is_long_enough() -> None:
    assert len(set(SPELLINGS)) >= 70


async def test_canary_is_reached_where_it_is_allowed(canary: RawServer) -> None:
    """So that the silence of the other tests means something."""
    door = door_to(canary, private_hosts=PrivateHosts.of([FORBIDDEN]))

    reply = await door.request("GET", f"http://127.0.0.1:{canary.port}/")
    await door.close()

    assert (reply.status, reply.body, canary.connections) == (200, b"secret", 1)


async def test_name_that_changes_its_address_never_leads_inside(server: RawServer) -> None:
    """The port is the same at both addresses, as is the name; only what the name's server says changes."""
    turns = 0

    async def resolve(host: str, port: int) -> list[str]:
        nonlocal turns
        turns += 1
        return [ALLOWED] if turns % 2 else [FORBIDDEN]

    inside = RawServer(response(b"secret"), host=FORBIDDEN)
    listener = await asyncio.start_server(inside.serve, FORBIDDEN, server.port)
    door = door_to(server, resolve=resolve)
    seen = [await outcome(door, f"http://changing.example.org:{server.port}/") for _ in range(1000)]
    await door.close()
    listener.close()

    assert inside.connections == 0
    assert seen == [b"hello", OutwardRefused] * 500


async def test_of_mixed_addresses_only_the_public_are_asked(server: RawServer) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return [FORBIDDEN, "::1", ALLOWED, "10.0.0.1"]

    inside = RawServer(response(b"secret"), host=FORBIDDEN)
    listener = await asyncio.start_server(inside.serve, FORBIDDEN, server.port)
    door = door_to(server, resolve=resolve)
    seen = await outcome(door, f"http://mixed.example.org:{server.port}/")
    await door.close()
    listener.close()

    assert (seen, inside.connections) == (b"hello", 0)


@pytest.mark.parametrize("peer", [FORBIDDEN, "10.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
def test_open_connection_to_a_private_peer_is_given_up(peer: str) -> None:
    destinations = Destinations(private_hosts=PrivateHosts.of([ALLOWED]), ports=frozenset({80}))

    with pytest.raises(OutwardRefused, match=r"public\.example\.org is not on the public internet"):
        check_peer("public.example.org", 80, peer, destinations)


class Everywhere(Destinations):
    """As if every address were public, which is how this machine looks where it has a public address."""

    def take(self, host: str, port: int, address: Address) -> bool:
        return True


@pytest.mark.parametrize(("address", "is_asked"), [(FORBIDDEN, False), ("::1", False), ("93.184.216.34", True)])
async def test_this_machine_is_not_asked_even_if_its_address_is_public(address: str, is_asked: bool) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return [address]

    everywhere = Everywhere(private_hosts=PrivateHosts(), ports=frozenset({80}))
    asked = allowed_addresses("me.example.org", 80, everywhere, resolve)

    if is_asked:
        assert await asked == [parsed(address)]
    else:
        with pytest.raises(OutwardRefused):
            await asked


async def test_other_port_is_refused(server: RawServer, canary: RawServer) -> None:
    with pytest.raises(OutwardRefused, match=f"The port {server.port} of {ALLOWED}"):
        await door_to(canary).request("GET", server.url)

    assert server.connections == 0


async def test_only_listed_hosts_are_asked(server: RawServer) -> None:
    door = door_to(server)

    with pytest.raises(OutwardRefused, match="not among the hosts"):
        await door.request("GET", server.url, hosts=frozenset({"api.example.org", "*.example.org"}))
    assert server.connections == 0
    assert (await door.request("GET", server.url, hosts=frozenset({ALLOWED}))).body == b"hello"
    await door.close()


async def test_proxies_of_the_environment_are_ignored(
    server: RawServer, canary: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")

    door = door_to(server)
    async with door.client(server.url) as client:
        assert (await client.get(server.url)).text == "hello"
    assert (await door.request("GET", server.url)).body == b"hello"
    await door.close()

    assert canary.connections == 0


async def test_client_reaches_what_its_operator_named_and_nothing_else(server: RawServer, canary: RawServer) -> None:
    async with Door(Rules()).client(server.url) as client:
        assert (await client.get(f"{server.url}/models")).text == "hello"
        with pytest.raises(OutwardRefused):
            await client.get(f"http://127.0.0.1:{canary.port}/")

    assert canary.connections == 0


async def test_service_is_asked_elsewhere_and_only_as_the_service(server: RawServer) -> None:
    door = Door(Rules(services={"api.example.org": f"{server.url}/there"}))

    reply = await door.request("GET", "https://api.example.org/items?q=1", hosts=frozenset({"api.example.org"}))
    with pytest.raises(OutwardRefused):
        await door.request("GET", f"{server.url}/there/items")
    await door.close()

    assert (reply.body, reply.url) == (b"hello", "https://api.example.org/items?q=1")
    assert [head.split("\r\n")[0] for head in server.heads] == ["GET /there/items?q=1 HTTP/1.1"]


async def test_mail_is_sent_by_the_same_rules(server: RawServer, canary: RawServer) -> None:
    ports = frozenset({server.port, canary.port})
    door = door_to(mail_ports=ports)

    with pytest.raises(OutwardRefused, match="public internet"):
        await door.connect(FORBIDDEN, canary.port)
    with pytest.raises(OutwardRefused, match="The port 25"):
        await door.connect(ALLOWED, 25)
    with pytest.raises(OutwardRefused, match="not among the hosts"):
        await door.connect(ALLOWED, server.port, hosts=frozenset({"mail.example.org"}))
    with await door.connect(ALLOWED, server.port, timeout_seconds=3) as opened:
        assert opened.getpeername() == (ALLOWED, server.port)
        assert opened.gettimeout() == 3

    assert canary.connections == 0


async def test_one_door_serves_several_event_loops(server: RawServer) -> None:
    door = door_to(server)

    async def ask() -> bytes:
        return (await door.request("GET", server.url)).body

    bodies = [await asyncio.to_thread(asyncio.run, ask()) for _ in range(2)]
    bodies += await asyncio.gather(*(asyncio.to_thread(asyncio.run, ask()) for _ in range(5)))

    assert bodies == [b"hello"] * 7


async def outcome(door: Door, url: str) -> object:
    """The body, or the kind of the error."""
    try:
        return (await door.request("GET", url)).body
    except SluiceError as error:
        return type(error)


@pytest.mark.parametrize(
    "params", [{"q": "\ud800"}, {"\ud800": "q"}, {"q": "a" * 100_000}], ids=["value", "name", "long"]
)
async def test_parameters_that_cannot_be_written_are_refused(params: dict[str, str]) -> None:
    """The words of a program, or of a model, may be anything."""
    with pytest.raises(OutwardRefused, match="not an address"):
        await Door(Rules()).request("GET", f"http://{ALLOWED}/", params=params)
