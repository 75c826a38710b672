"""What differs between two runs, the first cause first: inputs, events, states of functions, answers, and where they end.

Model: both results are read and set side by side; nothing is computed that they do not hold. Inputs come first, since they act from
the start; then everything that has a date, in order of date, an event before the states that it brings; then how the runs
end. A part that flies in one run only is set against the whole that it came from. Numbers that agree to a part in a thousand million
are the same; a run repeated with the same program and data agrees to the last bit.
Validation status: checked (tests/mission/test_diff.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stationkeeper.core.epoch import Epoch
from stationkeeper.mission.result import Answer, Flown, Result, Snapshot
from stationkeeper.scenario.walk import Happened

Group = Literal["input", "event", "function", "answer", "altitude", "propellant", "people", "mass"]
TEXTS = ("id", "title", "question", "summary", "note", "source", "schema")
"""Keys of a scenario that name it and change nothing that is computed."""
CLOSE = 1e-9
ANSWERS_SHOWN = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10")


@dataclass(frozen=True)
class Difference:
    """One thing that differs: where it belongs, when (``None``: from the start, or at the end), in A, in B, in words."""

    group: Group
    what: str
    a: str
    b: str
    text: str
    at: Epoch | None = None
    stack: str = ""
    delta: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class RunDiff:
    """All differences in order; the first is the first cause."""

    a: str
    b: str
    title_a: str
    title_b: str
    differences: tuple[Difference, ...]

    @property
    def first_cause(self) -> Difference | None:
        """The earliest difference: what sets the two apart."""
        return self.differences[0] if self.differences else None


def diff_runs(a: Result, b: Result) -> RunDiff:
    """What differs between two results, first cause first."""
    out = [*_inputs(a, b), *_dated(a, b), *_answers(a, b), *_ends(a, b)]
    return RunDiff(str(a.manifest["run"]), str(b.manifest["run"]), a.scenario.title, b.scenario.title, tuple(out))


def diff_json(d: RunDiff) -> dict[str, Any]:
    """The comparison as JSON-ready data."""

    def row(x: Difference) -> dict[str, Any]:
        return {
            "group": x.group, "at": str(x.at) if x.at else None, "stack": x.stack, "what": x.what, "a": x.a, "b": x.b,
            "delta": x.delta, "unit": x.unit, "text": x.text,
        }  # fmt: skip

    first = d.first_cause
    return {
        "schema": "stationkeeper.diff/1", "a": {"run": d.a, "title": d.title_a}, "b": {"run": d.b, "title": d.title_b},
        "same": not d.differences, "first_cause": row(first) if first else None, "differences": [row(x) for x in d.differences],
    }  # fmt: skip


# ---- inputs ---------------------------------------------------------------------------------------------------------


def _inputs(a: Result, b: Result) -> Iterator[Difference]:
    left, right = (_flat(r.scenario.model_dump(mode="json", by_alias=True, exclude={"event"})) for r in (a, b))
    for key in dict.fromkeys([*left, *right]):
        if key.split(".")[-1].split("[")[0] in TEXTS:
            continue
        x, y = left.get(key, "not given"), right.get(key, "not given")
        if not _same(x, y):
            one, two = _plain(x), _plain(y)
            delta = float(y) - float(x) if _number(x) and _number(y) else None
            yield Difference("input", key, one, two, f"{key}: {one} in A, {two} in B", delta=delta)
    for kind, title in (("inputs", "data file"), ("versions", "version")):
        m, n = _table(a.manifest.get(kind)), _table(b.manifest.get(kind))
        skip = {a.scenario_path.name, b.scenario_path.name, "scenario.toml"} | {f"{r.scenario.id}.toml" for r in (a, b)}
        for key in dict.fromkeys([*m, *n]):
            if key in skip or m.get(key) == n.get(key):
                continue
            one, two = (str(t[key])[:12] if key in t else "not there" for t in (m, n))
            words = f"{title} {key}: " + (
                "its content differs" if kind == "inputs" and key in m and key in n else f"{one} in A, {two} in B"
            )
            yield Difference("input", f"{title} {key}", one, two, words)


def _table(x: object) -> Mapping[str, Any]:
    return x if isinstance(x, dict) else {}


def _flat(data: Any, head: str = "") -> dict[str, Any]:
    if isinstance(data, dict):
        return {k: v for key, x in data.items() for k, v in _flat(x, f"{head}.{key}" if head else str(key)).items()}
    if isinstance(data, list) and any(isinstance(x, dict) for x in data):
        return {k: v for i, x in enumerate(data) for k, v in _flat(x, f"{head}[{i}]").items()}
    return {head: data}


def _number(x: object) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def _same(x: Any, y: Any) -> bool:
    if _number(x) and _number(y):
        return math.isclose(x, y, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(x == y)


def _plain(x: object) -> str:
    if x is None:
        return "nothing"
    if isinstance(x, bool):
        return "yes" if x else "no"
    if isinstance(x, float):
        return f"{x:.10g}"
    if isinstance(x, (list, tuple)):
        return ", ".join(_plain(y) for y in x) or "nothing"
    return str(x)


# ---- what has a date ------------------------------------------------------------------------------------------------


def _dated(a: Result, b: Result) -> list[Difference]:
    order = {"event": 0, "function": 1}
    found = [*_events(a, b), *_functions(a, b)]
    return sorted(found, key=lambda d: (d.at.tai_us if d.at else 0, order.get(d.group, 2)))


def _key(h: Happened) -> str:
    d = h.event.model_dump(mode="json", exclude={"id", "note", "source", "force", "origin", "at"})
    return f"{h.at}|{d}"


def _events(a: Result, b: Result) -> Iterator[Difference]:
    """Events in one run only, or with another outcome; burns of the policy are counted together."""
    own = [[h for h in r.happened if h.event.origin != "policy"] for r in (a, b)]
    left, right = ({_key(h): h for h in hs} for hs in own)
    for key, h in left.items():
        other = right.get(key)
        if other is None:
            yield Difference("event", h.title, _outcome(h), "not in it", f"only in A: {h.title} ({_outcome(h)})", h.at)
        elif _outcome(h) != _outcome(other):
            text = f"{h.title}: {_outcome(h)} in A, {_outcome(other)} in B"
            yield Difference("event", h.title, _outcome(h), _outcome(other), text, h.at)
    for key, h in right.items():
        if key not in left:
            yield Difference("event", h.title, "not in it", _outcome(h), f"only in B: {h.title} ({_outcome(h)})", h.at)
    yield from _policy_burns(a, b)


def _outcome(h: Happened) -> str:
    if not h.applied:
        return f"does not happen: {h.ruling.plain}"
    return f"happens, forced: {h.ruling.plain}" if h.forced else "happens"


def _policy_burns(a: Result, b: Result) -> Iterator[Difference]:
    left, right = ([h for h in r.happened if h.event.origin == "policy"] for r in (a, b))
    sums = [math.fsum(h.outcome.push.delta_v_m_s for h in hs if h.outcome.push) for hs in (left, right)]
    if len(left) == len(right) and _same(*sums) and [h.at for h in left] == [h.at for h in right]:
        return
    one, two = (f"{len(hs)} burns of {s:.2f} m/s" for hs, s in zip((left, right), sums, strict=True))
    pairs = [(x.at, y.at) for x, y in zip(left, right, strict=False) if x.at != y.at]
    rest = [h.at for h in (left[len(right) :] or right[len(left) :])]
    first = min([*(t for p in pairs for t in p), *rest], default=None)
    text = f"burns that keep the height: {one} in A, {two} in B"
    yield Difference("event", "burns that keep the height", one, two, text, first, delta=sums[1] - sums[0], unit="m/s")


def _functions(a: Result, b: Result) -> Iterator[Difference]:
    """From when the state of a function differs, and what brought that about in the run that changed."""
    times = sorted({s.at for r in (a, b) for s in r.snapshots}, key=lambda e: e.tai_us)
    told: dict[tuple[str, str], tuple[str, str]] = {}
    for t in times:
        left, right = _held(a, t), _held(b, t)
        if left is None or right is None:
            continue
        for stack, x, y in _pairs(left, right):
            for f in dict.fromkeys([*x, *y]):
                one, two = (m[f].status if f in m else "not assessed" for m in (x, y))
                last = told.get((stack, f), ("", ""))
                if (one, two) == last or (one == two and not last[0]):
                    continue
                told[stack, f] = (one, two)
                text = f"{_name(f)} of {_stack_name(a, b, stack)}: {one} in A, {two} in B" if one != two else (
                    f"{_name(f)} of {_stack_name(a, b, stack)}: {one} in both again"
                )  # fmt: skip
                yield Difference(
                    "function", f, one, two, f"{text} {_because(left, right, t, f, stack)}".rstrip(), t, stack
                )


def _name(f: str) -> str:
    return f.replace("_", " ")


def _held(r: Result, t: Epoch) -> Snapshot | None:
    """The last snapshot of a run up to an instant; none before its start or after its end."""
    if t < r.snapshots[0].at or t > r.snapshots[-1].at:
        return None
    return [s for s in r.snapshots if s.at <= t][-1]


def _pairs(left: Snapshot, right: Snapshot) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Stacks of the same name; a part that flies in one run only, against the whole of the other."""
    x, y = left.assessments, right.assessments
    for stack in dict.fromkeys([*x, *y]):
        if stack in x and stack in y:
            yield stack, x[stack], y[stack]
        elif stack in x and "station" in y:
            yield stack, x[stack], y["station"]
        elif stack in y and "station" in x:
            yield stack, x["station"], y[stack]


