from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.xml import XMLParserBlock
from blocks.xml_dialect import parse
from tests.blocks.running import outputs


@pytest.mark.parametrize(
    ("source", "parsed"),
    [
        ("<a><b>1</b></a>", {"a": {"b": "1"}}),
        ("<a><b>1</b><b>2</b></a>", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("<a><b>1</b><c>2</c><b>3</b></a>", {"a": [{"b": "1"}, {"c": "2"}, {"b": "3"}]}),
        ("<a><b><c>1</c><c>2</c></b><d>3</d></a>", {"a": {"b": [{"c": "1"}, {"c": "2"}], "d": "3"}}),
        ("<a></a>", {"a": ""}),
        ("<a>\n  two words\n</a>", {"a": "two words"}),
        ("<My Tag>v</My Tag>", {"my_tag": "v"}),
        ("<A-b>v</a-B>", {"a-b": "v"}),
        ("<a>hello <b>x</b> tail</a>", {"a": {"b": "x"}}),
        ("<a>&amp; &lt;b&gt; &unknown;</a>", {"a": "&amp; &lt;b&gt; &unknown;"}),
        ("<a><!-- a <b> -->x<!----></a>", {"a": "x"}),
    ],
)
def test_dialect(source: str, parsed: Any) -> None:
    assert parse(source) == parsed


@pytest.mark.parametrize(
    ("source", "parsed"),
    [
        ("<title>T</title>\n<body>B</body>", {"title": "T", "body": "B"}),
        ("<d>1</d><d>2</d>", [{"d": "1"}, {"d": "2"}]),
        ("```xml\n<a>1</a>\n```\n", {"a": "1"}),
        ('<?xml version="1.0"?>\n<a>1</a>', {"a": "1"}),
        ("<a x=\"1 > 0\" y='/' z=http://x/>1</a>", {"a": "1"}),
        ('<My Tag x = "1" y>1</My Tag>', {"my_tag": "1"}),
        ('<a/><b x="/"/><c />', {"a": "", "b": "", "c": ""}),
        ("<a><![CDATA[ 1 < 2 & <b> ]]></a>", {"a": "1 < 2 & <b>"}),
        ("<a>3 < 4, 5<6</a>", {"a": "3 < 4, 5<6"}),
    ],
)
def test_what_models_write_is_tolerated(source: str, parsed: Any) -> None:
    assert parse(source) == parsed


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "no element"),
        ("```\n```", "no element"),
        ("just text", 'outside of its elements at character 1: "just text"'),
        ("<a>1</a> and more", 'character 9: "and more"'),
        ("<a>", "ends inside the element a"),
        ("</a>", "closes a at character 1"),
        ("<a><b></a></b>", "closes a at character 7; b is open"),
        ("<a", "faulty tag at character 1"),
        ("<a>x</a><>", "faulty tag at character 9"),
        ('<a b="1>x</a>', "faulty tag"),
        ("<a><!-- x</a>", "<!-- without -->"),
        ("<a>" * 101 + "</a>" * 101, "more than 100 deep"),
        ("<a>" + "x" * 10 * 1024 * 1024 + "</a>", "larger than 10 MB"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "faulty tag at character 1"),
    ],
)
def test_faulty_text_is_refused_with_its_place(source: str, reason: str) -> None:
    with pytest.raises(BlockError) as refusal:
        parse(source)

    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "source",
    [
        "<" * 200_000,
        '<a b="' * 50_000,
        "<a " + "= " * 200_000,
        "<a" + " b=c" * 100_000,
        "<!--" * 100_000,
        "`" * 400_001,
    ],
    ids=["brackets", "open quotes", "equals", "attributes", "comments", "fences"],
)
def test_hostile_text_is_refused(source: str) -> None:
    with pytest.raises(BlockError):
        parse(source)


async def test_block_reads_small_and_large_texts_alike() -> None:
    small, large = "<a><b>1</b></a>", "<a>" + "<b>1</b>" * 10_000 + "</a>"

    assert await outputs(XMLParserBlock(), {"input_xml": small}) == [("parsed_xml", {"a": {"b": "1"}})]
    assert await outputs(XMLParserBlock(), {"input_xml": large}) == [("parsed_xml", {"a": [{"b": "1"}] * 10_000})]
