"""Bringing graphs of older formats up to date: one small function a rule. Pure.

The order matters: block ids come first, all other rules look at the new ones.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from blocks.llm.catalog import MODELS
from graphs.document import GraphDocument, LinkDocument, NodeDocument
from graphs.references import EXECUTOR_ID
from graphs.report import Note

#: Block ids of before October 2024, and today's.
NEW_BLOCK_IDS = {
    "a1b2c3d4-5e6f-7g8h-9i0j-k1l2m3n4o5p6": "436c3984-57fd-4b85-8e9a-459b356883bd",
    "b2g2c3d4-5e6f-7g8h-9i0j-k1l2m3n4o5p6": "0e50422c-6dee-4145-83d6-3a5a392f65de",
    "c3d4e5f6-7g8h-9i0j-1k2l-m3n4o5p6q7r8": "a0a69be1-4528-491c-a85a-a4ab6873e3f0",
    "c3d4e5f6-g7h8-i9j0-k1l2-m3n4o5p6q7r8": "32a87eab-381e-4dd4-bdb8-4c47151be35a",
    "b2c3d4e5-6f7g-8h9i-0j1k-l2m3n4o5p6q7": "87840993-2053-44b7-8da4-187ad4ee518c",
    "h1i2j3k4-5l6m-7n8o-9p0q-r1s2t3u4v5w6": "d0822ab5-9f8a-44a3-8971-531dd0178b6b",
    "d3f4g5h6-1i2j-3k4l-5m6n-7o8p9q0r1s2t": "df06086a-d5ac-4abb-9996-2ad0acb2eff7",
    "h5e7f8g9-1b2c-3d4e-5f6g-7h8i9j0k1l2m": "f5b0f5d0-1862-4d61-94be-3ad0fa772760",
    "a1234567-89ab-cdef-0123-456789abcdef": "4335878a-394e-4e67-adf2-919877ff49ae",
    "f8e7d6c5-b4a3-2c1d-0e9f-8g7h6i5j4k3l": "f66a3543-28d3-4ab5-8945-9b336371e2ce",
    "b29c1b50-5d0e-4d9f-8f9d-1b0e6fcbf0h2": "716a67b3-6760-42e7-86dc-18645c6e00fc",
    "31d1064e-7446-4693-o7d4-65e5ca9110d1": "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc",
    "c6731acb-4105-4zp1-bc9b-03d0036h370g": "5ebe6768-8e5d-41e3-9134-1c7bd89a8d52",
}
#: Models that are no longer served, and what took their place.
NEW_MODELS = {
    "claude-3-5-sonnet-latest": "claude-sonnet-4-5-20250929",
    "claude-3-7-sonnet-20250219": "claude-sonnet-4-5-20250929",
    "claude-3-5-haiku-latest": "claude-haiku-4-5-20251001",
    "llama3-70b-8192": "llama-3.3-70b-versatile",
    "llama3-8b-8192": "llama-3.1-8b-instant",
    "google/gemini-flash-1.5": "google/gemini-2.5-flash",
    "deepseek-r1-distill-llama-70b": "gpt-5-chat-latest",
    "gemma2-9b-it": "gpt-5-chat-latest",
    "google/gemini-3-pro-preview": "google/gemini-3.1-pro-preview",
}
PERPLEXITY_MODEL = "perplexity/sonar"

_FOR_EACH = "f8e7d6c5-b4a3-2c1d-0e9f-8g7h6i5j4k3l"
_COMBINE_TEXTS = "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85"
_DROPDOWN = "655d6fdf-a334-421c-b733-520549c07cd1"
_PERPLEXITY = "c8a5f2e9-8b3d-4a7e-9f6c-1d5e3c9b7a4f"
#: The blocks with templates: AgentOutput, FillTextTemplate, AITextGenerator, AIStructuredResponseGenerator.
_WITH_TEMPLATES = frozenset(
    (
        "363ae599-353e-4804-937e-b2ee3cef3da4",
        "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
        "1f292d4a-41a4-4977-9684-7c8d560b9f91",
        "ed55ac19-356e-4243-a6cb-bc599e9b716f",
    )
)
_TEMPLATE_PINS = ("format", "prompt", "sys_prompt")
_SINGLE_BRACES = re.compile(r"(?<!\{)\{ *([A-Za-z_][A-Za-z0-9_]*) *\}(?!\})")
_SECOND_OF_PAIR = re.compile(r"^item_\$_1(?=$|_[$#@]_)")
_COMBINED_TEXT = re.compile(r"input([1-9])")

Constants = dict[str, Any]
#: Gives the changed constants and what was changed, or None where there is nothing to do.
Rule = Callable[[str, Constants], tuple[Constants, str] | None]


def upgrade(document: GraphDocument, *, single_braces: bool) -> tuple[GraphDocument, list[Note]]:
    """The graph in today's format, and what was changed. Its sub-graphs are not looked at.

    single_braces: its templates are written `{name}`.
    """
    notes: list[Note] = []
    links = _upgrade_links(document, notes)
    rules = (*_RULES, _double_braces) if single_braces else _RULES
    nodes = []
    for node in document.nodes:
        upgraded, changes = _upgrade_node(node, rules)
        nodes.append(upgraded)
        notes += [Note(graph=document.name, node=node.id, detail=change) for change in changes]
    return replace(document, nodes=tuple(nodes), links=links), notes


def _upgrade_node(node: NodeDocument, rules: Iterable[Rule]) -> tuple[NodeDocument, list[str]]:
    block_id, constants = NEW_BLOCK_IDS.get(node.block_id, node.block_id), node.input_default
    changes = [] if block_id == node.block_id else [f"the block's id {node.block_id} is now {block_id}"]
    for rule in rules:
        if changed := rule(block_id, constants):
            constants, change = changed
            changes.append(change)
    return replace(node, block_id=block_id, input_default=constants), changes


# --- Rules for the constants of a node


def _double_braces(block_id: str, constants: Constants) -> tuple[Constants, str] | None:
    if block_id not in _WITH_TEMPLATES:
        return None
    texts = {pin: constants[pin] for pin in _TEMPLATE_PINS if isinstance(constants.get(pin), str)}
    doubled = {pin: _SINGLE_BRACES.sub(r"{{\1}}", text) for pin, text in texts.items()}
    changed = [pin for pin in texts if doubled[pin] != texts[pin]]
    return (constants | doubled, f"single braces doubled in {', '.join(changed)}") if changed else None


def _inputs_of_sub_graph(block_id: str, constants: Constants) -> tuple[Constants, str] | None:
    if block_id != EXECUTOR_ID:
        return None
    return _renamed(constants, {"data": "inputs"})


def _dropdown_options(block_id: str, constants: Constants) -> tuple[Constants, str] | None:
    return _renamed(constants, {"placeholder_values": "options"}) if block_id == _DROPDOWN else None


def _combined_texts(block_id: str, constants: Constants) -> tuple[Constants, str] | None:
    if block_id != _COMBINE_TEXTS:
        return None
    return _renamed(constants, {pin: _element(pin) for pin in constants if _COMBINED_TEXT.fullmatch(pin)})


def _served_model(block_id: str, constants: Constants) -> tuple[Constants, str] | None:
    model = constants.get("model")
    if not isinstance(model, str):
        return None
    if block_id == _PERPLEXITY:
        new = model if model.startswith("perplexity/") else PERPLEXITY_MODEL
    else:
        new = NEW_MODELS.get(model) or _without_provider(model)
    return (constants | {"model": new}, f"the model {model} is now {new}") if new != model else None


def _without_provider(model: str) -> str:
    """`openai/gpt-4o` where only `gpt-4o` is known."""
    name = model.partition("/")[2]
    return name if model not in MODELS and name in MODELS else model


_RULES: tuple[Rule, ...] = (_inputs_of_sub_graph, _dropdown_options, _combined_texts, _served_model)


def _renamed(constants: Constants, names: dict[str, str]) -> tuple[Constants, str] | None:
    """Rename pins, unless a value of the new name is there already."""
    due = {old: new for old, new in names.items() if old in constants and new not in constants}
    if not due:
        return None
    change = ", ".join(f"{old} is now {new}" for old, new in due.items())
    return {due.get(pin, pin): value for pin, value in constants.items()}, change


def _element(pin: str) -> str:
    """`input1` of old, as an element of the list `input`."""
    return f"input_$_{int(pin.removeprefix('input')) - 1}"


# --- Rules for links


def _upgrade_links(document: GraphDocument, notes: list[Note]) -> tuple[LinkDocument, ...]:
    """Rename the pins that links name, and keep one of several links with the same ends."""
    blocks = {node.id: node.block_id for node in document.nodes}
    kept: dict[tuple[str, str, str, str], LinkDocument] = {}
    for link in document.links:
        renamed = _renamed_ends(link, blocks)
        ends = (renamed.source_id, renamed.source_name, renamed.sink_id, renamed.sink_name)
        if ends in kept:
            notes.append(_link_note(document, renamed, "a second link with the same ends is left out"))
            continue
        kept[ends] = renamed
        if renamed != link:
            change = f"the link from {link.source_name} to {link.sink_name} now goes from {renamed.source_name} to "
            notes.append(_link_note(document, renamed, change + renamed.sink_name))
    return tuple(kept.values())


def _renamed_ends(link: LinkDocument, blocks: dict[str, str]) -> LinkDocument:
    source_name, sink_name = link.source_name, link.sink_name
    if blocks.get(link.source_id) == _FOR_EACH:
        source_name = _of_a_pair(source_name)
    if blocks.get(link.sink_id) == _COMBINE_TEXTS and _COMBINED_TEXT.fullmatch(sink_name):
        sink_name = _element(sink_name)
    if blocks.get(link.sink_id) == _DROPDOWN and sink_name == "placeholder_values":
        sink_name = "options"
    return replace(link, source_name=source_name, sink_name=sink_name)


def _of_a_pair(pin: str) -> str:
    """The output `item` used to be the pair of index and element."""
    return "key" if pin == "item_$_0" else _SECOND_OF_PAIR.sub("item", pin)


def _link_note(document: GraphDocument, link: LinkDocument, detail: str) -> Note:
    return Note(graph=document.name, node=link.sink_id, place=link.sink_name, detail=detail)
