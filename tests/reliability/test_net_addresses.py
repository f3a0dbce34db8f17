"""Which addresses are public (promise: only global unicast is ever asked)."""

import pytest

from reliability.net.addresses import is_public, parsed
from reliability.net.rules import PrivateHosts

PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"),
    *("192.0.1.0", "192.88.98.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15"),
    *("2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::200e", "2001:200::1", "2620:fe::fe"),
    *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::5efe:808:808"),
]
PRIVATE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1"),
    *("127.255.255.254", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1"),
    *("192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("100.100.100.200", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1"),
    *("64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:0:7f00:1::1", "2001:2::1", "2001:10::1"),
    *("2001:20::1", "2001:1ff::1", "2001:db8::1", "2002::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "3fff::1"),
    *("4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fe80::1%lo", "fec0::1"),
    *("ff02::1", "ff0e::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1", "2606:4700::1%lo"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_public(address: str) -> None:
    assert is_public(parsed(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public(parsed(address))


@pytest.mark.parametrize(
    ("entry", "host", "address"),
    [
        ("nas.local", "NAS.local.", "192.168.1.9"),
        ("*.home.arpa", "printer.home.arpa", "10.0.0.9"),
        ("192.168.1.9", "anything", "192.168.1.9"),
        ("192.168.1.9/24", "anything", "192.168.1.77"),
        ("127.0.0.0/8", "anything", "::ffff:127.0.0.1"),
        ("[::1]", "anything", "::1"),
        ("fd00::/8", "anything", "fd12::1"),
    ],
)
def test_private_host_is_held(entry: str, host: str, address: str) -> None:
    assert PrivateHosts.of([entry]).hold(host, parsed(address))


@pytest.mark.parametrize(
    ("entry", "host", "address"),
    [
        ("nas.local", "evil-nas.local", "192.168.1.9"),
        ("*.home.arpa", "home.arpa", "10.0.0.9"),
        ("*.home.arpa", "evilhome.arpa", "10.0.0.9"),
        ("*", "anything", "10.0.0.9"),
        ("192.168.1.9", "anything", "192.168.1.10"),
        ("", "", "10.0.0.9"),
    ],
)
def test_other_host_is_not_held(entry: str, host: str, address: str) -> None:
    assert not PrivateHosts.of([entry]).hold(host, parsed(address))


def test_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        PrivateHosts.of(["10.0.0.0/99"])
