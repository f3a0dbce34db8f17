"""Texts without what looks like a secret or like somebody's address. Pure, and linear in the length of the text.

Whoever logs, tells or stores what others have written cannot know what is in it. What is masked too much costs a word
of a sentence; what is masked too little is lost for good.
"""

import re
from typing import NamedTuple

from reliability.secrets import MASK

#: Names of settings, headers, columns and parameters whose values nobody may read.
_NAME = (
    r"[\w-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential"
    r"|authorization|cookie|signature|session[_-]?(?:id|key))[\w-]{0,40}"
)
#: What such a name may say without telling anything.
_HARMLESS = r"(?:\d+(?:\.\d+)?|none|null|true|false|missing|required)\b"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)

EMAIL = re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})*")


class _Shape(NamedTuple):
    """What is replaced by what, in texts that hold one of `signs` and are no shorter than `shortest`."""

    pattern: re.Pattern[str]
    signs: tuple[str, ...] = ("",)
    shortest: int = 0
    by: str = MASK


_KNOWN_BEGINNING = r"\b(?:slk|sk|pk|rk|gh[a-z]|github_pat|glpat|xox[a-z]|whsec|agpt|hf|AKIA|AIza|eyJ|gAAAA)[\w.-]{12,}"
#: In this order: the address of a page may hold anything, and what follows a name, too.
_SHAPES = (
    _Shape(
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        signs=("-----BEGIN",),
    ),
    _Shape(  # who signs in there, its path and its query; scheme and host stay
        re.compile(
            r"\b([a-z][a-z0-9+.-]{0,15}://)(?:[^\s/?#@'\"<>]*@)?([^\s/?#@'\"<>()]*)(?:[/?#][^\s'\"<>()]+)?",
            re.IGNORECASE,
        ),
        signs=("://",),
        by=r"\1\2",
    ),
    _Shape(
        re.compile(
            r"\b((?:set-|proxy-)?(?:cookie|authorization)['\"]?\s{0,3}[:=]\s{0,3}['\"]?)[^\n'\"}]+", re.IGNORECASE
        ),
        signs=(":", "="),
        by=rf"\1{MASK}",
    ),
    _Shape(
        re.compile(
            rf"\b({_NAME}['\"]?\s{{0,3}}[=:]\s{{0,3}})(?!\s|{_HARMLESS})"
            r"(?:'[^'\n]*'?|\"[^\"\n]*\"?|[^\s'\",;&(){}\[\]]+)",
            re.IGNORECASE,
        ),
        signs=(":", "="),
        by=rf"\1{MASK}",
    ),
    _Shape(re.compile(r"(?<=\bbearer )[^\s'\",]+|(?<=\bbasic )[A-Za-z0-9+/=_-]{8,}", re.IGNORECASE), shortest=8),
    _Shape(EMAIL, signs=("@", "%40")),
    _Shape(re.compile(_KNOWN_BEGINNING), shortest=14),
    _Shape(re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{24,}"), shortest=24),
    _Shape(re.compile(r"(?<![\w-])[0-9a-f]{32,}(?![\w-])", re.IGNORECASE), shortest=32),
)


def masked(text: str) -> str:
    """The text, with a mask for each of these; of the addresses of pages, scheme and host stay."""
    for shape in _SHAPES:
        if len(text) >= shape.shortest and any(sign in text for sign in shape.signs):
            text = shape.pattern.sub(shape.by, text)
    return text


def names_a_secret(name: str) -> bool:
    """Whether what is called so is nobody's business."""
    return _SECRET_NAME.search(name) is not None
