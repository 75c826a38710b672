"""How problems read."""

import pytest

from stationkeeper.core.errors import SHOWN, InputError, Problem, Refused, choice, nearest, plain, printable


def test_a_problem_is_one_sentence_with_its_place() -> None:
    p = Problem("x.toml", "event[3].port", "'poisk'", "a port", "Did you mean 'poisk-zenith'?", 12)
    assert str(p) == "x.toml, line 12: event[3].port: found 'poisk'; expected a port. Did you mean 'poisk-zenith'?"
    assert str(Problem("x.toml", "", "a folder", "a file")) == "x.toml: found a folder; expected a file."


def test_many_problems_are_counted() -> None:
    e = InputError([Problem("x", f"k{i}", "1", "2") for i in range(SHOWN + 5)])
    assert len(str(e).splitlines()) == SHOWN + 1
    assert str(e).endswith("and 5 more problems")
    assert len(e.problems) == SHOWN + 5


def test_a_reason_reads_alone() -> None:
    assert str(Refused("month 13", "01 to 12", "Mend it.")) == "month 13; expected 01 to 12; Mend it"


def test_nothing_steers_the_terminal() -> None:
    assert printable("a\x1b[31mb\nc\u202e") == "a\\x1b[31mb\\nc\\u202e"
    assert printable("Größe 宇宙") == "Größe 宇宙"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (True, "true"),
        (3, "3"),
        (["a", 1], "['a', 1]"),
        (list(range(9)), "a list of 9"),
        ({"a": 1}, "a table with a in it"),
    ],
)
def test_values_in_words(value: object, text: str) -> None:
    assert plain(value) == text


def test_a_near_word_is_offered_and_else_the_choice() -> None:
    assert nearest("zarja", ["zarya", "unity"]) == "Did you mean 'zarya'?"
    assert nearest("x", ["zarya"]) == ""
    assert choice("zarja", ["zarya"], "elements") == "did you mean 'zarya'?"
    assert choice("x", ["zarya", "unity"], "elements") == "elements are zarya, unity"
    assert choice("x", [], "elements") == "elements are none"
    assert choice("x", [f"element-{i}" for i in range(30)], "elements").endswith("and 20 more")
