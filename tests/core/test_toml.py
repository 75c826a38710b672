"""TOML: messages that show the line, and the line of a key."""

import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.core.toml import line_of, parse_toml, toml_string

TEXT = '''id = "x"
[policies]
reboost = "hold"

[policies.hold]
floor_km = 410.0

[[event]]
kind = "undock"
note = """
[[event]] that is only text
port = 1
"""
[[event]]
kind = "detach"
[event.crew]
chari = "unity"
[[station.list]]
"quoted key" = 1
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("id", 1), ("policies.reboost", 3), ("policies.hold", 5), ("policies.hold.floor_km", 6), ("event[0].kind", 9),
        ("event[0].port", 8), ("event[1].kind", 15), ("event[1].crew.chari", 17), ("event[1].crew", 16), ("nothing", 0), ("", 0),
    ],
)  # fmt: skip
def test_the_line_of_a_key(key: str, line: int) -> None:
    assert line_of(TEXT, key) == line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = 1\na = 2", "line 2: a: found a a second time"),
        ("[t]\n[t]", "line 2: found [t] a second time"),
        ("a = 2022-13-01T00:00:00Z", "line 1: a: found month 13"),
        ("a = 2016-12-31T23:59:60Z", "need quotes"),
        ("a = 2022-03", "need quotes"),
        ("a = 3 km", "expected a bare number"),
        ("a = yes", "true or false in small letters"),
        ("a = none", 'Text needs quotes: a = "none"'),
        ("a = [1, 2", "not closed"),
        ("a =", "line 1: a:"),
        ("just words", "Is it a TOML file?"),
        ("a = " + "9" * 5000, "line 1: a:"),
    ],
)
def test_what_is_no_toml_is_explained(text: str, says: str) -> None:
    with pytest.raises(InputError) as e:
        parse_toml(text, "x.toml")
    assert says in str(e.value)
    assert str(e.value).startswith("x.toml")


@pytest.mark.parametrize("text", ["", 'a "quoted" \\ word', "Größe", "line\nbreak", "\x00\x1b\x7f"])
def test_text_is_written_so_that_it_can_be_read(text: str) -> None:
    assert parse_toml(f"a = {toml_string(text)}", "x.toml")["a"] == text


@pytest.mark.parametrize(
    "text", ['a = """' + "[" * 200 + '"""', "# " + "[" * 200, 'a = "it\'s [" # [[[', "a = '" + "a." * 200 + "'"]
)
def test_brackets_that_are_only_text_do_not_count(text: str) -> None:
    assert isinstance(parse_toml(text, "x.toml"), dict)