def _stack_name(a: Result, b: Result, stack: str) -> str:
    for r in (b, a):
        for s in r.snapshots:
            for x in s.configuration.stacks():
                if x.id == stack:
                    return x.name
    return stack


def _because(left: Snapshot, right: Snapshot, t: Epoch, f: str, stack: str) -> str:
    """What happened at that instant, and the reason that the worse of the two gives."""
    cause = [
        f"{n}: {s.cause}"
        for n, s in (("A", left), ("B", right))
        if s.at == t and s.cause not in ("start", "end of the run")
    ]
    rank = ("nominal", "degraded", "lost")
    found = [s.assessments.get(stack, s.assessments.get("station", {})).get(f) for s in (left, right)]
    known = [x for x in found if x is not None and x.status in rank]
    worst = max(known, key=lambda x: rank.index(x.status), default=None)
    why = worst.reasons[-1] if worst is not None and worst.status != "nominal" and worst.reasons else ""
    return f"({'; '.join(x for x in (*cause, why) if x)})" if cause or why else ""


# ---- how they end ---------------------------------------------------------------------------------------------------


def _answers(a: Result, b: Result) -> Iterator[Difference]:
    left, right = ({(x.stack, x.question): x for x in r.answers} for r in (a, b))
    for key in sorted(dict.fromkeys([*left, *right]), key=lambda k: (ANSWERS_SHOWN.index(k[1]), k[0])):
        x, y = left.get(key), right.get(key)
        if x is not None and y is not None and _alike(x, y):
            continue
        whole = x or y
        assert whole is not None  # noqa: S101  (a key of one of the two)
        one, two = ("not asked of it" if z is None else f"{z.verdict.replace('_', ' ')}: {z.headline}" for z in (x, y))
        text = f"{key[1]} {whole.asks} {whole.stack_name}. A: {one} B: {two}"
        delta, unit = _delta(x, y)
        yield Difference("answer", key[1], one, two, text, None, key[0], delta, unit)


