"""What differs between two runs, the first cause first: inputs, events, states of functions, answers, and where they end.

Model: both results are read and set side by side; nothing is computed that they do not hold. Inputs come first, since they act from
the start; then everything that has a date, in order of date, an event before the states that it brings; then how the runs
end. A part that flies in one run only is set against the whole that it came from. What lies after the end of the shorter run is left out. Numbers that agree to a part in a thousand million
are the same; a run repeated with the same program and data agrees to the last bit.
Validation status: checked (tests/mission/test_diff.py).
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from stationkeeper.core.epoch import Epoch
from stationkeeper.mission.result import Answer, Flown, Result, Snapshot
from stationkeeper.scenario.walk import Happened
from stationkeeper.station.configuration import Configuration

Group = Literal["input", "event", "function", "answer", "altitude", "propellant", "people", "mass"]
TEXTS = ("id", "title", "question", "summary", "note", "source", "schema")
"""Keys of a scenario that name it and change nothing that is computed."""
LOOKS = ("end", "questions", "flight.output_step_s")
"""Keys that say how far and at what one looks, and make nothing happen."""
CLOSE = 1e-9
DAY_S = 86_400.0


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

    until: Epoch

    @property
    def first_cause(self) -> Difference | None:
        """What sets the two apart first: an input acts from the start, or from the date that it names."""
        causes = [d for d in self.differences if not (d.group == "input" and d.what in LOOKS)]
        return min(causes or self.differences, key=_order, default=None)


def _order(d: Difference) -> tuple[int, int, int]:
    ends = d.group in ("answer", "altitude", "propellant", "people", "mass")
    rank = ("event", "input", "function").index(d.group) if not ends else 3
    return int(ends), d.at.tai_us if d.at is not None else 0, rank


def diff_runs(a: Result, b: Result) -> RunDiff:
    """What differs between two results, first cause first."""
    until = min((r.scenario.end for r in (a, b)), key=lambda e: e.tai_us)
    out = [*_inputs(a, b), *_dated(a, b, until), *_answers(a, b), *_ends(a, b, until)]
    runs = [str(r.manifest["run"]) for r in (a, b)]
    return RunDiff(runs[0], runs[1], a.scenario.title, b.scenario.title, tuple(out), until)


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
        "until": str(d.until), "same": not d.differences, "first_cause": row(first) if first else None, "differences": [row(x) for x in d.differences],
    }  # fmt: skip


# ---- inputs ---------------------------------------------------------------------------------------------------------


def _inputs(a: Result, b: Result) -> Iterator[Difference]:
    left, right = (_flat(r.scenario.model_dump(mode="json", by_alias=True, exclude={"event"})) for r in (a, b))
    keys = [k for k in dict.fromkeys([*left, *right]) if k.split(".")[-1].split("[")[0] not in TEXTS]
    for key in sorted(keys, key=lambda k: k in LOOKS):
        x, y = left.get(key, "not given"), right.get(key, "not given")
        if not _same(x, y):
            one, two = _plain(x), _plain(y)
            delta = float(y) - float(x) if _number(x) and _number(y) else None
            at = _acts_from(a, b) if key.startswith("policies.") and not key.endswith("traffic") else None
            yield Difference("input", key, one, two, f"{key}: {one} in A, {two} in B", at, delta=delta)
    for kind, title in (("inputs", "data file"), ("versions", "version")):
        m, n = _table(a.manifest.get(kind)), _table(b.manifest.get(kind))
        # the first input of a manifest is the scenario's own file, compared above key by key
        skip = {next(iter(t), "") for t in (m, n)} if kind == "inputs" else set()
        for key in dict.fromkeys([*m, *n]):
            if key in skip or m.get(key) == n.get(key):
                continue
            one, two = (str(t[key])[:12] if key in t else "not there" for t in (m, n))
            words = f"{title} {key}: " + (
                "its content differs" if kind == "inputs" and key in m and key in n else f"{one} in A, {two} in B"
            )
            yield Difference("input", f"{title} {key}", one, two, words)


def _acts_from(a: Result, b: Result) -> Epoch | None:
    """From when a policy about burns that is not the flown one acts; none: from the start."""
    dates = [r.scenario.policies.reboost_from for r in (a, b) if r.scenario.policies.reboost != "as-flown"]
    known = [d for d in dates if d is not None]
    return min(known, key=lambda e: e.tai_us) if known and len(known) == len(dates) else None


def _table(x: object) -> Mapping[str, Any]:
    return x if isinstance(x, dict) else {}


def _flat(data: Any, head: str = "") -> dict[str, Any]:
    if isinstance(data, dict):
        return {k: v for key, x in data.items() for k, v in _flat(x, f"{head}.{key}" if head else str(key)).items()}
    if isinstance(data, list) and any(isinstance(x, dict) for x in data):
        return {k: v for i, x in enumerate(data) for k, v in _flat(x, f"{head}[{i}]").items()}
    return {} if data is None else {head: data}


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


def _dated(a: Result, b: Result, until: Epoch) -> list[Difference]:
    events = [d for d in _events(a, b) if d.at is None or d.at <= until]
    told = {(d.at, title) for d in events for title in (d.what, d.b)}
    functions = [d for d in _functions(a, b, told) if d.at is None or d.at <= until]
    return sorted([*events, *functions], key=_order)


def _key(h: Happened) -> str:
    d = h.event.model_dump(mode="json", exclude={"id", "note", "source", "force", "origin", "at"})
    return f"{h.at}|{d}"


def _events(a: Result, b: Result) -> Iterator[Difference]:
    """Events in one run only, or with another outcome; burns of the policy are counted together."""
    own = [[h for h in r.happened if h.event.origin != "policy"] for r in (a, b)]
    left, right = ({_key(h): h for h in hs} for hs in own)
    only = [{k: h for k, h in m.items() if k not in n} for m, n in ((left, right), (right, left))]
    for h in [h for k, h in left.items() if k in right and _outcome(h) != _outcome(right[k])]:
        one, two = _outcome(h), _outcome(right[_key(h)])
        yield Difference("event", h.title, one, two, f"{h.title}: {one} in A, {two} in B", h.at)
    others = {_occasion(h): h for h in only[1].values()}
    for h in only[0].values():
        y = others.pop(_occasion(h), None)
        if y is None:
            yield Difference("event", h.title, _outcome(h), "not in it", f"only in A: {h.title} ({_outcome(h)})", h.at)
        else:
            text = f"in A {h.title} ({_outcome(h)}), in B {y.title} ({_outcome(y)})"
            yield Difference("event", h.title, h.title, y.title, text, h.at)
    for y in others.values():
        yield Difference("event", y.title, "not in it", _outcome(y), f"only in B: {y.title} ({_outcome(y)})", y.at)
    yield from _policy_burns(a, b)


def _occasion(h: Happened) -> tuple[int, str, str]:
    """When, of which kind, with what: events of two runs that agree in this are two versions of one."""
    d = h.event.model_dump(mode="json")
    what = next((str(d[k]) for k in ("visit", "joint", "partner", "what", "person", "site", "by") if d.get(k)), "")
    return h.at.tai_us, str(d.get("kind")), what


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


def _functions(a: Result, b: Result, events: Container[tuple[Epoch | None, str]]) -> Iterator[Difference]:
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
                state = f"{one} in A, {two} in B" if one != two else f"{one} in both again"
                why = _because(left, right, t, f, stack, events) if one != two else ""
                text = f"{_name(f)} of {_stack_name(a, b, stack)}: {state}{why}"
                yield Difference("function", f, one, two, text, t, stack)


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


def _because(
    left: Snapshot, right: Snapshot, t: Epoch, f: str, stack: str, events: Container[tuple[Epoch | None, str]]
) -> str:
    """What happened at that instant, where it is not listed already, and what the worse says that the other does not."""
    plain = ("start", "end of the run", "time")
    out = [
        f"{n}: {s.cause}" for n, s in (("A", left), ("B", right))
        if s.at == t and s.cause not in plain and (t, s.cause) not in events
    ]  # fmt: skip
    rank = ("nominal", "degraded", "lost")
    found = [s.assessments.get(stack, s.assessments.get("station", {})).get(f) for s in (left, right)]
    known = sorted((x for x in found if x is not None and x.status in rank), key=lambda x: rank.index(x.status))
    if len(known) == 2:
        new = [r for r in known[1].reasons if r not in known[0].reasons]
        out += dict.fromkeys([*new[:1], *new[-1:]])
    return f" ({'; '.join(out)})" if out else ""


# ---- how they end ---------------------------------------------------------------------------------------------------


def _answers(a: Result, b: Result) -> Iterator[Difference]:
    """Question by question: parts that both have one by one, then what only one of them has, against each other."""
    left, right = ({(x.question, x.stack): x for x in r.answers} for r in (a, b))
    for q in sorted({k[0] for k in (*left, *right)}, key=lambda q: int(q[1:])):
        mine, other = ({k[1]: x for k, x in m.items() if k[0] == q} for m in (left, right))
        for stack in [s for s in mine if s in other]:
            x, y = mine[stack], other[stack]
            if not _alike(x, y):
                delta, unit = _delta(x, y)
                one, two = _said(x), _said(y)
                text = f"{q} {x.asks} {x.stack_name}. A: {one} B: {two}"
                yield Difference("answer", q, one, two, text, None, stack, delta, unit)
        only = [[x for s, x in m.items() if s not in n] for m, n in ((mine, other), (other, mine))]
        if not any(only) or len({(x.verdict, x.headline) for xs in only for x in xs}) == 1:
            continue
        one, two = (" ".join(f"{x.stack_name}: {_said(x)}" for x in xs) or "not asked." for xs in only)
        asks = next(x.asks for xs in only for x in xs)
        yield Difference("answer", q, one, two, f"{q} {asks} A: {one} B: {two}")


def _said(x: Answer) -> str:
    """The headline; the verdict before it where it does not begin with it."""
    verdict = x.verdict.replace("_", " ")
    return x.headline if x.headline.lower().startswith(verdict) else f"{verdict}: {x.headline}"


def _alike(x: Answer, y: Answer) -> bool:
    if (x.verdict, x.headline) != (y.verdict, y.headline) or (x.value is None) != (y.value is None):
        return False
    if x.value is None or y.value is None:
        return True
    return all(_same(getattr(x.value, k), getattr(y.value, k)) for k in ("value", "low", "high"))


def _delta(x: Answer, y: Answer) -> tuple[float | None, str]:
    one, two = (z.value.value if z.value is not None else None for z in (x, y))
    if isinstance(one, str) and isinstance(two, str):
        return Epoch.parse(_instant(two)).days_since(Epoch.parse(_instant(one))), "days"
    if _number(one) and _number(two) and x.value is not None:
        return float(two) - float(one), x.value.unit  # type: ignore[arg-type]
    return None, ""


def _instant(text: str) -> str:
    return text if "T" in text else f"{text}T00:00:00Z"


def _ends(a: Result, b: Result, until: Epoch) -> Iterator[Difference]:
    yield from _altitudes(a, b, until)
    left, right = (_last(r, until) for r in (a, b))
    yield from _propellant(a, b, left, right, until)
    yield from _people(a, b, left, right, until)
    if not _same(left.mass_kg, right.mass_kg):
        yield _number_row("mass", f"mass of everything on {until.date}", left.mass_kg, right.mass_kg, "kg", 0)


def _last(r: Result, until: Epoch) -> Configuration:
    """The configuration of a run at an instant."""
    held = [s for s in r.snapshots if s.at <= until]
    return held[-1].configuration


def _number_row(group: Group, what: str, one: float, two: float, unit: str, digits: int, stack: str = "") -> Difference:
    x, y = f"{one:,.{digits}f} {unit}", f"{two:,.{digits}f} {unit}"
    return Difference(
        group, what, x, y, f"{what}: {x} in A, {y} in B ({two - one:+,.{digits}f} {unit})", None, stack, two - one, unit
    )


def _at_end(flown: Sequence[Flown], t: Epoch) -> dict[str, Flown]:
    """Flights that are still going on at an instant, or have come down before it."""
    last = {f.stack: f for f in flown}
    return {k: f for k, f in last.items() if f.trajectory.start <= t and (f.trajectory.end >= t or f.stopped)}


def _altitudes(a: Result, b: Result, t: Epoch) -> Iterator[Difference]:
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
    """Mean altitude at an instant from the samples of the day before it, so that a longer run gives the same."""
    x = (f.trajectory.times_tai_us - t.tai_us) / 1e6
    near = (x <= 0.0) & (x >= -DAY_S)
    if not near.any():
        near[int(np.argmin(np.abs(x)))] = True
    days, height = x[near] / DAY_S, f.trajectory.mean_altitude_m()[near] / 1e3
    if len(days) < 8 or np.ptp(days) < 0.0625:
        return float(height.mean())
    return float(np.polynomial.polynomial.polyfit(days, height, 1)[0])


def _propellant(a: Result, b: Result, end_a: Configuration, end_b: Configuration, until: Epoch) -> Iterator[Difference]:
    one, two = (
        math.fsum(x.propellant_kg for f in r.flown for x in f.burns if x.start <= until) for r in (a, b)
    )  # fmt: skip
    if not _same(one, two):
        yield _number_row("propellant", "propellant burned by the engines", one, two, "kg", 0)
    left, right = ({s.id: s for s in c.stacks()} for c in (end_a, end_b))
    for key in [k for k in left if k in right]:
        x, y = (math.fsum(t.content_kg for t in m[key].tanks) for m in (left, right))
        if not _same(x, y):
            what = f"propellant in {left[key].name} on {until.date}"
            yield _number_row("propellant", what, x, y, "kg", 0, key)
    whole = [math.fsum(t.content_kg for t in c.tanks) for c in (end_a, end_b)]
    if set(left) != set(right) and not _same(*whole):
        yield _number_row("propellant", f"propellant in all tanks on {until.date}", whole[0], whole[1], "kg", 0)


def _people(a: Result, b: Result, end_a: Configuration, end_b: Configuration, until: Epoch) -> Iterator[Difference]:
    left, right = ({c.person: c for c in x.crew} for x in (end_a, end_b))
    for letter, m, n in (("A", left, right), ("B", right, left)):
        people = ", ".join(c.name for k, c in m.items() if k not in n)
        if people:
            one, two = (people, "not aboard") if letter == "A" else ("not aboard", people)
            yield Difference(
                "people", "aboard", one, two, f"aboard on {until.date} only in {letter}: {people}"
            )  # fmt: skip
    short = [
        max((t.short for s in r.snapshots if s.at <= until for t in s.seats.values()), default=0) for r in (a, b)
    ]  # fmt: skip
    if short[0] != short[1]:
        text = f"seats short at the worst moment: {short[0]} in A, {short[1]} in B"
        yield Difference(
            "people", "seats short", str(short[0]), str(short[1]), text, delta=float(short[1] - short[0]), unit="seats"
        )
