"""Revid, as the description of its public interface v3 has it. A video is under way for some looks."""

from dataclasses import dataclass

from tests.world.server import Call, Said, World

BASE = "https://www.revid.ai"
RENDER = f"POST {BASE}/api/public/v3/render"
STATUS = f"GET {BASE}/api/public/v3/status"

VIDEO = "https://cdn.revid.ai/v/cat.mp4"


@dataclass
class Revid:
    """looks: how often it is asked before it has finished.  end: what it says then."""

    world: World
    looks: int = 2
    end: Said = None
    _looks: int = 0

    def open(self) -> None:
        self.world.says(RENDER, {"success": 1, "pid": "p_1", "workflow": "script-to-video"})
        self.world.says(STATUS, self._status)

    def _status(self, call: Call) -> Said:
        if call.params != {"pid": "p_1"}:
            return 404, {"success": 0, "error": "unknown pid"}
        self._looks += 1
        if self._looks <= self.looks:
            return {"success": 1, "status": "building", "progress": 20 * self._looks}
        return self.end or {"success": 1, "status": "ready", "videoUrl": VIDEO}
