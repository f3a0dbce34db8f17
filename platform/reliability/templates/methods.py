"""The methods that templates may call on text, lists, dictionaries and the loop variable; there are no others."""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2.runtime import LoopContext

from reliability.templates.errors import TemplateError
from reliability.templates.filters import forecast_join, forecast_replace, forecast_width

_TEXT_METHODS = """
    capitalize casefold center count endswith find index isalnum isalpha isdecimal isdigit islower isnumeric isspace
    istitle isupper join ljust lower lstrip partition removeprefix removesuffix replace rfind rjust rpartition rsplit
    rstrip split splitlines startswith strip swapcase title upper zfill
"""
_ALLOWED: tuple[tuple[type, frozenset[str]], ...] = (
    (str, frozenset(_TEXT_METHODS.split())),
    (list, frozenset(("count", "index"))),
    (tuple, frozenset(("count", "index"))),
    (Mapping, frozenset(("get", "items", "keys", "values"))),
    (LoopContext, frozenset(("changed", "cycle"))),
)
_FORECASTS: dict[str, Callable[..., None]] = {
    "center": forecast_width,
    "join": forecast_join,
    "ljust": forecast_width,
    "replace": forecast_replace,
    "rjust": forecast_width,
    "zfill": forecast_width,
}
_VIEWS = frozenset(("items", "keys", "values"))


def call_method(value: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """The method's result; a dictionary's views as lists. Raises TemplateError for a method that is not allowed."""
    if not any(isinstance(value, kind) and name in names for kind, names in _ALLOWED):
        raise TemplateError(f"The template may not call {name} on a value of the type {type(value).__name__}.")
    if name == "join":
        args = (list(args[0]), *args[1:])
    if isinstance(value, str) and (forecast := _FORECASTS.get(name)):
        forecast(value, *args, **kwargs)
    result = getattr(value, name)(*args, **kwargs)
    return list(result) if name in _VIEWS else result
