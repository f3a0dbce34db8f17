"""What a template can reach while it runs: plain values, the allowed methods, filters and range."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sized
from typing import Any

from jinja2 import nodes
from jinja2.runtime import ChainableUndefined, Context, LoopContext, Undefined, markup_join
from jinja2.sandbox import SandboxedEnvironment

from reliability.templates.allowance import check_size, check_time, size
from reliability.templates.arithmetic import MAX_REPEAT, check_operation
from reliability.templates.compiler import Compiler, check_allowed
from reliability.templates.errors import TemplateError
from reliability.templates.filters import allowed_filters
from reliability.templates.methods import call_method

_LOOP_FIELDS = "depth depth0 first index index0 last length nextitem previtem revindex revindex0"
_LOOP = frozenset(_LOOP_FIELDS.split())


class Sandbox(SandboxedEnvironment):
    """An environment whose templates stay within the allowance. A name that is not defined is empty text."""

    code_generator_class = Compiler
    intercepted_binops = frozenset(("*", "**", "%", "+"))

    def __init__(self, *, escape_html: bool) -> None:
        super().__init__(undefined=ChainableUndefined, autoescape=escape_html)
        self.globals = {"range": _range}
        self.filters = allowed_filters()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        check_allowed(tree)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An element, a key's value, a field of the loop variable or of a group; never another Python attribute."""
        if isinstance(obj, Undefined):
            return obj
        if argument in _fields(obj):
            return getattr(obj, argument)
        if isinstance(obj, Mapping | list | tuple | str | range):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return self.undefined(obj=obj, name=argument)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        if obj is not _range:
            raise TemplateError("The template may call methods and range only.")
        return obj(*args, **kwargs)

    def call_method(self, obj: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        """A method of a value that is not defined gives what is not defined."""
        check_time()
        if isinstance(obj, Undefined):
            return obj
        return self.measured(call_method(obj, method, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        check_time()
        check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def concatenated(self, parts: tuple[Any, ...]) -> str:
        check_time()
        check_size(sum(map(size, parts)))
        return markup_join(parts)

    def measured(self, value: Any) -> Any:
        """The value, if it is not too large."""
        check_size(size(value))
        return value

    def steps(self, context: Context, iterable: Any) -> Iterable[Any]:
        """What a loop goes through, with a look at the clock at every step."""
        return _SizedSteps(iterable) if isinstance(iterable, Sized) else _timed(iterable)


def _fields(value: Any) -> Collection[str]:
    if isinstance(value, LoopContext):
        return _LOOP
    return getattr(value, "_fields", ()) if isinstance(value, tuple) else ()


class _SizedSteps:
    """Steps that know how many they are, for `loop.length`."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return _timed(self._items)


def _timed(items: Iterable[Any]) -> Iterator[Any]:
    check_time()
    for item in items:
        check_time()
        yield item


def _range(*args: Any) -> range:
    numbers = range(*args)
    if len(numbers) > MAX_REPEAT:
        raise TemplateError(f"The template asks for a range of more than {MAX_REPEAT:,} numbers.", limit=MAX_REPEAT)
    return numbers
