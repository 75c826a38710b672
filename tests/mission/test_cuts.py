"""Minimal sets of losses: all of them, each minimal, against trying every subset."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.mission.cuts import minimal_cuts

ATOMS = tuple("abcdefgh")
PATHS = st.lists(st.frozensets(st.sampled_from(ATOMS), min_size=1, max_size=4), min_size=1, max_size=6)


def by_trying(paths: list[frozenset[str]], most: int) -> set[frozenset[str]]:
    """Every subset, smallest first; what holds a smaller one is left out."""
    found: list[frozenset[str]] = []
    for size in range(most + 1):
        for some in combinations(ATOMS, size):
            lost = frozenset(some)
            if all(p & lost for p in paths) and not any(c <= lost for c in found):
                found.append(lost)
    return set(found)


@settings(max_examples=150)
@given(paths=PATHS, most=st.integers(1, 5), hints=st.lists(st.frozensets(st.sampled_from(ATOMS)), max_size=3))
def test_all_minimal_sets_are_found_and_nothing_else(
    paths: list[frozenset[str]], most: int, hints: list[frozenset[str]]
) -> None:
    found = minimal_cuts(ATOMS, lambda lost: all(p & lost for p in paths), most, hints=hints)
    assert found.complete
    assert set(found.sets) == by_trying(paths, most)
    assert len(set(found.sets)) == len(found.sets)


@settings(max_examples=100)
@given(worse=st.sets(st.frozensets(st.sampled_from(ATOMS), min_size=1, max_size=4), min_size=1, max_size=10))
def test_no_set_is_reported_that_does_not_need_all_its_members(worse: set[frozenset[str]]) -> None:
    """Even for a question that is not monotonic: it ends for some sets, and not for all that hold them."""
    found = minimal_cuts(ATOMS, worse.__contains__, 3)
    for c in found.sets:
        assert c in worse
        assert not any(c - {a} in worse for a in c)


def test_what_ends_with_nothing_lost_has_the_empty_set() -> None:
    assert minimal_cuts(ATOMS, lambda _: True, 3).sets == (frozenset(),)


def test_what_never_ends_has_no_set() -> None:
    found = minimal_cuts(ATOMS, lambda _: False, 3)
    assert found.sets == ()
    assert found.complete


def test_a_search_that_is_stopped_says_so() -> None:
    paths = [frozenset(p) for p in ("abcd", "efgh", "aceg")]
    found = minimal_cuts(ATOMS, lambda lost: all(p & lost for p in paths), 3, budget=10)
    assert not found.complete
    assert found.asked == 10


def test_good_hints_save_questions() -> None:
    many = [f"x{k}" for k in range(100)]

    def ends(lost: frozenset[str]) -> bool:
        return "x3" in lost and "x97" in lost

    plain, hinted = minimal_cuts(many, ends, 2), minimal_cuts(many, ends, 2, hints=[["x3"], ["x97"]])
    assert plain.sets == hinted.sets == (frozenset({"x3", "x97"}),)
    assert hinted.asked < plain.asked < 60
