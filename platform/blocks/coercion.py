"""Making values fit the declared type of a pin, so that loosely typed blocks can be wired together.

What matches is left alone. What does not is converted by fixed rules: text to a number gives 0 when it is none, a list
to a number gives its length, anything to text gives its JSON. Enums, literals, dates and models are never converted;
the validation judges them.
"""

import json
import types
from collections.abc import Callable, Iterable
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, is_typeddict

import orjson
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

Matcher = Callable[[Any], bool]
Converter = Callable[[Any], Any]

_COLLECTIONS = (dict, list, tuple, set, frozenset)
#: Types whose very instances need no matcher.
_SIMPLE = frozenset((str, int, float, bool, list, dict))
_TRUE_TEXTS = frozenset(("true", "1"))


def convert(value: Any, annotation: Any) -> Any:
    """Turn `value` into the annotated type, whatever it is now. Raises ValueError where there is no rule."""
    return _converter(annotation)(value)


def matches(value: Any, annotation: Any) -> bool:
    """Whether `value` is of the annotated type already. Any matches all; a union what one member matches."""
    return _matcher(annotation)(value)


def coerce(model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """`data` with every declared field made to fit its type; None and what is not declared stay as they are.

    The same dict is returned when all fits already. Raises ValueError naming the field that cannot be converted.
    """
    fitted = data
    for name, kind, fits, fit in _fields(model):
        if name not in data or type(value := data[name]) is kind or value is None or fits(value):
            continue
        if fitted is data:
            fitted = dict(data)
        try:
            fitted[name] = fit(value)
        except ValueError as error:
            raise ValueError(f"The input {name} does not fit: {error}") from error
    return fitted


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, type | None, Matcher, Converter], ...]:
    """Every key that fills a field, with the type whose instances fit, if that is all it takes, the field's matcher and
    its converter. Fields that take anything are left out, and those whose values are never converted.
    """
    annotated: list[tuple[str, FieldInfo, Any]] = [
        (name, field, field.annotation) for name, field in model.model_fields.items()
    ]
    return tuple(
        (key, annotation if annotation in _SIMPLE else None, _matcher(annotation), converter)
        for name, field, annotation in annotated
        if annotation is not Any and (converter := _converter(annotation)) is not _unchanged
        for key in keys_of(name, field)
    )


def keys_of(name: str, field: FieldInfo) -> list[str]:
    """The keys of the data that may fill a field, the preferred one first."""
    alias = field.validation_alias
    if alias is None:
        return [name]
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return [choice for choice in choices if isinstance(choice, str)]


@cache
def _matcher(annotation: Any) -> Matcher:
    annotation, origin, arguments = _taken_apart(annotation)
    if annotation in (Any, object) or isinstance(annotation, TypeVar):
        return lambda value: True
    if annotation in (None, types.NoneType):
        return lambda value: value is None
    if origin is Union:
        members = tuple(_matcher(argument) for argument in arguments)
        return lambda value: any(member(value) for member in members)
    if origin is Literal:
        return lambda value: any(value == choice and type(value) is type(choice) for choice in arguments)
    if origin is list and arguments:
        return _list_matcher(*arguments)
    if origin is dict and arguments:
        return _dict_matcher(*arguments)
    return _instance_matcher(origin or annotation)


def _list_matcher(member: Any) -> Matcher:
    if member is Any:
        return _instance_matcher(list)
    fits = _matcher(member)
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _dict_matcher(key: Any, member: Any) -> Matcher:
    key_fits, fits = _matcher(key), _matcher(member)
    if member is Any:
        return lambda value: isinstance(value, dict) and all(map(key_fits, value))
    return lambda value: isinstance(value, dict) and all(map(key_fits, value)) and all(map(fits, value.values()))


def _instance_matcher(kind: Any) -> Matcher:
    """What is no class that can be asked is left to the validation."""
    if not isinstance(kind, type) or is_typeddict(kind):
        return lambda value: True
    return lambda value: isinstance(value, kind)


def _converter(annotation: Any) -> Converter:
    """Not cached by annotation: `int | str` equals `str | int`, but they convert differently."""
    annotation, origin, arguments = _taken_apart(annotation)
    if origin is Union:
        return _union_converter(arguments)
    if origin is list and arguments:
        fit = _member_converter(arguments[0])
        return lambda value: [fit(member) for member in _to_list(value)]
    if origin is dict and arguments:
        fit_key, fit_member = map(_member_converter, arguments)
        return lambda value: {fit_key(key): fit_member(member) for key, member in _to_dict(value).items()}
    simple: dict[Any, Converter] = {
        str: _to_text,
        int: _to_int,
        float: _to_float,
        bool: _to_bool,
        list: _to_list,
        dict: _to_dict,
    }
    return simple.get(origin or annotation, _unchanged)


def _union_converter(members: Iterable[Any]) -> Converter:
    """The first member that the value can be turned into; None stays None if it may."""
    converters = [_converter(member) for member in members if member is not types.NoneType]
    none_allowed = types.NoneType in members

    def to_first(value: Any) -> Any:
        if value is None and none_allowed:
            return None
        trouble: ValueError | None = None
        for converter in converters:
            try:
                return converter(value)
            except ValueError as error:
                trouble = error
        raise trouble or ValueError("There is no type to convert it to.")

    return to_first


def _member_converter(annotation: Any) -> Converter:
    """Converts the members of a container that do not fit yet."""
    fits, fit = _matcher(annotation), _converter(annotation)
    return lambda value: value if fits(value) else fit(value)


def _taken_apart(annotation: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    """The annotation without its `Annotated`, its origin (both spellings of a union are Union), its arguments."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    origin = get_origin(annotation)
    return annotation, Union if origin is types.UnionType else origin, get_args(annotation)


def _unchanged(value: Any) -> Any:
    return value


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"{type(value).__name__} cannot be written as text.") from error


def _to_int(value: Any) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return _whole(_to_float(value))
    return _whole(value) if isinstance(value, float) else _length(value)


def _whole(number: float) -> int:
    """Towards zero; 0 for what is not finite."""
    try:
        return int(number)
    except (ValueError, OverflowError):
        return 0


def _to_float(value: Any) -> float:
    if isinstance(value, str | int | float):
        try:
            return float(value)
        except ValueError:
            return 0.0
        except OverflowError:
            raise ValueError("the number is too large.") from None
    return float(_length(value))


def _length(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, _COLLECTIONS):
        return len(value)
    raise ValueError(f"{type(value).__name__} cannot be turned into a number.")


def _to_bool(value: Any) -> bool:
    return value.lower() in _TRUE_TEXTS if isinstance(value, str) else bool(value)


def _to_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        parsed = _parsed(value)
        return parsed if isinstance(parsed, list) else [value]
    if isinstance(value, dict):
        return list(value.items())
    return list(value) if isinstance(value, _COLLECTIONS) else [value]


def _to_dict(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        parsed = _parsed(value)
        return parsed if isinstance(parsed, dict) else {"value": parsed}
    return dict(enumerate(value)) if isinstance(value, list | tuple) else {"value": value}


def _parsed(text: str) -> Any:
    """What the text means as JSON; the text itself when it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
