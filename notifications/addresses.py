"""Where deliveries may go. The last word has the door, which sees what a name stands for when it asks."""

import contextlib

from django.conf import settings

from notifications.errors import EndpointInvalid
from reliability.net.addresses import is_public, parsed
from reliability.net.errors import OutwardRefused
from reliability.net.hops import parsed_url
from reliability.net.rules import DEFAULT_PORTS, PrivateHosts, parse_ports


def require_reachable(url: str) -> None:
    """Raises EndpointInvalid for what the door would refuse, as far as the address itself says so."""
    try:
        address = parsed_url(url)
    except OutwardRefused as error:
        raise _invalid(error.message) from error
    port = address.port or DEFAULT_PORTS[address.scheme]
    if port not in parse_ports(settings.OUTWARD_PORTS):
        raise _invalid(f"The port {port} may not be asked (OUTWARD_PORTS).")
    with contextlib.suppress(ValueError):
        number = parsed(address.host)
        if not (is_public(number) or PrivateHosts.of(settings.PRIVATE_HOSTS).hold(address.host, number)):
            raise _invalid("It is not on the public internet, so it may not be asked (PRIVATE_HOSTS).")


def _invalid(message: str) -> EndpointInvalid:
    return EndpointInvalid(f"url: {message}", fields={"url": message})
