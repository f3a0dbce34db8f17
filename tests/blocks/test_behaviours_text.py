"""Texts, patterns and templates, row by row."""

from typing import Any

from tests.blocks.behaviours import Emits, Fails, Outcome, Row, Waits, check, emits, rows


def searched(text: Any, pattern: str, outcome: Outcome, **inputs: Any) -> Row:
    return "MatchTextPattern", {"text": text, "match": pattern, "data": None, **inputs}, outcome


@rows(
    searched("a1", r"\d", emits(("positive", "a1"))),
    searched("ab", r"\d", emits(("negative", "ab"))),
    searched("ab", r"\d", emits(("negative", [1])), data=[1]),
    searched("a1", r"\d", emits(("positive", "data")), data="data"),
    searched("a1", r"\d", emits(("positive", "a1")), data=""),
    searched("a1", r"\d", emits(("positive", "a1")), data=0),
    searched("a1", r"\d", emits(("positive", "a1")), data={}),
    searched("say hi", "^hi", emits(("negative", "say hi"))),
    searched("a\nb", "a.b", emits(("positive", "a\nb"))),
    searched("a\nb", "a.b", emits(("negative", "a\nb")), dot_all=False),
    searched("AB", "ab", emits(("negative", "AB"))),
    searched("AB", "ab", emits(("positive", "AB")), case_sensitive=False),
    searched({"a": "é"}, '"a": "é"', emits(("positive", {"a": "é"}))),
    searched([1, 2], r"^\[1, 2\]$", emits(("positive", [1, 2]))),
    searched(5, "^5$", emits(("positive", 5))),
    searched("", "^$", emits(("positive", ""))),
    searched("", "a", emits(("negative", "")), data=None),
    searched("a", "(", Fails("The pattern is faulty: missing ) at position 1.")),
    searched("a", "[", Fails("The pattern is faulty: unterminated character set at position 1.")),
    (
        "MatchTextPattern",
        {"text": "a", "match": "a"},
        Waits("The required input data has no value."),
    ),
)
async def test_pattern_chooses_a_branch(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def extracted(text: Any, pattern: str, *matches: str, **inputs: Any) -> Row:
    given = {"text": text, "pattern": pattern, **inputs}
    first = [("positive", match) for match in matches] or [("negative", text)]
    outputs = (*first, ("matched_results", list(matches)), ("matched_count", len(matches)))
    return "ExtractTextInformation", given, Emits(outputs)


@rows(
    extracted("a1 b2", r"\w\d", "a1"),
    extracted("a1 b2", r"\w\d", "a1", "b2", find_all=True),
    extracted("a1 b2", r"\w(\d)", "1", group=1),
    extracted("a1 b2", r"\w(\d)", "1", "2", group="1", find_all="true"),
    extracted("a1", r"\w(\d)", group=2),
    extracted("a1", r"\w(\d)", group=-1),
    extracted("a", r"a(\d)?", "", group=1),
    extracted("none", r"\d"),
    extracted("", "a"),
    extracted({"a": "é"}, '"é"', '"é"'),
    extracted([1], r"\[1\]", "[1]"),
    extracted("A", "a"),
    extracted("A", "a", "A", case_sensitive=False),
    extracted("a\nb", "a.b", "a\nb"),
    extracted("a\nb", "a.b", dot_all=False),
    extracted("a", "("),
    extracted("a" * 1_000_001, "a"),
    extracted("a" * 10_001, "a+"),
    extracted("a" * 10_000, "a+", "a" * 10_000),
    extracted("a" * 1_001, "a", find_all=True),
    extracted("a" * 1_000, "a", *["a"] * 1_000, find_all=True),
    extracted("a" * 1_001, "a", "a"),
    extracted("aaaa!" * 10, r"^(a+)+$"),
)
async def test_what_matches_is_taken_out_of_the_text(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def filled(template: Any, text: str, *, escape_html: bool = False, **values: Any) -> Row:
    inputs = {"format": template, "values": values, "escape_html": escape_html}
    return "FillTextTemplate", inputs, emits(("output", text))


def refused(template: str, why: str, **values: Any) -> Row:
    return "FillTextTemplate", {"format": template, "values": values}, Fails(why)


@rows(
    filled("", ""),
    filled("{{ a }}", "None", a=None),
    filled("{{ a }}{{ b.c.d }}", "1", a=1),
    filled("{{ a.b[0] }}", "x", a={"b": ["x"]}),
    filled("{{ a }}", "<b>", a="<b>"),
    filled("{{ a }}<i>", "&lt;b&gt;<i>", a="<b>", escape_html=True),
    filled(5, "5"),
    filled("{{ range(10000)|list|length }}", "10000"),
    filled("{{ 2 ** 1000 % 7 }}", "2"),
    filled("{{ ('ab' * 5000)|length }}", "10000"),
    ("FillTextTemplate", {"format": "{{ a }}", "values_#_a": 1}, emits(("output", "1"))),
    ("FillTextTemplate", {"format": "{{ value }}", "values": "text"}, emits(("output", "text"))),
    ("FillTextTemplate", {"format": "x"}, Waits("The required input values has no value.")),
    refused("{{ range(10001)|list }}", "The template asks for a range of more than 10,000 numbers."),
    refused("{{ 2 ** 1001 }}", "The template has an exponent above 1,000."),
    refused("{{ 'a' * 10001 }}", "The template asks for a repetition above 10,000."),
    refused("{{ a|pprint }}", "The template is faulty in line 1: No filter named 'pprint'.", a=1),
    refused("{{ a|tojson }}", "The template is faulty in line 1: No filter named 'tojson'.", a=1),
    refused("{{ a|urlize }}", "The template is faulty in line 1: No filter named 'urlize'.", a="http://x.org"),
    refused("{{ a|xmlattr }}", "The template is faulty in line 1: No filter named 'xmlattr'.", a={"b": 1}),
)
async def test_template_is_filled_in(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def split(text: Any, delimiter: Any, *parts: str, **inputs: Any) -> Row:
    return "TextSplit", {"text": text, "delimiter": delimiter, **inputs}, emits(("texts", list(parts)))


def replaced(text: Any, old: Any, new: Any, result: str) -> Row:
    return "TextReplace", {"text": text, "old": old, "new": new}, emits(("output", result))


def combined(texts: Any, result: str, **inputs: Any) -> Row:
    return "CombineTexts", {"input": texts, **inputs}, emits(("output", result))


def counted(text: Any, words: int, characters: int) -> Row:
    return "WordCharacterCount", {"text": text}, emits(("word_count", words), ("character_count", characters))


def encoded(text: Any, result: str) -> Row:
    return "TextEncoder", {"text": text}, emits(("encoded_text", result))


def decoded(text: str, result: str) -> Row:
    return "TextDecoder", {"text": text}, emits(("decoded_text", result))


@rows(
    combined([], ""),
    combined(["a"], "a", delimiter=","),
    combined(["a", "", "b"], "a,,b", delimiter=","),
    combined([1, True, None, {"a": 1}], '1 true null {"a": 1}', delimiter=" "),
    combined("abc", "abc", delimiter=","),
    combined('["a", "b"]', "a-b", delimiter="-"),
    ("CombineTexts", {"input_$_0": "a", "input_$_1": "b"}, emits(("output", "ab"))),
    split("", ",", strip=False),
    split("a", ",", "a"),
    split(",", ",", "", ""),
    split(" a , b ", ",", "a", "b"),
    split(" a , b ", ",", " a ", " b ", strip=False),
    split("a--b", "--", "a", "b"),
    split("a\nb", "\n", "a", "b"),
    split(1.5, ".", "1", "5"),
    split(" ", ",", ""),
    ("TextSplit", {"text": "a", "delimiter": ""}, Fails("The input delimiter is empty; there is nothing to split at.")),
    replaced("aba", "a", "", "b"),
    replaced("aba", "x", "y", "aba"),
    replaced("", "a", "b", ""),
    replaced("ab", "", "-", "-a-b-"),
    replaced("a.a", ".", "*", "a*a"),
    replaced(10.5, ".", ",", "10,5"),
    counted("", 0, 0),
    counted(" \t\n", 0, 3),
    counted("two  words", 2, 10),
    counted("é😀", 1, 2),
    counted(["a", "b"], 2, 10),
    encoded("", ""),
    encoded("a\n\t\\", "a\\n\\t\\\\"),
    encoded('"é漢😀', '"\\xe9\\u6f22\\U0001f600'),
    encoded(5, "5"),
    decoded("", ""),
    decoded("a\\n\\x41\\u6f22", "a\nA漢"),
    decoded("é漢", "é漢"),
    decoded("\\\\n", "\\n"),
    ("TextDecoder", {"text": "\\x4"}, Fails("The input text has a faulty escape: truncated \\xXX escape.")),
)
async def test_texts(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def code(word: str, output: str) -> Row:
    return "CodeExtraction", {"text": f"a ```{word}\nx\n``` b"}, emits((output, "x"), ("remaining_text", "a  b"))


@rows(
    *(
        code(word, word)
        for word in ("html", "css", "javascript", "python", "sql", "java", "cpp", "csharp", "bash", "php", "ruby")
    ),
    *(code(word, word) for word in ("yaml", "markdown", "typescript", "xml")),
    code("json", "json_code"),
    code("js", "javascript"),
    code("py", "python"),
    code("c++", "cpp"),
    code("cs", "csharp"),
    code("sh", "bash"),
    code("rb", "ruby"),
    code("yml", "yaml"),
    code("md", "markdown"),
    code("ts", "typescript"),
    code("htm", "html"),
    code("PY", "python"),
    ("CodeExtraction", {"text": ""}, emits()),
    ("CodeExtraction", {"text": "no code"}, emits(("remaining_text", "no code"))),
    ("CodeExtraction", {"text": "```py\na\n```"}, emits(("python", "a"))),
    ("CodeExtraction", {"text": "```py\na\n```\n```python\nb\n```"}, emits(("python", "a\n\nb"))),
    ("CodeExtraction", {"text": "```sql\na\n```\n```css\nb\n```"}, emits(("css", "b"), ("sql", "a"))),
)
async def test_code_is_taken_out_by_its_language(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)
