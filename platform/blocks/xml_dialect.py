"""Reading the loose XML that models write.

Text becomes text, elements become dictionaries, and a level on which a name repeats becomes a list of dictionaries with
one key each. Names are in lower case with `_` for space. Attributes, comments, declarations and the text between
elements are dropped, entities stay as they are written. Nothing is ever looked up or expanded.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from blocks.errors import BlockError

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 100
#: Characters of the text that an error shows.
SHOWN = 40

#: A tag: slash, name with what may look like attributes, slash. Possessive, so that no text takes long to refuse.
_TAG = re.compile(
    r"""<(?P<closing>/?)(?P<inner>(?:[^<>"'=/]|/(?!>)|=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=]++)?+)*+)(?P<empty>/?)>"""
)
#: What is passed over, by how it begins and ends.
_SKIPPED = (("<!--", "-->"), ("<?", "?>"))
_CDATA = ("<![CDATA[", "]]>")
_FENCE = re.compile(r"```[\w-]*")

Level = dict[str, Any] | list[dict[str, Any]]


@dataclass(slots=True)
class _Element:
    name: str = ""
    children: list[tuple[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def value(self) -> Any:
        return _level(self.children) if self.children else "".join(self.texts).strip()


def parse(source: str) -> Level:
    """The roots of the text, as one level. Raises BlockError naming what is wrong and where."""
    if len(source) > MAX_BYTES or len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise BlockError(f"The XML is larger than {MAX_BYTES // 1024**2} MB.")
    open_elements = [_Element()]
    position = 0
    while position < len(source):
        position = _read(source, position, open_elements)
    if len(open_elements) > 1:
        raise BlockError(f"The XML ends inside the element {open_elements[-1].name}.")
    root = open_elements[0]
    if not root.children:
        raise BlockError("The XML has no element.")
    return _level(root.children)


def _read(source: str, position: int, open_elements: list[_Element]) -> int:
    """Read one text, tag or section; the position after it."""
    for begin, end in _SKIPPED:
        if source.startswith(begin, position):
            return _end_of(source, position, begin, end)
    if source.startswith(_CDATA[0], position):
        after = _end_of(source, position, *_CDATA)
        _add_text(source[position + len(_CDATA[0]) : after - len(_CDATA[1])], open_elements, position)
        return after
    if _is_tag(source, position):
        return _read_tag(source, position, open_elements)
    after = source.find("<", position + 1)
    after = len(source) if after < 0 else after
    _add_text(source[position:after], open_elements, position)
    return after


def _is_tag(source: str, position: int) -> bool:
    """A `<` before a space or a digit is text, as in "3 < 4"."""
    following = source[position + 1 : position + 2]
    return source[position] == "<" and not (following.isspace() or following.isdigit())


def _end_of(source: str, position: int, begin: str, end: str) -> int:
    found = source.find(end, position + len(begin))
    if found < 0:
        raise BlockError(f"The XML has a {begin} without {end} at character {position + 1}.")
    return found + len(end)


def _add_text(text: str, open_elements: list[_Element], position: int) -> None:
    """Outside of every element only space and code fences may stand."""
    if len(open_elements) > 1:
        open_elements[-1].texts.append(text)
        return
    stray = _FENCE.sub("", text).strip()
    if stray:
        raise BlockError(f'The XML has text outside of its elements at character {position + 1}: "{stray[:SHOWN]}".')


def _read_tag(source: str, position: int, open_elements: list[_Element]) -> int:
    tag = _TAG.match(source, position)
    name = _name(tag["inner"]) if tag else ""
    if tag is None or not name:
        shown = source[position : position + SHOWN]
        raise BlockError(f'The XML has a faulty tag at character {position + 1}: "{shown}".')
    if tag["closing"]:
        _close(name, open_elements, position)
    elif tag["empty"]:
        open_elements[-1].children.append((name, ""))
    else:
        _open(name, open_elements)
    return tag.end()


def _open(name: str, open_elements: list[_Element]) -> None:
    if len(open_elements) > MAX_DEPTH:
        raise BlockError(f"The XML has elements nested more than {MAX_DEPTH} deep.")
    open_elements.append(_Element(name))


def _close(name: str, open_elements: list[_Element], position: int) -> None:
    if name != open_elements[-1].name:
        expected = f"; {open_elements[-1].name} is open" if open_elements[-1].name else ""
        raise BlockError(f"The XML closes {name} at character {position + 1}{expected}.")
    element = open_elements.pop()
    open_elements[-1].children.append((name, element.value()))


def _name(inner: str) -> str:
    """The name without attributes: all before the word that precedes the first `=`."""
    head, equals, _ = inner.partition("=")
    if equals:
        words = head.split()
        head = " ".join(words[:-1])
    return re.sub(r"\s", "_", head.strip().lower())


def _level(children: list[tuple[str, Any]]) -> Level:
    level = dict(children)
    return level if len(level) == len(children) else [{name: value} for name, value in children]
