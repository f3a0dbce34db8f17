"""Replicate, as replicate.com/docs/reference/http describes it. A prediction is under way for some looks."""

from dataclasses import dataclass

from tests.world.server import Call, Said, World

BASE = "https://api.replicate.com"
PREDICT = f"POST {BASE}/v1/models/black-forest-labs/*/predictions"
STATUS = f"GET {BASE}/v1/predictions/p1"
CANCEL = f"POST {BASE}/v1/predictions/p1/cancel"

PICTURE = "https://replicate.delivery/xezq/lake.webp"


@dataclass
class Replicate:
    """looks: how often it is asked before it has finished.  end: the prediction then."""

    world: World
    looks: int = 2
    end: Said = None
    _looks: int = 0

    def open(self) -> None:
        self.world.says(
            PREDICT, (201, {"id": "p1", "status": "starting", "urls": {"get": f"{BASE}/v1/predictions/p1"}})
        )
        self.world.says(STATUS, self._status)
        self.world.says(CANCEL, {"id": "p1", "status": "canceled"})

    def _status(self, call: Call) -> Said:
        self._looks += 1
        if self._looks <= self.looks:
            return {"id": "p1", "status": "processing"}
        return self.end or {"id": "p1", "status": "succeeded", "output": [PICTURE]}
