import tracemalloc
from typing import Any

import pytest

from reliability.templates import TemplateError, TemplateTooSlow, render

VALUES: dict[str, Any] = {
    "name": "x",
    "items": [{"p": 10, "q": 2}, {"p": 3, "q": 5}],
    "o": {"k": "v", "items": 1},
    "big": "y" * 900_000,
    "function": lambda: "called",
}


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("items[0].p * items[0].q > 15 and name == 'x'", "True"),
        ("items|sum(attribute='p')", "13"),
        ("items|map(attribute='q')|max", "5"),
        ("items|selectattr('p', 'gt', 5)|list", "[{'p': 10, 'q': 2}]"),
        ("items|groupby('p')|map(attribute='grouper')|join('/')", "3/10"),
        ("(items|sort(attribute='p')|first).p", "3"),
        ("(items|length) * 2 + 1", "5"),
        ("o.k ~ '-' ~ name", "v-x"),
        ("o.get('z', 'd')", "d"),
        ("o['items'] + o.items", "2"),
        ("o.items()", "[('k', 'v'), ('items', 1)]"),
        ("name.upper()", "X"),
        ("name is string", "True"),
        ("'a-b'.split('-')", "['a', 'b']"),
        ("', '.join(['a', 'b'])", "a, b"),
        ("['a', 'b']|join(',')", "a,b"),
        ("'7'.zfill(3)", "007"),
        ("'tea'|replace('t', 's')|title", "Sea"),
        ("3.14159|round(2)", "3.14"),
        ("2 ** 10 % 7", "2"),
        ("range(3)|list", "[0, 1, 2]"),
        ("[1, 2, 3][1:]", "[2, 3]"),
        ("'yes' if items else 'no'", "yes"),
        ("'ab' * 2", "abab"),
    ],
)
def test_expression_is_filled_in(expression: str, text: str) -> None:
    assert render(f"<{{{{ {expression} }}}}>", VALUES) == f"<{text}>"


def test_loops_know_where_they_are() -> None:
    source = (
        "{% for key, value in o.items() %}{{ loop.index }}/{{ loop.length }} {{ key }}={{ value }}"
        "{{ ', ' if not loop.last }}{% endfor %}{% for item in items if item.p > 5 %} {{ item.q }}{% endfor %}"
    )

    assert render(source, VALUES) == "1/2 k=v, 2/2 items=1 2"


@pytest.mark.parametrize("missing", ["missing", "missing.a.b", "missing['a']", "o.z", "items[9]", "missing.upper()"])
def test_what_is_not_defined_is_empty_text(missing: str) -> None:
    assert render(f"[{{{{ {missing} }}}}{{% for x in missing %}}x{{% endfor %}}]", VALUES) == "[]"


def test_html_is_escaped_only_when_asked_for() -> None:
    source, values = "<i>{{ a }}{{ a|join('<') }}{{ a ~ '&' }}</i>", {"a": "<"}

    assert render(source, values) == "<i><<<&</i>"
    assert render(source, values, escape_html=True) == "<i>&lt;&lt;&lt;&amp;</i>"


@pytest.mark.parametrize("inside", ["__class__", "__init__.__globals__", "__class__.__mro__[1].__subclasses__"])
@pytest.mark.parametrize("value", ["''", "1.0", "(1,)", "o", "items", "range", "self", "loop", "name.upper"])
def test_no_attribute_leads_into_python(value: str, inside: str) -> None:
    source = f"{{% for i in [1] %}}{{{{ {value}.{inside} }}}}{{{{ {value}['__class__'] }}}}{{% endfor %}}"

    assert render(source, VALUES) == ""


