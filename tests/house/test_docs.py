"""What the documents name is there: files, headings, commands, scripts, and a block that works."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from blocks.base import Block
from blocks.readiness import Ready, gather
from blocks.registry import Registry
from tests.blocks.fakes import make_context
from tests.house.processes import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"\bmanage\.py ([a-z]\w*)")
SCRIPT = re.compile(r"(?<![\w./])bin/(\w+)")
#: A path of ours in backticks; `<id>`, `…` and the like are no paths.
PLACE = re.compile(r"`((?:platform|executor|credits|realtime|notifications|examples|bench|tests|docs)/[\w./-]*)`")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    links = [link for link in LINK.findall(prose(document)) if not link.startswith(("http://", "https://"))]
    assert [link for link in links if not leads_somewhere(document, link)] == []


def test_every_command_is_one(document: Path) -> None:
    assert set(COMMAND.findall(document.read_text())) - set(get_commands()) == set()


def test_every_script_is_there(document: Path) -> None:
    assert [name for name in SCRIPT.findall(document.read_text()) if not (ROOT / "bin" / name).is_file()] == []


def test_every_place_is_there(document: Path) -> None:
    assert [place for place in PLACE.findall(document.read_text()) if not (ROOT / place).exists()] == []


def test_every_decision_is_in_the_list_and_has_its_five_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    decisions = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert LINK.findall((folder / "README.md").read_text()) == [path.name for path in decisions]
    for path in decisions:
        parts = HEADING.findall(path.read_text())[1:]
        assert parts == ["Status", "Context", "Decision", "Consequences", "Rejected"], path.name


async def test_the_block_of_the_guide_does_what_its_examples_say() -> None:
    block = block_of_the_guide()
    assert block.examples
    for example in block.examples:
        gathered = gather(block, defaults=example.input, linked=frozenset(), received={})
        assert isinstance(gathered, Ready)
        assert [pair async for pair in block.run(gathered.parsed, make_context())] == example.output


def block_of_the_guide() -> Block:
    """The first piece of Python in docs/writing_a_block.md, registered."""
    found = PYTHON.search((ROOT / "docs" / "writing_a_block.md").read_text())
    assert found is not None
    names: dict[str, Any] = {"__name__": "guide"}
    exec(found.group(1), names)
    registry = Registry()
    registry.register(names["CountWordsBlock"])
    return next(iter(registry))


def prose(document: Path) -> str:
    """Without code, which has brackets of its own."""
    return FENCED.sub("", document.read_text())


def leads_somewhere(document: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    if not target.is_file():
        return False
    return not anchor or anchor in map(as_anchor, HEADING.findall(prose(target)))


def as_anchor(heading: str) -> str:
    """As the pages that show Markdown make it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
