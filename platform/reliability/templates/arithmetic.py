"""The operators that can make something large out of something small."""

from numbers import Number
from typing import Any

from reliability.templates.allowance import check_size, size
from reliability.templates.errors import TemplateError

MAX_EXPONENT = 1_000
#: How often a text or list may be repeated, the elements of a range, the width of a padded text.
MAX_REPEAT = 10_000
#: Bits of a whole number; about 4,900 digits.
MAX_BITS = 16_384


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Raise TemplateError when the result would be too large. What the types do not allow is left to Python."""
    if operator == "**":
        _check_power(left, right)
    elif operator == "*":
        _check_product(left, right)
    elif operator == "+" and _is_sequence(left) and _is_sequence(right):
        check_size(size(left) + size(right))
    elif operator == "%" and isinstance(left, str):
        raise TemplateError("The template may use % with numbers only; join texts with ~.")


def check_count(name: str, count: Any) -> None:
    """Raise TemplateError when a width or number of repetitions is out of bounds."""
    if isinstance(count, Number) and not abs(count) <= MAX_REPEAT:  # type: ignore[arg-type]
        raise TemplateError(f"The template asks for a {name} above {MAX_REPEAT:,}.", limit=MAX_REPEAT)


def _check_power(base: Any, exponent: Any) -> None:
    if not (isinstance(base, int | float) and isinstance(exponent, int | float)):
        return
    if abs(exponent) > MAX_EXPONENT:
        raise TemplateError(f"The template has an exponent above {MAX_EXPONENT:,}.", limit=MAX_EXPONENT)
    if isinstance(base, int) and isinstance(exponent, int):
        _check_bits(base.bit_length() * exponent)


def _check_product(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() + right.bit_length())
    for repeated, count in ((left, right), (right, left)):
        if _is_sequence(repeated) and isinstance(count, int):
            check_count("repetition", count)
            check_size(size(repeated) * count)


def _check_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise TemplateError(f"The template calculates a number of more than {MAX_BITS:,} bits.", limit=MAX_BITS)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, str | list | tuple)
