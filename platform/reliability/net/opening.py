"""Opening a connection to an address that was checked.

A name is resolved once, its addresses are checked, and the connection goes to one of those very addresses. So it does
not matter what the name's server says a moment later. When the connection is open, the address at its other end is
checked again.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

from reliability.net.addresses import Address, parsed
from reliability.net.errors import OutwardFailed, OutwardRefused
from reliability.net.rules import Destinations

#: Of the addresses of one name, those that are tried.
MAX_ADDRESSES = 4

#: The addresses of a host, as the system writes them. Raises OSError when there are none.
Resolve = Callable[[str, int], Awaitable[list[str]]]
Opened = TypeVar("Opened")


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def allowed_addresses(host: str, port: int, destinations: Destinations, resolve: Resolve) -> list[Address]:
    """Those of the host that may be connected to.

    Raises OutwardFailed when it has no address, and OutwardRefused when none of them may be connected to.
    """
    if not destinations.takes_port(host, port):
        raise OutwardRefused(f"The port {port} of {host} may not be asked.", host=host, port=port)
    try:
        addresses = [parsed(address) for address in await resolve(host, port)]
    except (OSError, UnicodeError, ValueError):
        raise OutwardFailed(f"The address of {host} cannot be found.", host=host) from None
    allowed = [address for address in addresses if _is_allowed(host, port, address, destinations)]
    if not allowed:
        raise OutwardRefused(f"{host} is not on the public internet, so it may not be asked.", host=host)
    return allowed[:MAX_ADDRESSES]


async def open_first(addresses: list[Address], open_one: Callable[[Address], Awaitable[Opened]]) -> Opened:
    """The first connection that can be opened. open_one: raises OSError. Raises the last one if none can."""
    for address in addresses[:-1]:
        try:
            return await open_one(address)
        except OSError:
            continue
    return await open_one(addresses[-1])


def check_peer(host: str, port: int, peer: str, destinations: Destinations) -> None:
    """Raise OutwardRefused unless the address at the other end of an open connection is one that may be there."""
    if not destinations.take(host, port, parsed(peer)):
        raise OutwardRefused(f"{host} is not on the public internet, so it may not be asked.", host=host)


async def open_socket(
    host: str, port: int, *, destinations: Destinations, resolve: Resolve, seconds: float
) -> socket.socket:
    """A connected socket for a client that reads and writes in a thread.

    seconds: the longest that each of its operations may take.
    """
    addresses = await allowed_addresses(host, port, destinations, resolve)
    try:
        opened = await open_first(addresses, lambda address: _connected(address, port))
    except OSError:
        raise OutwardFailed(f"{host} does not take connections at port {port}.", host=host, port=port) from None
    try:
        check_peer(host, port, opened.getpeername()[0], destinations)
    except (OutwardRefused, OSError):
        opened.close()
        raise
    opened.settimeout(seconds)
    return opened


async def _connected(address: Address, port: int) -> socket.socket:
    opened = socket.socket(_family(address), socket.SOCK_STREAM)
    opened.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(opened, (str(address), port))
    except BaseException:
        opened.close()
        raise
    return opened


def _is_allowed(host: str, port: int, address: Address, destinations: Destinations) -> bool:
    if destinations.is_private(host, port, address):
        return True
    return destinations.take(host, port, address) and not _is_this_machine(address)


def _is_this_machine(address: Address) -> bool:
    """Whether the way to it ends here. Connecting a datagram socket chooses the way and sends nothing."""
    with socket.socket(_family(address), socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 9))
        except OSError:
            return False
        return parsed(probe.getsockname()[0]) == address


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if address.version == 4 else socket.AF_INET6
