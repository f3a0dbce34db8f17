"""Discord, as discord.com/developers/docs describes it: the servers that a bot is in, their channels and messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.world.server import Call, Said, World

BASE = "https://discord.com/api/v10"
SERVERS = f"GET {BASE}/users/@me/guilds"
CHANNELS = f"GET {BASE}/guilds/*/channels"
MESSAGES = f"GET {BASE}/channels/*/messages"
NEW_MESSAGE = f"POST {BASE}/channels/*/messages"


@dataclass
class Channel:
    id: str
    name: str
    kind: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        newest = {"last_message_id": self.messages[-1]["id"]} if self.messages else {"last_message_id": None}
        return {"id": self.id, "name": self.name, "type": self.kind, **newest}


def written(number: int, text: str, **more: Any) -> dict[str, Any]:
    """A message of Ada's."""
    author = {"id": "21", "username": "ada", "discriminator": "0"}
    return {"id": str(number), "type": 0, "content": text, "author": author, "attachments": []} | more


def of_a_bot(number: int, text: str) -> dict[str, Any]:
    return written(number, text, author={"id": "22", "username": "clerk", "bot": True})


@dataclass
class Discord:
    """servers: `{name: channels}`, with ids in their order from 1.

    on_look: called with the number of each look at the channels of the first server, before it is answered.
    most_answers: of the bot; then its token is good no more.
    """

    world: World
    servers: dict[str, list[Channel]] = field(default_factory=lambda: {"Analysts": [Channel("11", "general")]})
    on_look: Callable[[int], None] = lambda number: None
    looks: int = 0
    most_answers: int | None = None

    @property
    def answers(self) -> list[str]:
        """What the bot has written."""
        return [one["content"] for one in self.general.messages if one["author"].get("bot")]

    @property
    def general(self) -> Channel:
        return self.servers["Analysts"][0]

    def open(self) -> None:
        self.world.says(SERVERS, self._servers)
        self.world.says(CHANNELS, self._channels)
        self.world.says(MESSAGES, self._messages)
        self.world.says(NEW_MESSAGE, self._post)

    def _servers(self, call: Call) -> Said:
        if self.most_answers is not None and len(self.answers) >= self.most_answers:
            return 401, {"message": "401: Unauthorized", "code": 0}
        return [{"id": str(number), "name": name} for number, name in enumerate(self.servers, 1)]

    def _channels(self, call: Call) -> Said:
        number = int(_part(call, 2))
        if number == 1:
            self.looks += 1
            self.on_look(self.looks)
        return [channel.described() for channel in list(self.servers.values())[number - 1]]

    def _messages(self, call: Call) -> Said:
        """Those after the one that is named, the newest first."""
        after = int(call.params["after"])
        found = [one for one in self._channel(call).messages if int(one["id"]) > after]
        return found[: int(call.params["limit"])][::-1]

    def _post(self, call: Call) -> Said:
        """The same nonce gives the same message, as `enforce_nonce` has it."""
        if len(call.json["content"]) > 2000:
            return 400, {"message": "Invalid Form Body", "code": 50035}
        channel = self._channel(call)
        for one in channel.messages:
            if call.json.get("enforce_nonce") and one.get("nonce") == call.json.get("nonce"):
                return one
        made = of_a_bot(900 + len(channel.messages), call.json["content"]) | {"nonce": call.json.get("nonce")}
        channel.messages.append(made)
        return made

    def _channel(self, call: Call) -> Channel:
        wanted = _part(call, 2)
        return next(one for channels in self.servers.values() for one in channels if one.id == wanted)


def _part(call: Call, number: int) -> str:
    """A part of the path behind the version."""
    return call.address.removeprefix(BASE).split("/")[number]
