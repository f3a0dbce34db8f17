"""examples/client.py, as a user runs it, against a real server and a real worker."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from accounts.keys import issue
from accounts.models import User
from executor.models import GraphExecution
from executor.stopping.cancel import request_cancel
from graphs.models import Graph
from graphs.storage import write_version
from tests.cutting import cut_line
from tests.executor.building import build, given, result
from tests.executor.processes import process, web_server
from tests.factories import make_user
from tests.house.processes import ROOT, wait_until

CLIENT = ROOT / "examples" / "client.py"
NUMBERS = 60
TEXT = "long " * 1000

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Site:
    ada: User
    key: str
    address: str

    def start(self, graph_id: str, *more: str, address: str = "") -> "subprocess.Popen[str]":
        command = [sys.executable, str(CLIENT), graph_id, "--url", f"http://{address or self.address}", *more]
        env = os.environ | {"SLUICE_KEY": self.key}
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, graph_id: str, *more: str, address: str = "") -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        started = self.start(graph_id, *more, address=address)
        output, errors = started.communicate(timeout=120)
        return started.returncode, output, errors


@pytest.fixture
def site(redis_url: str) -> Iterator[Site]:
    ada = make_user()
    with web_server() as address, process("rqworker", NODE_OUTPUT_INLINE_BYTES="1000"), process("clock"):
        yield Site(ada, issue(ada, name="client")[1], address)


def test_it_does_what_it_says(site: Site, tmp_path: Path) -> None:
    """At one site: what takes long is to start its processes."""
    it_misses_nothing_however_often_the_line_is_cut(site)
    it_writes_outputs_to_files(site, tmp_path)
    its_exit_code_tells_how_it_went(site)


def it_misses_nothing_however_often_the_line_is_cut(site: Site) -> None:
    with cut_line(site.address, bytes=1500) as line:
        code, output, errors = site.run(talkative(site.ada), "--input", f"text={TEXT}", address=line.address)
    assert code == 0, errors
    assert json.loads(output) == {"numbers": list(range(NUMBERS)), "text": [TEXT]}
    assert numbers_told(errors) == list(range(1, GraphExecution.objects.get().seq + 1))
    assert line.cuts >= 3
    assert GraphExecution.objects.count() == 1


def it_writes_outputs_to_files(site: Site, tmp_path: Path) -> None:
    code, output, errors = site.run(talkative(site.ada), "--input", "text=short", "--save", str(tmp_path))
    assert (code, output) == (0, ""), errors
    (path,) = [line for line in errors.splitlines() if line.endswith("text.json")]
    assert json.loads(Path(path).read_text()) == {"text": ["short"]}


def its_exit_code_tells_how_it_went(site: Site) -> None:
    assert site.run(costly(site.ada), "--max-cost", "2")[0] == 1
    code, _, errors = site.run(costly(site.ada), "--input", "unknown=1")
    assert (code, errors.partition(":")[0]) == (2, "input_invalid")
    assert interrupted(site, endless(site.ada), by_signal=False) == 3
    assert interrupted(site, endless(site.ada), by_signal=True) == 130
    stopped = GraphExecution.objects.filter(cancel_requested_at__isnull=False)
    wait_until(lambda: [row.status for row in stopped.all()] == ["TERMINATED", "TERMINATED"])


def test_it_gives_up_when_nobody_answers() -> None:
    with socket.socket() as bound:  # and does not listen
        bound.bind(("127.0.0.1", 0))
        nobody = Site(make_user(), "slk_x", f"127.0.0.1:{bound.getsockname()[1]}")
        code, _, errors = nobody.run("any", "--patience", "1")
    assert (code, errors.startswith("Giving up")) == (4, True)


def interrupted(site: Site, graph_id: str, *, by_signal: bool) -> int:
    """The exit code of a client whose execution is stopped: by itself, or by somebody else."""
    started = site.start(graph_id)
    assert started.stderr is not None
    for line in started.stderr:
        if "RUNNING" in line and "gate" in line:
            break
    if by_signal:
        started.send_signal(signal.SIGINT)
    else:
        request_cancel(GraphExecution.objects.latest("created_at"))
    started.communicate(timeout=120)
    return started.returncode


def numbers_told(errors: str) -> list[int]:
    return [int(found) for found in re.findall(r"^ *(\d+)  [A-Z]", errors, re.MULTILINE)]


def talkative(owner: User) -> str:
    nodes = {
        "count": ("Count", {"count": NUMBERS}),
        "numbers": result("numbers"),
        "given": given("text"),
        "text": result("text"),
    }
    return stored(owner, nodes, ["count.number -> numbers.value", "given.result -> text.value"])


def costly(owner: User) -> str:
    return stored(owner, {"count": ("Count", {"count": 5}), "pause": ("Pause", {})}, ["count.number -> pause.value"])


def endless(owner: User) -> str:
    return stored(owner, {"gate": ("Gate", {"value": 1, "gate": "never"})}, [])


def stored(owner: User, nodes: dict[str, tuple[str, dict[str, object]]], links: list[str]) -> str:
    document = build(nodes, links, name="Of a client")
    graph = Graph.objects.create(id=document.id, owner=owner, name="Of a client")
    write_version(graph, document)
    return str(graph.id)
