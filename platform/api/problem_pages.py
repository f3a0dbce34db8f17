"""The pages that the `type` of a problem leads to, made of docs/problems.md. Anybody may read them."""

import re
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "problems.md"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""

_SECTION = re.compile(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def problem_list(request: HttpRequest) -> HttpResponse:
    """All codes."""
    items = "".join(f'<li><a href="/problems/{code}"><code>{code}</code></a></li>' for code in sorted(sections()))
    return HttpResponse(PAGE.format(title="Problems", body=f"<ul>{items}</ul>"))


def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """What one code means. Raises Http404."""
    if code not in sections():
        raise Http404
    links = '<p><a href="/problems/">All problems</a></p>'
    return HttpResponse(PAGE.format(title=code, body=as_html(sections()[code]) + links))


@cache
def sections() -> dict[str, str]:
    """`{code: what docs/problems.md says of it}`."""
    text = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    return {code: body.strip() for code, body in _SECTION.findall(text)}


def as_html(markdown: str) -> SafeString:
    """Paragraphs, with code in backticks. Links to other documents are their words only: those are not served."""
    text = _CODE.sub(r"<code>\1</code>", _LINK.sub(r"\1", escape(markdown)))
    return mark_safe("\n".join(f"<p>{part}</p>" for part in text.split("\n\n")))  # noqa: S308 (it is our own text)
