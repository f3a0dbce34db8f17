"""Which addresses are public: everything that is not is refused, however it is written.

Source: the IANA registries of special-purpose addresses (RFC 6890 and its updates). Python's `is_global` is not asked,
because it takes several ways of writing a private address for a public one.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # between providers and their customers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's service for its machines
        "169.254.0.0/16",  # link-local, and metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and metadata of clouds
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # measurements
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")
SPECIAL_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, and Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
#: Prefixes whose last 32 bits are an IPv4 address that packets really go to: mapped, and NAT64.
_CARRIES_V4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
#: The upper half of an interface's identifier, of which the lower is an IPv4 address (ISATAP, RFC 5214).
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
_LOW_32 = 0xFFFF_FFFF


def is_public(address: Address) -> bool:
    """Whether packets to it leave for the internet and nothing nearer."""
    address = unwrapped(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in SPECIAL_V4)
    if address.scope_id or address not in GLOBAL_V6 or any(address in network for network in SPECIAL_V6):
        return False
    return not _is_isatap(address) or is_public(_last_32(address))


def unwrapped(address: Address) -> Address:
    """The IPv4 address that this one carries, else the address itself."""
    if isinstance(address, IPv6Address) and any(address in network for network in _CARRIES_V4):
        return _last_32(address)
    return address


def parsed(text: str) -> Address:
    """As the system writes it, perhaps with a zone. Raises ValueError."""
    return ip_address(text)


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & _LOW_32 in _ISATAP


def _last_32(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & _LOW_32)
