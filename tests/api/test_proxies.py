"""A proxy of which Sluice has not been told is warned of, and only such a one."""

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks

from config.checks.proxies import secure_addresses

SITE = "https://sluice.example.org"


@pytest.fixture(autouse=True)
def site(settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["sluice.example.org"], [SITE]
    settings.PUBLIC_URL, settings.TRUSTED_PROXIES = "", 0


def warned() -> list[str]:
    return [str(message.msg) for message in run_checks() if message.id == "config.W030"]


def test_site_that_is_reached_by_https_has_a_proxy_in_front(settings: LazySettings) -> None:
    assert warned() == [f"{SITE} is reached through a proxy, and TRUSTED_PROXIES is 0."]
    settings.CSRF_TRUSTED_ORIGINS, settings.PUBLIC_URL = [], f"{SITE}/sluice/"
    assert len(warned()) == 1


def test_proxy_that_is_named_is_fine(settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = 1
    assert warned() == []


def test_site_without_https_may_be_reached_directly(settings: LazySettings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["http://sluice.example.org"]
    assert warned() == []


def test_origins_of_other_sites_say_nothing_of_this_one(settings: LazySettings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com"]
    assert warned() == []


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://sluice.example.org:8443", ["sluice.example.org"]),
        ("https://*.example.org", [".example.org"]),
        ("https://a.example.org", ["*"]),
        ("https://[2001:db8::1]", ["[2001:db8::1]"]),
        ("https://SLUICE.example.org", ["sluice.example.org"]),
    ],
)
def test_ways_to_name_a_host(address: str, hosts: list[str]) -> None:
    assert secure_addresses([address], hosts=hosts) == [address]


@pytest.mark.parametrize("address", ["", "https://", "sluice.example.org", "https://[", "https://example.org"])
def test_what_names_no_host_of_ours_is_left_out(address: str) -> None:
    assert secure_addresses([address], hosts=["sluice.example.org"]) == []
