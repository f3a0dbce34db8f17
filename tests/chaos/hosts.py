"""Several hosts on one machine: network namespaces that a bridge joins. Only root can make them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from config.embedded_redis import EmbeddedRedis

BRIDGE, NETWORK = "chaos0", "10.213.77"
#: Where the database, Redis and the world answer.
MIDDLE = f"{NETWORK}.1"
REDIS_PORT = 16379


class RedisOnTheBridge(EmbeddedRedis):
    """For whoever is on the bridge, and for nobody else."""

    def _options(self) -> list[str]:
        return [*super()._options(), "--port", str(REDIS_PORT), "--bind", MIDDLE, "--protected-mode", "no"]


def why_not() -> str:
    """Why there can be no hosts here; empty if there can."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need root and iproute2"
    tried = subprocess.run(["ip", "netns", "add", "chaos-try"], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", "chaos-try"], capture_output=True)
    return tried.stderr.strip()


@contextmanager
def hosts(count: int) -> Iterator[list[str]]:
    """Names of so many network namespaces, each with a wire to the bridge."""
    names = [f"chaos-{number}" for number in range(1, count + 1)]
    _remove(names)
    _ip(f"link add {BRIDGE} type bridge", f"addr add {MIDDLE}/24 dev {BRIDGE}", f"link set {BRIDGE} up")
    try:
        for number, name in enumerate(names, start=1):
            _join(name, f"{NETWORK}.{10 + number}")
        yield names
    finally:
        _remove(names)


def cut_off(name: str) -> None:
    _ip(f"link set {_wire(name)} down")


def heal(name: str) -> None:
    _ip(f"link set {_wire(name)} up")


def _join(name: str, address: str) -> None:
    _ip(
        f"netns add {name}",
        f"link add {_wire(name)} type veth peer name eth0 netns {name}",
        f"link set {_wire(name)} master {BRIDGE} up",
        f"-n {name} addr add {address}/24 dev eth0",
        f"-n {name} link set eth0 up",
        f"-n {name} link set lo up",
    )


def _wire(name: str) -> str:
    return f"w-{name}"


def _remove(names: list[str]) -> None:
    """Also what an earlier test has left behind."""
    for name in names:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)
    subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)


def _ip(*commands: str) -> None:
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True, capture_output=True, text=True)