@pytest.mark.parametrize(
    "expression",
    [
        # reaching out
        "''.__class__.mro() + 1",
        "'{0.__class__}'.format(1)",
        "'{a.__class__}'.format_map({'a': 1})",
        "''|attr('x')",
        "'%d'|format(1)",
        "lipsum()",
        "cycler('a')",
        "namespace()",
        "dict(a=1)",
        "joiner()",
        "name()",
        "function()",
        "o['get']('k')",
        "range(3)()",
        "range.__self__()",
        "name.translate({})",
        "'x'.encode()",
        "name|pprint",
        "items|tojson",
        "items|tojson(indent=10**9)",
        "'http://a.b'|urlize",
        "{'a': 1}|xmlattr",
        # changing the values
        "items.append(1)",
        "items.pop()",
        "o.pop('k')",
        "o.update({})",
        "o.setdefault('z', 1)",
        # growing
        "'a' * 900000000",
        "'a' * 10001",
        "10**9 * 'a'",
        "[1] * 10**9",
        "[[1] * 9999] * 9999",
        "[range(10000)|list] * 1000",
        "9**9999999",
        "9**9**99 * 9**9**99 * 9**9**99 * 9**9**99 * 9**9**99 * 9**9**99",
        "1e3**1001",
        "'%99999999s' % 1",
        "'%99999999s'|format(1)",
        "'a'.ljust(10**9)",
        "'a'.rjust(10**9)",
        "'a'.center(10**9)",
        "'a'.zfill(10**9)",
        "'x'|center(999999999)",
        "'x'|center(width=10**9)",
        "'x'|indent(10**9)",
        "items|batch(10**9, 1)|list",
        "items|slice(10**9)|list",
        "1|round(10**9)",
        "1|round(-10**9)",
        "big.replace('y', 'yyyy')",
        "big.replace('', 'yy')",
        "big|replace('y', 'yyyy')",
        "big ~ big",
        "big + big",
        "[big, big]|join",
        "range(9999)|join(big)",
        "','.join([big, big])",
        "[big, big]",
        "(big, big)",
        "{'a': big, 'b': big}",
        "range(10**7)|list",
        "range(0, 10**9, 2)",
        "range(10000)|map('center', 10000)|list",
        "range(10000)|map('replace', '1', big)|list",
        "items|sum(start=[])",
        # faults
        "1 / 0",
        "1 + missing",
        "name.missing(",
        "9" * 50_000,
        "(" * 500 + "1" + ")" * 500,
        "[" * 5_000 + "]" * 5_000,
        "not " * 9_000 + "1",
        "1" + " + 1" * 5_000,
    ],
)
def test_hostile_expression_is_refused(expression: str) -> None:
    with pytest.raises(TemplateError):
        render(f"{{% set x = {expression} %}}", VALUES, seconds=0.4)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{% include 'x' %}", "include"),
        ("{% import 'x' as y %}", "import"),
        ("{% from 'x' import y %}", "from"),
        ("{% extends 'x' %}", "extends"),
        ("{% macro f() %}{% endmacro %}", "macro"),
        ("{% call f() %}{% endcall %}", "call"),
        ("{% block a %}{% endblock %}", "block"),
        ("{% filter upper %}{% endfilter %}", "filter"),
        ("{% set x %}{% endset %}", "set block"),
        ("{% set x.y = 1 %}", "namespace"),
        ("{% autoescape false %}{% endautoescape %}", "autoescape"),
        ("{% for x in [1] recursive %}{{ loop('a') }}{% endfor %}", "recursive"),
        ("{{ big }}{{ big }}", "1,048,576"),
        ("{% for i in range(9999) %}{{ 'x' * 9999 }}{% endfor %}", "1,048,576"),
        ("{% set a = big %}{% set a = a ~ a %}{{ a }}", "1,048,576"),
        ("{% set a = [1] %}" + "{% set a = [a, a] %}" * 40, "1,048,576"),
        ("{% set a = {'x': 1} %}" + "{% set a = {'x': a, 'y': a} %}" * 40, "1,048,576"),
        ("{% set a = 9 %}" + "{% set a = a * a %}" * 40, "16,384 bits"),
        ("{% for i in range(9999) %}" * 21 + "{% endfor %}" * 21, "nested"),
        ("{{ a }}" * 2_001, "2,000 tags"),
        ("x" * 100_001, "100,000 characters"),
        ("{% for %}", "line 1"),
        ("\n{{", "line 2"),
    ],
)
def test_hostile_template_is_refused_with_a_reason(source: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        render(source, VALUES, seconds=0.4)


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{% set x = i * j %}{% endfor %}{% endfor %}",
        "{% for i in range(9999) %}{{ big|upper|length }}{% endfor %}",
        "{% for i in many %}{% endfor %}",
        "{{ many|unique|list }}",
        "{% set a = range(9999)|list %}{% for i in a %}{% set b = a|sort|unique|list %}{% endfor %}",
        "{% for i in range(9999) %}{% if range(9999)|map('string')|select('eq', 'x')|list %}{% endif %}{% endfor %}",
    ],
)
def test_template_that_takes_too_long_is_stopped(source: str) -> None:
    with pytest.raises(TemplateTooSlow, match=r"0\.1 s"):
        render(source, VALUES | {"many": range(5_000_000)}, seconds=0.1)


@pytest.mark.parametrize(
    "expression",
    [
        "range(10000)|map('center', 10000)|list",
        "range(101)|join(big)",
        "big.join(range(101)|map('string'))",
        "big|replace('y', 'y' * 100)",
        "big.replace('y', 'y' * 100)",
    ],
)
def test_refused_growth_takes_little_memory(expression: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TemplateError):
            render(f"{{% set x = {expression} %}}", VALUES)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 20_000_000


def test_loops_end_at_the_limits_and_not_before() -> None:
    assert len(render("{% for i in range(10000) %}x{% endfor %}", {})) == 10_000
    assert len(render("{{ a }}", {"a": "x" * 1_048_576})) == 1_048_576
    assert render("{{ 1 ** 1000 }}{{ ('x' * 10000)|length }}", {}) == "110000"


def test_the_same_template_is_filled_in_afresh() -> None:
    assert [render("{{ a }}", {"a": value}) for value in (1, 2)] == ["1", "2"]
