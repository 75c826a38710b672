"""The ISS of 2022 against what was published: every row of the table must hold."""

import pytest
from beside import load

rows = load(__file__, "rows")


@pytest.mark.parametrize("part", ["counted", "flown", "built"])
def test_ours_agrees_with_what_was_published(part: str) -> None:
    wrong = [r for r in getattr(rows, part)() if not r.holds]
    assert not wrong, rows.table(wrong)
