"""Taking code out of a text."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context

FENCE = "```"

#: Output: what may stand behind the opening fence.
_LANGUAGES: dict[str, tuple[str, ...]] = {
    "html": ("html", "htm"),
    "css": ("css",),
    "javascript": ("javascript", "js"),
    "python": ("python", "py"),
    "sql": ("sql",),
    "java": ("java",),
    "cpp": ("cpp", "c++"),
    "csharp": ("csharp", "c#", "cs"),
    "json_code": ("json",),
    "bash": ("bash", "shell", "sh"),
    "php": ("php",),
    "ruby": ("ruby", "rb"),
    "yaml": ("yaml", "yml"),
    "markdown": ("markdown", "md"),
    "typescript": ("typescript", "ts"),
    "xml": ("xml",),
}
_OUTPUTS = {alias: output for output, aliases in _LANGUAGES.items() for alias in aliases}


class CodeExtractionBlock(Block):
    """Takes the fenced code out of a text, by language."""

    id = "d3a7d896-3b78-4f44-8b4b-48fbf4f0bcd8"
    description = "Takes the fenced code out of a text, by language."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(
            input={"text": "First:\n```py\na = 1\n```\nthen\n```python\nb = 2\n```\n```\nplain\n```"},
            output=[("python", "a = 1\n\nb = 2"), ("remaining_text", "First:\n\nthen\n\n```\nplain\n```")],
        ),
    )

    class Input(Pins):
        text: str = Pin(description="The text, for example a model's answer.")

    class Output(Pins):
        html: str = Pin(description="HTML code; like every language, given only if there is some.")
        css: str = Pin(description="CSS code.")
        javascript: str = Pin(description="JavaScript code.")
        python: str = Pin(description="Python code.")
        sql: str = Pin(description="SQL code.")
        java: str = Pin(description="Java code.")
        cpp: str = Pin(description="C++ code.")
        csharp: str = Pin(description="C# code.")
        json_code: str = Pin(description="JSON.")
        bash: str = Pin(description="Shell code.")
        php: str = Pin(description="PHP code.")
        ruby: str = Pin(description="Ruby code.")
        yaml: str = Pin(description="YAML.")
        markdown: str = Pin(description="Markdown.")
        typescript: str = Pin(description="TypeScript code.")
        xml: str = Pin(description="XML.")
        remaining_text: str = Pin(description="The text without this code; given only if there is some.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        found, remaining = extract_code(input.text)
        for output in _LANGUAGES:
            if output in found:
                yield output, "\n\n".join(found[output])
        if remaining:
            yield "remaining_text", remaining


def extract_code(text: str) -> tuple[dict[str, list[str]], str]:
    """`{output: [code]}` and the text without it. Fences of other languages, or that do not end, stay in the text."""
    found: dict[str, list[str]] = {}
    parts = text.split(FENCE)
    remaining = [parts[0]]
    for index in range(1, len(parts), 2):
        fenced, after = parts[index], parts[index + 1 : index + 2]
        language, code = _taken_apart(fenced)
        if language and after:
            found.setdefault(language, []).append(code)
        else:
            remaining += [FENCE, fenced, *([FENCE] if after else [])]
        remaining += after
    return found, "".join(remaining).strip()


def _taken_apart(fenced: str) -> tuple[str | None, str]:
    """The output that a fence's language belongs to, and its code."""
    word, *rest = fenced.split(maxsplit=1)[:2] or [""]
    if not rest or not fenced.startswith(word):
        return None, fenced
    return _OUTPUTS.get(word.lower()), rest[0].strip()