def _alike(x: Answer, y: Answer) -> bool:
    if (x.verdict, x.headline) != (y.verdict, y.headline) or (x.value is None) != (y.value is None):
        return False
    if x.value is None or y.value is None:
        return True
    return all(_same(getattr(x.value, k), getattr(y.value, k)) for k in ("value", "low", "high"))


def _delta(x: Answer | None, y: Answer | None) -> tuple[float | None, str]:
    one, two = (z.value.value if z is not None and z.value is not None else None for z in (x, y))
    if isinstance(one, str) and isinstance(two, str):
        return Epoch.parse(_instant(two)).days_since(Epoch.parse(_instant(one))), "days"
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        unit = x.value.unit if x is not None and x.value is not None else ""
        return float(two) - float(one), unit
    return None, ""


def _instant(text: str) -> str:
    return text if "T" in text else f"{text}T00:00:00Z"


def _ends(a: Result, b: Result) -> Iterator[Difference]:
    yield from _altitudes(a, b)
    yield from _propellant(a, b)
    yield from _people(a, b)
    one, two = a.end.mass_kg, b.end.mass_kg
    if not _same(one, two):
        yield _number_row("mass", "mass of everything at the end", one, two, "kg", 0)


def _number_row(group: Group, what: str, one: float, two: float, unit: str, digits: int, stack: str = "") -> Difference:
    x, y = f"{one:,.{digits}f} {unit}", f"{two:,.{digits}f} {unit}"
    return Difference(
        group, what, x, y, f"{what}: {x} in A, {y} in B ({two - one:+,.{digits}f} {unit})", None, stack, two - one, unit
    )


