"""A whole installation for chaos: its own Redis, a world, and processes that may be killed."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from redis import Redis

from config.embedded_redis import EmbeddedRedis
from tests.chaos.failpoints import FOLDER
from tests.chaos.forks import CLOCK, WORKER, Forked, Zygote, zygote
from tests.chaos.world import ADDRESS, World
from tests.executor.processes import database_url
from tests.house.processes import ROOT, environment, wait_until

BLOCK_MODULES = "tests.executor.blocks,tests.chaos.blocks,tests.chaos.placing"
LEASE_SECONDS = 3
#: Short, so that a test sees in seconds what takes minutes outside. Nobody is slowed down by limits for people.
PACE = {
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "LEASE_RENEW_SECONDS": "1",
    "SWEEP_SECONDS": "0.2",
    "RING_AGAIN_SECONDS": "1",
    "MAX_CLAIMS": "20",
    "WORKER_CONCURRENCY": "8",
    "STARTS_PER_MINUTE_MAX": "0",
    "API_REQUESTS_PER_MINUTE": "0",
    "QUEUED_PER_USER_MAX": "0",
    "RUNNING_PER_USER_MAX": "0",
    "RUNNING_PER_GRAPH_MAX": "0",
    "LOG_LEVEL": "WARNING",
}


@dataclass
class Installation:
    """What a test has at hand. folder: of the processes' logs and of armed failpoints."""

    folder: Path
    world: World
    redis: EmbeddedRedis
    zygote: Zygote
    web: str
    running: list[Forked] = field(default_factory=list)

    @property
    def failpoints(self) -> Path:
        return self.folder / "failpoints"

    # --- processes

    def start(self, *commands: tuple[str, ...], host: str | None = None) -> list[Forked]:
        """Processes that `keep_up` starts again when they end."""
        started = [self.zygote.fork(*command, host=host) for command in commands]
        self.running += started
        return started

    def keep_up(self) -> int:
        """Start again what has ended, as an init system does. Returns how many."""
        ended = [one for one in self.running if not one.is_alive]
        for one in ended:
            self.running.remove(one)
            self.start(one.arguments, host=one.host)
        return len(ended)

    def workers(self) -> list[Forked]:
        return [one for one in self.running if one.arguments[0] == WORKER[0]]

    def stop_clock(self) -> None:
        """Nothing is swept or dispatched in turn until a clock is started again."""
        for clock in [one for one in self.running if one.arguments == CLOCK]:
            self.leave(clock)
            clock.kill()

    def serve(self) -> Forked:
        """A web server at `web`; returns when it answers. One that was killed may still have the port for a moment."""
        host, _, port = self.web.partition(":")
        wait_until(lambda: not _answers(host, int(port)))
        [server] = self.start(("daphne", "-b", host, "-p", port, "config.asgi:application"))
        wait_until(lambda: _answers(host, int(port)))
        return server

    def leave(self, one: Forked) -> None:
        """No longer keep it up."""
        self.running.remove(one)

    def quiet_down(self) -> None:
        """Kill whatever is left: nothing runs any more."""
        self.running.clear()
        for one in self.zygote.alive():
            one.kill()

    # --- Redis

    def lose_redis(self) -> None:
        """kill -9, and with it everything it knew; it is away until `restore_redis`."""
        assert self.redis.process is not None
        self.redis.process.send_signal(signal.SIGKILL)
        self.redis.process.wait()
        shutil.rmtree(self.redis.folder / "appendonlydir", ignore_errors=True)

    def restore_redis(self) -> None:
        """Empty."""
        self.redis.start()

    def flush_redis(self) -> None:
        with Redis.from_url(self.redis.url) as client:
            client.flushall()


@contextmanager
def installation(
    *, address: str = "127.0.0.1", redis_class: type[EmbeddedRedis] = EmbeddedRedis, **variables: str
) -> Iterator[Installation]:
    """Started with a clock and nobody who works. variables: settings of all its processes. address: of the world."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    (folder / "failpoints").mkdir()
    with World(address) as world, redis_class(folder / "redis") as redis:
        env = _environment(folder, world, redis.url) | variables
        try:
            with zygote(env, folder) as forks:
                found = Installation(folder, world, redis, forks, _free_address())
                found.start(CLOCK)
                yield found
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, world: World, redis_url: str) -> dict[str, str]:
    return environment(
        settings.HOME,
        DATABASE_URL=database_url(),
        REDIS_URL=redis_url,
        PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        DJANGO_SETTINGS_MODULE="config.settings",
        BLOCK_MODULES=BLOCK_MODULES,
        **{FOLDER: str(folder / "failpoints"), ADDRESS: world.address},
        **PACE,
    )


def _free_address() -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        host, port = listening.getsockname()
    return f"{host}:{port}"


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True
