"""Sixty templates that want out, and some that want all there is, through the blocks that fill them in."""

import os
import re
import resource

import pytest

from blocks.library.agent_output import AgentOutputBlock
from blocks.library.text import FillTextTemplateBlock
from tests.blocks.behaviours import Emits, Fails, Outcome, outcome_of

#: Where a template could begin its way out.
BEGINNINGS = ("''", "1", "[]", "{}", "()", "value", "values", "self", "range", "loop", "caller", "true")
#: The way, as attribute, as key and through a filter.
WAYS = (
    "{}.__class__.__mro__[1].__subclasses__()",
    "{}['__class__']['__base__']",
    "({})|attr('__class__')|attr('__init__')|attr('__globals__')",
)
#: Ways that others have found out of templates (PortSwigger, HackTricks, advisories of Jinja).
FOUND = (
    "{{ config.items() }}",
    "{{ request.application.__globals__.__builtins__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ joiner.__init__.__globals__.os.environ }}",
    "{{ namespace.__init__.__globals__.os.environ }}",
    "{{ self._TemplateReference__context.cycler.__init__.__globals__.os }}",
    "{{ self.__init__.__globals__.__builtins__.__import__('os').environ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ url_for.__globals__.os }}",
    "{{ ''.__class__.__base__.__subclasses__()[132].__init__.__globals__ }}",
    "{{ dict.__base__.__subclasses__() }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(value) }}",
    "{{ '{0.__class__}'.format_map({'0': value}) }}",
    "{{ ('{0.__cla' ~ 'ss__}').format(value) }}",
    "{{ ''|attr('__cla' ~ 'ss__') }}",
    "{{ ''|attr(['__class__']|join) }}",
    "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ value.items.__self__.__class__ }}",
    "{% set x = value.__class__ %}{{ x.__mro__ }}",
    "{% for x in ''.__class__.__mro__ %}{{ x }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os.environ }}",
    "{% macro x() %}{{ caller.__globals__ }}{% endmacro %}{{ x.__globals__ }}",
)
PAYLOADS = [f"{{{{ {way.format(beginning)} }}}}" for way in WAYS for beginning in BEGINNINGS] + list(FOUND)

#: In the environment of the tests and nowhere else.
CANARY = "canary-5d-environment"
#: What no template can have written unless it got out.
TRACES = ("<class", "<built-in", "<module", "<function", "root:", "subclasses", "uid=", CANARY)


async def filled(template: str) -> list[Outcome]:
    """By each of the blocks."""
    values = {"value": {"a": 1}, "values": [1]}
    return [
        await outcome_of(FillTextTemplateBlock(), {"format": template, "values": values}),
        await outcome_of(AgentOutputBlock(), {"name": "value", "value": {"a": 1}, "format": template}),
    ]


@pytest.mark.parametrize("template", PAYLOADS)
async def test_no_template_gets_out(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", CANARY)

    for outcome in await filled(template):
        assert isinstance(outcome, Emits | Fails)
        said = outcome.outputs if isinstance(outcome, Emits) else outcome.says
        assert [trace for trace in TRACES if trace in str(said)] == []


def test_sixty_of_them_are_different() -> None:
    assert len(set(PAYLOADS)) == 60
    assert CANARY not in os.environ.values()


#: Of computing, or of waiting for its turn on a busy machine.
TOO_LONG = "more than 2 s of computing|longer than 10 s"
BOMBS = [
    ("{{ 'a' * 900000000 }}", "repetition"),
    ("{% for i in range(99999) %}{% endfor %}", "range"),
    ("{{ 9 ** 9999999 }}", "exponent"),
    ("{{ '%99999999s'|format(1) }}", "No filter"),
    ("{{ '%99999999s' % 1 }}", "numbers only"),
    ("{{ 'x'.center(999999999) }}", "width"),
    ("{% set a = 'x' * 9999 %}{{ range(9999)|map('replace', '1', a)|list }}", "1,048,576"),
    ("{% for i in range(9999) %}{{ 'x' * 9999 }}{% endfor %}", "1,048,576"),
    ("{% set a = [1] %}" + "{% set a = [a, a] %}" * 40, "1,048,576"),
    ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", TOO_LONG),
]


@pytest.mark.parametrize(("template", "reason"), BOMBS, ids=[str(number) for number in range(len(BOMBS))])
async def test_no_bomb_passes_its_cap(template: str, reason: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    outcome = await outcome_of(FillTextTemplateBlock(), {"format": template, "values": {}})

    assert isinstance(outcome, Fails)
    assert re.search(reason, outcome.says)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # kilobytes
