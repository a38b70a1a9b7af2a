"""Lines of a TOML text: every key is found where it stands."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.kit.toml_lines import TomlLines, syntax_fault


TEXT = '''\
# a comment with [brackets] and a = b
port = 1
[gate]
"base experiment" = "x"  # port = 2
note = """
port = 3
[gate.eval_types.fake]
"""
[gate.suites]
core = ["a", "b"]
full = [
  "a",  # "b"
  "b", "c",

  "d",
]

[gate.eval_types.tone]
threshold = 0.9
metrics = { pass_rate = "p", total_cases = "t" }
scorers = [{ name = "x", settings = [1,
  2] }, "y"]
[gate.eval_types."odd.name"]
a.b.c = 1
[[list]]
x = 1
[[list]]
x = 2
[list.under]
y = 3
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("port",), 2),
        (("gate",), 3),
        (("gate", "base experiment"), 4),
        (("gate", "note"), 5),
        (("gate", "suites", "core", 1), 10),
        (("gate", "suites", "full"), 11),
        (("gate", "suites", "full", 0), 12),
        (("gate", "suites", "full", 2), 13),
        (("gate", "suites", "full", 3), 15),
        (("gate", "eval_types"), 18),
        (("gate", "eval_types", "tone", "threshold"), 19),
        (("gate", "eval_types", "tone", "absent"), 18),
        (("gate", "eval_types", "tone", "metrics", "total_cases"), 20),
        (("gate", "eval_types", "tone", "scorers", 1), 22),
        (("gate", "eval_types", "odd.name", "a", "b", "c"), 24),
        (("list", 0, "x"), 26),
        (("list", 1, "x"), 28),
        (("list", 1, "under", "y"), 30),
        (("gate", "eval_types", "fake"), 18),
    ],
)
def test_a_key_is_found_on_its_line_or_that_of_the_table_it_belongs_to(key, line):
    assert line == TomlLines(TEXT).find(key)


def test_a_key_that_is_nowhere_has_no_line():
    assert TomlLines(TEXT).find(("absent",)) is None
    assert TomlLines("").find(("a",)) is None
    assert TomlLines("a = 1").find(()) is None


@given(
    values=st.dictionaries(
        st.text("abc", min_size=1, max_size=3),
        st.one_of(st.integers(), st.booleans(), st.lists(st.integers(), max_size=4)),
        max_size=6,
    ),
    blanks=st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_the_line_found_is_where_the_statement_begins(values, blanks):
    lines: list[str] = []
    expected = {}
    for (key, value), gap in zip(values.items(), blanks, strict=False):
        lines += ["# nothing"] * gap
        expected[key] = len(lines) + 1
        shown = str(value).lower() if isinstance(value, bool) else str(value).replace(",", ",\n ")
        lines += f"{key} = {shown}".splitlines()
    text = "\n".join(lines)
    assert tomllib.loads(text) == values

    found = TomlLines(text)

    assert expected == {key: found.find((key,)) for key in values}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\n  b 2\n", "x.toml:2:5: is not TOML: Expected '=' after a key"),
        ("a = 1\na = 2\n", "x.toml:2:6: is not TOML: Cannot overwrite a value."),
        ("# first\n[gate", "x.toml:2:6: is not TOML: Expected ']'"),
        ("a = 1\nb =\n\n\n", "x.toml:2:4: is not TOML: Invalid value."),
        ('a = """\nmore\n', "x.toml:2:5: is not TOML: Unterminated string."),
        ("=", "x.toml:1:1: is not TOML: "),
    ],
)
def test_a_text_that_is_no_toml_is_told_with_line_and_column(text: str, said: str):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    fault = syntax_fault(Path("x.toml"), text, caught.value)
    assert fault.startswith(said)
    assert "at line" not in fault
    assert "end of document" not in fault


def test_a_fault_without_a_place_is_told_without_one():
    error = tomllib.TOMLDecodeError("something else")
    assert "x.toml: is not TOML: something else." == syntax_fault(Path("x.toml"), "", error)
