"""The webhooks of GitHub's repositories, as docs.github.com describes them: made, found, changed, removed, pinged.

"REST API endpoints for repository webhooks" for what is asked, "Validating webhook deliveries" for what is posted.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.world.server import Call, Said, World

HOOKS = "https://api.github.com/repos/ada/engine/hooks"
GOOD_TOKEN = "Bearer ghp_canary-token"
ZEN = {"zen": "Keep it logically awesome.", "hook_id": 1}

#: Delivers a body with headers to an address.
Post = Callable[[str, bytes, dict[str, str]], Any]


@dataclass
class GitHubHooks:
    """hooks: by their numbers.  post: carries what GitHub posts; None if its calls are lost.

    trouble: answers everything, if there is one.  loses: how many answers to POST are lost on their way.
    """

    world: World
    post: Post | None = None
    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    trouble: Said = None
    loses: int = 0
    made: int = 0

    def open(self) -> None:
        self._says("GET", HOOKS, self._list)
        self._says("POST", HOOKS, self._make)
        self._says("PATCH", f"{HOOKS}/*", self._change)
        self._says("DELETE", f"{HOOKS}/*", self._delete)
        self._says("POST", f"{HOOKS}/*/pings", self._ping)

    def deliver(self, event: str, payload: Any, *, number: int = 1, **headers: str) -> Any:
        """Post an event to a hook, signed."""
        assert self.post is not None
        config = self.hooks[number]["config"]
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.post(config["url"], body, headers_of(event, body, config["secret"]) | headers)

    def _says(self, method: str, address: str, answer: Callable[[Call], Said]) -> None:
        self.world.says(f"{method} {address}", lambda call: self._refusal(call) or answer(call))

    def _refusal(self, call: Call) -> Said:
        if self.trouble is not None:
            return self.trouble
        if call.headers.get("authorization") != GOOD_TOKEN:
            return 401, {"message": "Bad credentials"}
        return None

    def _list(self, call: Call) -> Said:
        size, page = int(call.params.get("per_page", "30")), int(call.params.get("page", "1"))
        shown = [hook | {"config": hook["config"] | {"secret": "********"}} for hook in self.hooks.values()]
        return shown[size * (page - 1) : size * page]

    def _make(self, call: Call) -> Said:
        wish = call.json
        if any(hook["config"]["url"] == wish["config"]["url"] for hook in self.hooks.values()):
            errors = [{"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}]
            return 422, {"message": "Validation Failed", "errors": errors}
        self.made += 1
        self.hooks[self.made] = {"id": self.made, "type": "Repository", **wish}
        if self.loses:
            self.loses -= 1
            return 502, "Bad gateway"
        return 201, self.hooks[self.made]

    def _change(self, call: Call) -> Said:
        if (number := _number(call)) not in self.hooks:
            return 404, {"message": "Not Found"}
        self.hooks[number] |= call.json
        return self.hooks[number]

    def _delete(self, call: Call) -> Said:
        return (204, "") if self.hooks.pop(_number(call), None) else (404, {"message": "Not Found"})

    def _ping(self, call: Call) -> Said:
        number = int(call.address.split("/")[-2])
        if number not in self.hooks:
            return 404, {"message": "Not Found"}
        if self.post is not None:
            self.deliver("ping", ZEN, number=number)
        return 204, ""


def headers_of(event: str, body: bytes, secret: str) -> dict[str, str]:
    """Of one delivery. Each has an id of its own, which is not signed."""
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid4()),
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        "User-Agent": "GitHub-Hookshot/1",
    }


def _number(call: Call) -> int:
    return int(call.address.rsplit("/", 1)[1])
