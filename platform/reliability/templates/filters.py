"""The filters that templates may use. Jinja's own, each watched: time before, size after, and a forecast where the
result could be far larger than what goes in."""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jinja2.defaults import DEFAULT_FILTERS
from jinja2.filters import do_join, make_attrgetter
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context

from reliability.templates.allowance import check_size, check_time, size
from reliability.templates.arithmetic import check_count

Function = Callable[..., Any]

_NAMES = """
    abs batch capitalize center count d default dictsort e escape filesizeformat first float forceescape groupby indent
    int items last length list lower map max min reject rejectattr replace reverse round safe select selectattr slice
    sort string title trim truncate unique upper urlencode wordcount
"""

#: Decimal places that `round` may be asked for, either way.
MAX_PLACES = 100


def allowed_filters() -> dict[str, Function]:
    """Name: filter."""
    filters = {name: watched(DEFAULT_FILTERS[name], FORECASTS.get(name)) for name in _NAMES.split()}
    return filters | {"join": watched(_join), "sum": watched(_sum)}


def watched(function: Function, forecast: Function | None = None) -> Function:
    """The same filter within the bounds.

    forecast: takes the filter's arguments and raises TemplateError if they ask for too much.
    """
    own_arguments = 1 if hasattr(function, "jinja_pass_arg") else 0  # what Jinja passes before the value

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        check_time()
        if forecast is not None:
            forecast(*args[own_arguments:], **kwargs)
        result = function(*args, **kwargs)
        if isinstance(result, Iterator):
            return _metered(result)
        check_size(size(result))
        return result

    return call


def _metered(items: Iterator[Any]) -> Iterator[Any]:
    """The same items, until they are too many or too large together: something may gather them in a list."""
    total = 0
    for item in items:
        check_time()
        total += size(item)
        check_size(total)
        yield item


@pass_eval_context
def _join(eval_ctx: EvalContext, value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    read = make_attrgetter(eval_ctx.environment, attribute) if attribute is not None else None
    items = [read(item) for item in value] if read else list(value)
    forecast_join(d, items)
    return do_join(eval_ctx, items, d)


@pass_eval_context
def _sum(eval_ctx: EvalContext, iterable: Iterable[Any], attribute: str | None = None, start: float = 0) -> Any:
    read = make_attrgetter(eval_ctx.environment, attribute) if attribute is not None else None
    numbers = [read(item) for item in iterable] if read else list(iterable)
    if not all(isinstance(number, int | float) for number in [start, *numbers]):
        raise TypeError("sum adds numbers only")
    return sum(numbers, start)


def forecast_join(separator: Any, items: list[Any]) -> None:
    check_size(size(items) + size(separator) * len(items))


def forecast_replace(s: Any, old: Any, new: Any, count: int | None = None) -> None:
    text, part, other = str(s), str(old), str(new)
    found = text.count(part) if part else len(text) + 1
    times = found if count is None or count < 0 else min(found, count)
    check_size(len(text) + times * max(0, len(other) - len(part)))


def forecast_width(value: Any, width: Any = 0, *rest: Any) -> None:
    check_count("width", width)


def _forecast_indent(s: Any, width: Any = 4, *rest: Any, **others: Any) -> None:
    check_count("width", width)
    lines = str(s).count("\n") + 1
    check_size(size(s) + lines * (size(width) if isinstance(width, str) else int(width)))


def _forecast_batch(value: Any, linecount: Any, fill_with: Any = None) -> None:
    check_count("batch", linecount)


def _forecast_slice(value: Any, slices: Any, fill_with: Any = None) -> None:
    check_count("number of slices", slices)


def _forecast_round(value: Any, precision: int = 0, method: str = "common") -> None:
    if abs(precision) > MAX_PLACES:
        raise ValueError(f"round takes a precision of up to {MAX_PLACES} places")


FORECASTS: dict[str, Function] = {
    "batch": _forecast_batch,
    "center": forecast_width,
    "indent": _forecast_indent,
    "replace": forecast_replace,
    "round": _forecast_round,
    "slice": _forecast_slice,
}
