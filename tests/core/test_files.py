"""One door for files: every way in which a file can be wrong gives a message, never a traceback."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.errors import InputError
from stationkeeper.core.files import read_text, whole, write_text
from stationkeeper.core.toml import parse_toml
from stationkeeper.core.validation import key_path


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.toml.*No such file"):
        read_text(tmp_path / "nothing.toml")


def test_deep_nesting_is_refused_without_recursion() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        parse_toml("x = " + "[" * 20_000, "deep.toml")


def test_brackets_in_text_do_not_count() -> None:
    assert parse_toml(f'x = "{"[" * 200}"', "ok.toml")["x"] == "[" * 200


def test_a_path_reads_like_the_file() -> None:
    assert key_path(("event", 3, "port")) == "event[3].port"


@settings(max_examples=300)
@given(st.text(max_size=400))
def test_any_text_parses_or_gives_an_input_error(text: str) -> None:
    try:
        parse_toml(text, "any.toml")
    except InputError as e:
        assert "any.toml" in str(e)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    write_text(path, "first\n")
    with pytest.raises(RuntimeError), whole(path) as part:
        part.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "first\n"
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    write_text(link, "second\n")
    assert (path.read_text(encoding="utf-8"), link.is_symlink()) == ("second\n", True)
    assert {p.name for p in tmp_path.iterdir()} == {"x.txt", "link.txt"}
