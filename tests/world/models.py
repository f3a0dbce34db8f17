"""Models, as OpenAI's interface has them (platform.openai.com/docs/api-reference), at three providers.

A model repeats what it was asked, so whoever reads its answer sees what went into it. What must have a form (tools,
JSON, tags that the prompt asks for) comes in that form, made of the question alone.
"""

import base64
import json
import re
from typing import Any

from tests.blocks.chat_server import calling, completion, refusal, streamed
from tests.world.model_tasks import carried_out, looked_up, subject_of
from tests.world.server import Call, Said, World

PROVIDERS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
}
DRAWING = "POST https://api.openai.com/v1/images/generations"
#: One transparent point, as PNG.
POINT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
CHARACTERS_PER_TOKEN = 4
#: In the names of models that search the web.
SEARCHING = "sonar"
#: How our blocks say which JSON they want.
_FORMAT = re.compile(r"<answer_format>(.*?)</answer_format>", re.DOTALL)

Body = dict[str, Any]


def open_models(world: World) -> None:
    for base in PROVIDERS.values():
        world.says(f"POST {base}/chat/completions", _chat)
    world.says(DRAWING, {"created": 0, "data": [{"b64_json": base64.b64encode(POINT).decode()}]})


def said_to(body: Body) -> str:
    """The last thing that a person said in a conversation."""
    return next((str(message["content"]) for message in reversed(body["messages"]) if message["role"] == "user"), "")


def answer_of(model: str, prompt: str) -> str:
    """What a model says to a prompt that asks for no form."""
    return f"{model} on this: {prompt}"


def _chat(call: Call) -> Said:
    if "authorization" not in call.headers:
        return 401, refusal("You did not provide an API key.")
    body = call.json
    reply = think(body)
    message = reply["choices"][0]["message"]
    asked, said = len(json.dumps(body["messages"])), len(json.dumps(message))
    tokens = {"prompt_tokens": asked // CHARACTERS_PER_TOKEN, "completion_tokens": said // CHARACTERS_PER_TOKEN}
    usage = tokens | {"total_tokens": sum(tokens.values())}
    if not body.get("stream"):
        return reply | {"model": body["model"], "usage": usage}
    return 200, streamed(*_pieces(message), usage=usage), {"Content-Type": "text/event-stream"}


def think(body: Body) -> Body:
    """The reply to a conversation."""
    tools = [tool["function"] for tool in body.get("tools", ()) if body.get("tool_choice") != "none"]
    told = [message["content"] for message in body["messages"] if message["role"] == "tool"]
    if tools and not told:
        return calling((tools[0]["name"], arguments(tools[0]["parameters"], subject_of(said_to(body)))))
    return completion(_text(body, told))


def arguments(schema: Body, subject: str) -> Body:
    """A value for each parameter: the subject where a text is wanted."""
    kinds = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}
    return {name: kinds.get(pin.get("type"), subject) for name, pin in schema["properties"].items()}


def _text(body: Body, told: list[str]) -> str:
    prompt = said_to(body)
    formats = _FORMAT.findall(" ".join(str(message["content"]) for message in body["messages"]))
    if formats:
        return _formatted(json.loads(formats[-1]), prompt)
    if SEARCHING in body["model"]:
        return looked_up(prompt)
    return carried_out(prompt, told) or answer_of(body["model"], "\n".join([prompt, *told]))


def _formatted(wanted: Body, prompt: str) -> str:
    """As our blocks ask for it; a list has three elements."""
    one = {key: f"{key}: {prompt}" for key in wanted["keys"]}
    values: dict[str, Any] = {
        "object": one,
        "list of objects": [one] * 3,
        "list of texts": [f"{number}. {prompt}" for number in (1, 2, 3)],
        "true or false": True,
    }
    value = values[wanted["kind"]]
    if wanted["tag"]:
        return f'Here it is.\n<json_output id="{wanted["tag"]}">{json.dumps(value)}</json_output>'
    return json.dumps({"items": value} if isinstance(value, list) else value)


def _pieces(message: Body) -> list[Any]:
    """A message in two pieces of text, or with its calls in one."""
    if calls := message.get("tool_calls"):
        return [{"tool_calls": [{"index": number, **call} for number, call in enumerate(calls)]}]
    text = message["content"]
    return [text[: len(text) // 2], text[len(text) // 2 :]]
