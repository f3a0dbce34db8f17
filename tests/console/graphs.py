"""Small graphs in files, as somebody would hand them to the command."""

import json
from pathlib import Path
from typing import Any

TEXT_INPUT = "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158"
OUTPUT = "363ae599-353e-4804-937e-b2ee3cef3da4"
TIMER = "d67a9c52-5e4e-11e2-bcfd-0800200c9a71"
PAUSE = "00000000-0000-4000-8000-000000000006"  # of tests.executor.blocks


def node(key: str, block_id: str, **defaults: Any) -> dict[str, Any]:
    return {"id": key, "block_id": block_id, "input_default": defaults, "metadata": {"customized_name": key}}


def link(source: str, source_name: str, sink: str, sink_name: str) -> dict[str, Any]:
    return {
        "id": f"{source}-{sink}-{sink_name}",
        "source_id": source,
        "source_name": source_name,
        "sink_id": sink,
        "sink_name": sink_name,
        "is_static": False,
    }


def write(folder: Path, nodes: list[dict[str, Any]], links: list[dict[str, Any]]) -> str:
    """The path of a file with this graph."""
    path = folder / "graph.json"
    graph = {"id": "g", "version": 1, "name": "Test graph", "description": "", "nodes": nodes, "links": links}
    path.write_text(json.dumps(graph))
    return str(path)


def echo(folder: Path) -> str:
    """Gives its input `word` out as `said`."""
    nodes = [node("Word", TEXT_INPUT, name="word"), node("Say", OUTPUT, name="said")]
    return write(folder, nodes, [link("Word", "result", "Say", "value")])


def wait(folder: Path, *, seconds: int) -> str:
    """Waits, then gives `done` out."""
    nodes = [node("Wait", TIMER, input_message="over", seconds=seconds), node("Say", OUTPUT, name="done")]
    return write(folder, nodes, [link("Wait", "output_message", "Say", "value")])


def spend_twice(folder: Path) -> str:
    """Two nodes that cost a credit each, one after the other."""
    nodes = [
        node("First", PAUSE, value=1, seconds=0),
        node("Second", PAUSE, seconds=0),
        node("Say", OUTPUT, name="sum"),
    ]
    return write(folder, nodes, [link("First", "value", "Second", "value"), link("Second", "value", "Say", "value")])
