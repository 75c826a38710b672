"""Minimal sets of losses that end something: cut sets of any yes-or-no question that only gets worse by losing more.

Model: a tree of hitting sets. A *path* is a set of things with which alone, all else lost, the thing asked about still
goes on; every cut set must take something out of every path. Nodes grow in order of size: a node that hits all
paths known is asked about, and is either a cut set or shows a new path, which is made small and branches the node. For a
monotonic question all minimal sets up to the size asked for are found, and nothing else; each set found is tested again
without each of its members, so that one that is not minimal cannot be reported even where a question is not monotonic.
Validation status: checked against trying every subset (tests/mission/test_cuts.py).

References
----------
R. Reiter, A theory of diagnosis from first principles, Artificial Intelligence 32 (1987) 57-95.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Atom = str
Ends = Callable[[frozenset[Atom]], bool]


@dataclass(frozen=True, slots=True)
class Cuts:
    """All minimal sets up to ``most`` members; ``complete`` is false where the search was stopped before its end."""

    sets: tuple[frozenset[Atom], ...]
    most: int
    complete: bool
    asked: int


class _Stopped(Exception):  # noqa: N818  (no error: the number of questions is used up)
    pass


def minimal_cuts(
    atoms: Sequence[Atom], ends: Ends, most: int, *, hints: Iterable[Iterable[Atom]] = (), budget: int = 4000
) -> Cuts:
    """All minimal sets of at most ``most`` atoms whose loss ends what ``ends`` asks about.

    Parameters
    ----------
    atoms : what can be lost.
    ends : whether losing a set ends it; more losses never make it go on again.
    most : largest number of members of a set.
    hints : sets that may be paths, tried before anything else; a wrong hint costs one question.
    budget : most questions asked; the sets found by then are returned, marked incomplete.
    """
    return _Search(atoms, ends, most, [frozenset(h) & frozenset(atoms) for h in hints], budget).run()


class _Search:
    """One search with its memory of what was asked."""

    def __init__(self, atoms: Sequence[Atom], ends: Ends, most: int, hints: list[frozenset[Atom]], budget: int) -> None:
        self.order = {a: k for k, a in enumerate(atoms)}
        self.all = frozenset(atoms)
        self._ends, self.most, self.hints, self.budget = ends, most, hints, budget
        self.known: dict[frozenset[Atom], bool] = {}
        self.paths: list[frozenset[Atom]] = []
        self.cuts: list[frozenset[Atom]] = []

    def run(self) -> Cuts:
        complete = True
        try:
            self._grow()
        except _Stopped:
            complete = False
        found = sorted(self.cuts, key=lambda c: (len(c), sorted(self.order[a] for a in c)))
        return Cuts(tuple(found), self.most, complete, len(self.known))

    def ends(self, lost: frozenset[Atom]) -> bool:
        if lost not in self.known:
            if len(self.known) >= self.budget:
                raise _Stopped
            self.known[lost] = self._ends(lost)
        return self.known[lost]

    def _grow(self) -> None:
        level: list[frozenset[Atom]] = [frozenset()]
        for size in range(self.most + 1):
            below: dict[frozenset[Atom], None] = {}
            for node in level:
                if any(c <= node for c in self.cuts):
                    continue
                path = self._path(node)
                if path is None:
                    self._add(node)
                elif size < self.most:
                    for a in sorted(path, key=self.order.__getitem__):
                        below[node | {a}] = None
            level = list(below)

    def _path(self, node: frozenset[Atom]) -> frozenset[Atom] | None:
        """A path that the node leaves whole; ``None`` where the node is a cut set."""
        known = next((p for p in self.paths if not p & node), None)
        if known is not None:
            return known
        if self.ends(node):
            return None
        path = self._shrunk(self._start(node))
        self.paths.append(path)
        self.paths.sort(key=len)
        return path

    def _start(self, node: frozenset[Atom]) -> frozenset[Atom]:
        for h in self.hints:
            if not h & node and not self.ends(self.all - h):
                return h
        return self.all - node

    def _shrunk(self, path: frozenset[Atom]) -> frozenset[Atom]:
        """A path without anything that it can do without: pieces are left out by halves, then one by one."""
        keep = sorted(path, key=self.order.__getitem__)
        size = max(1, len(keep) // 2)
        while True:
            k = 0
            while k < len(keep):
                rest = keep[:k] + keep[k + size :]
                if not self.ends(self.all - frozenset(rest)):
                    keep = rest
                else:
                    k += size
            if size == 1:
                return frozenset(keep)
            size = max(1, size // 2)

    def _add(self, node: frozenset[Atom]) -> None:
        """A set that ends it, less what it does not need."""
        for a in sorted(node, key=self.order.__getitem__):
            if self.ends(node - {a}):
                node = node - {a}
        if not any(c <= node for c in self.cuts):
            self.cuts = [c for c in self.cuts if not node <= c] + [node]
