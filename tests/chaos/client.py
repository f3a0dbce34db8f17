"""A client that launches over HTTP and writes down what it was told."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

TIMEOUT_SECONDS = 20.0
#: Statuses from here on say nothing of what became of the request.
BROKEN = 500


@dataclass(frozen=True, slots=True)
class Launch:
    """One request. execution_id: None when nobody knows what became of it."""

    graph_id: str
    execution_id: str | None
    seconds: float


@dataclass
class Client:
    """history: every request, also those without an answer."""

    address: str
    key: str
    history: list[Launch] = field(default_factory=list)

    def launch(self, graph_id: str, **inputs: Any) -> Launch:
        """Ask once. A refusal is an error; a broken connection, or a server that is broken, is not."""
        begun = time.monotonic()
        try:
            execution_id = self.post(f"/graphs/{graph_id}/execute", {"inputs": inputs})["id"]
        except urllib.error.HTTPError as error:
            if error.code < BROKEN:
                raise AssertionError(f"{error.code}: {error.read().decode()[:500]}") from error
            execution_id = None
        except (urllib.error.URLError, HTTPException, OSError):
            execution_id = None
        launch = Launch(graph_id, execution_id, time.monotonic() - begun)
        self.history.append(launch)
        return launch

    def stop(self, graph_id: str, execution_id: str) -> Any:
        """Ask an execution to stop."""
        return self.post(f"/graphs/{graph_id}/executions/{execution_id}/stop")

    def post(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://{self.address}/api/v1{path}",
            method="POST",
            data=json.dumps(body or {}).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)

    @property
    def accepted(self) -> list[Launch]:
        return [launch for launch in self.history if launch.execution_id is not None]