def _at_end(flown: Sequence[Flown], t: Epoch) -> dict[str, Flown]:
    """Flights that are still going on at an instant, or have come down before it."""
    last = {f.stack: f for f in flown}
    return {k: f for k, f in last.items() if f.trajectory.start <= t and (f.trajectory.end >= t or f.stopped)}


def _altitudes(a: Result, b: Result) -> Iterator[Difference]:
    t = min((r.scenario.end for r in (a, b)), key=lambda e: e.tai_us)
    left, right = _at_end(a.flown, t), _at_end(b.flown, t)
    for stack in dict.fromkeys([*left, *right]):
        x = left.get(stack) or left.get("station")
        y = right.get(stack) or right.get("station")
        if x is None or y is None:
            continue
        down = ["came down" if f.stopped and f.trajectory.end < t else "" for f in (x, y)]
        name = _stack_name(a, b, stack)
        what = f"mean altitude of {name} on {t.date}"
        if any(down):
            one, two = (d or f"{_altitude_km(f, t):.2f} km" for d, f in zip(down, (x, y), strict=True))
            if one != two:
                yield Difference("altitude", what, one, two, f"{what}: {one} in A, {two} in B", None, stack)
            continue
        p, q = _altitude_km(x, t), _altitude_km(y, t)
        if not math.isclose(p, q, abs_tol=1e-6):
            yield _number_row("altitude", what, p, q, "km", 2, stack)


def _altitude_km(f: Flown, t: Epoch) -> float:
    """Mean altitude at an instant, from the samples on both sides of it."""
    times = [e.tai_us for e in (f.trajectory.start, f.trajectory.end)]
    at = Epoch(min(max(t.tai_us, times[0]), times[1]))
    return f.trajectory.mean_altitude_at_m(at) / 1e3


def _propellant(a: Result, b: Result) -> Iterator[Difference]:
    one, two = (math.fsum(x.propellant_kg for f in r.flown for x in f.burns) for r in (a, b))
    if not _same(one, two):
        yield _number_row("propellant", "propellant burned", one, two, "kg", 0)
    left, right = ({s.id: s for s in r.end.stacks()} for r in (a, b))
    for key in dict.fromkeys([*left, *right]):
        if key in left and key in right:
            x, y = (math.fsum(t.content_kg for t in m[key].tanks) for m in (left, right))
            if not _same(x, y):
                yield _number_row("propellant", f"propellant in {left[key].name} at the end", x, y, "kg", 0, key)
    whole = [math.fsum(t.content_kg for t in r.end.tanks) for r in (a, b)]
    if set(left) != set(right) and not _same(*whole):
        yield _number_row("propellant", "propellant in all tanks at the end", whole[0], whole[1], "kg", 0)


def _people(a: Result, b: Result) -> Iterator[Difference]:
    left, right = ({c.person: c for c in r.end.crew} for r in (a, b))
    only = [[c.name for k, c in m.items() if k not in n] for m, n in ((left, right), (right, left))]
    for letter, people in zip("AB", only, strict=True):
        if people:
            sides = (_listed(people), "not aboard") if letter == "A" else ("not aboard", _listed(people))
            yield Difference(
                "people", "aboard at the end", *sides, f"aboard at the end only in {letter}: {_listed(people)}"
            )
    one, two = (max((t.short for s in r.snapshots for t in s.seats.values()), default=0) for r in (a, b))
    if one != two:
        text = f"seats short at the worst moment: {one} in A, {two} in B"
        yield Difference("people", "seats short", str(one), str(two), text, delta=float(two - one), unit="seats")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
