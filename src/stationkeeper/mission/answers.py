"""The ten questions, answered per stack: a verdict, a sentence to trust, a number with its interval, the causes.

Nothing here computes physics: it reads flights, forecasts, assessments, rulings and seat tables. A verdict of ``yes``
or ``no`` rests on something that was computed or counted; who serves a function is counted from the data, and where
the size of a margin is not modelled that is said beside the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude, life_support
from stationkeeper.functions.assessment import Assessment, Provider, partner_matrix
from stationkeeper.functions.crew_return import SeatTable
from stationkeeper.functions.words import span, time
from stationkeeper.mission.losses import losses_without
from stationkeeper.mission.result import Answer, AnswerVerdict, Flown, Forecast, Snapshot, Value
from stationkeeper.reentry.outcome import (
    MODEL_NAMES,
    SHARES,
    ComingDown,
    entry_words,
    height_words,
    land_share,
    place_words,
    risk_words,
    share_window_words,
    share_words,
    yardstick_words,
)
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.walk import Happened
from stationkeeper.station.configuration import Configuration, Stack

ASKS = {
    "Q1": "Does it stay up, and until when?",
    "Q2": "Can it point and stay stable?",
    "Q3": "Does it have power?",
    "Q4": "Can the crew live aboard, and for how many days?",
    "Q5": "Can everyone get home, now and if a vehicle is lost?",
    "Q6": "Can it be commanded and heard?",
    "Q7": "Can this event happen at all, and what must be done first?",
    "Q8": "When and where does it come down, with what risk to people?",
    "Q9": "Who provides what, and what is lost without them?",
    "Q10": "What can be seen or photographed from it? Is what is said about it true?",
}
PARTNER_LOSS = ("nominal", "degraded", "lost")
METHOD = (
    "drag averaged over each orbit, with NRLMSISE-00 density at 3-hourly indices, down to 150 km; then each case's own path to 120 km and its "
    "break-up; nobody raises, steers or refuels it"
)


@dataclass(frozen=True)
class Evidence:
    """All that the answers are read from."""

    scenario: Scenario
    happened: Sequence[Happened]
    snapshots: Sequence[Snapshot]
    flown: Sequence[Flown]
    forecasts: Sequence[Forecast]

    @property
    def end(self) -> Configuration:
        """The configuration at the end."""
        return self.snapshots[-1].configuration


def answer_all(e: Evidence) -> tuple[Answer, ...]:
    """Every question that the scenario asks, for every stack that flies at the end."""
    out = []
    for stack in e.end.stacks():
        if not stack.segments:
            continue
        assessed = e.snapshots[-1].assessments[stack.id]
        fell = next((f for f in e.flown if f.stack == stack.id and f.stopped), None)
        for q in e.scenario.questions:
            if fell and q in ("Q2", "Q3", "Q4", "Q5", "Q6"):
                out.append(_answer(q, stack, "no", f"No: it came down on {fell.trajectory.end.date}.", ()))
            else:
                out.append(READERS[q](e, stack, assessed))
    return tuple(out)


def _answer(
    q: str, stack: Stack, verdict: AnswerVerdict, headline: str, chain: Sequence[str], *, value: Value | None = None,
    not_modelled: str = "", source: Sequence[str] = (),
) -> Answer:  # fmt: skip
    return Answer(
        q, ASKS[q], stack.id, stack.name, verdict, headline, value, tuple(c for c in chain if c), not_modelled,
        tuple(dict.fromkeys(source)),
    )  # fmt: skip


def _of(a: Assessment) -> list[str]:
    return [s for p in a.providers for s in p.source] + list(a.source)


def _forecast(e: Evidence, stack: Stack) -> Forecast | None:
    return next((f for f in e.forecasts if f.stack == stack.id), None)


def _date_value(d: ComingDown, what: str) -> Value:
    low, high = d.entry.window(0.9)
    text = [x.date if x else None for x in (d.median, low, high)]
    return Value(text[0], text[1], text[2], "utc", what)


def _q1(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    reboost, policy = assessed["reboost"], e.scenario.policies.reboost
    f, flight = _forecast(e, stack), next((x for x in e.flown if x.stack == stack.id), None)
    chain = list(reboost.reasons)
    source = _of(reboost)
    if flight is not None:
        h = flight.trajectory.mean_altitude_m()
        n, total = len(flight.burns), sum(b.push.delta_v_m_s for b in flight.burns)
        burns = f"{_count(n)} {_n(n, 'burn')} of {total:+.2f} m/s in all" if n else "no burn"
        chain.append(
            f"mean altitude {h[0] / 1e3:.1f} km on {flight.trajectory.start.date} and {h[-1] / 1e3:.1f} km on "
            f"{flight.trajectory.end.date} (above the equatorial radius), with {burns}"
        )
        chain += flight.notes
    if flight is not None and flight.stopped:
        return _answer(
            "Q1", stack, "no", f"No: it falls below 150 km on {flight.trajectory.end.date}.", chain, source=source
        )
    if f is None:
        return _answer("Q1", stack, "not_assessed", "No forecast was made for it.", chain, source=source)
    when = entry_words(f.down)
    value = _date_value(
        f.down,
        "date of falling below 120 km if nobody raises it after the end of the run: middle and 90 % of the cases",
    )
    chain += [f"without a burn after {f.down.start.date} the air brings it down to 120 km {when}", f.weather_note]
    nobody = policy == "nobody"
    since = e.scenario.policies.reboost_from or e.scenario.start
    if nobody:
        own = [h for h in e.happened if h.outcome.push and h.event.origin == "scenario"]
        but = f" but for the {_count(len(own))} {_n(len(own), 'burn')} that it names" if own else ""
        chain.insert(0, f"in this scenario nobody raises it from {since.date}{but}")
    if nobody or reboost.status == "lost":
        start = since if nobody else flight.trajectory.start if flight and stack.siblings > 1 else f.down.start
        after = _after(start, f.down)
        head = f"Not for ever, and not at once: without reboosts it comes down {when}{after}."
        return _answer("Q1", stack, "no", head, chain, value=value, source=source)
    if reboost.status == "degraded":
        head = f"That depends on burns that have not been shown for it; without any it comes down {when}."
        return _answer("Q1", stack, "depends", head, chain, value=value, source=source)
    head = f"Yes, as long as its engines raise it; if nobody did after {f.down.start.date}, it would come down {when}."
    return _answer("Q1", stack, "yes", head, chain, value=value, source=source)


def _after(start: Epoch, d: ComingDown) -> str:
    """How long after a start the ends of the 90 % window are, in words; empty where the first is beyond the flight."""
    low, high = d.entry.window(0.9)
    if low is None:
        return ""
    unit, length = ("years", 365.25) if low.days_since(start) > 100.0 else ("days", 1.0)
    first = low.days_since(start) / length
    span = f"{first:.1f} to {high.days_since(start) / length:.1f} {unit}" if high else f"{first:.1f} {unit} or more"
    return f", {span} after {start.date}"


def _status_answer(
    q: str, stack: Stack, a: Assessment, words: dict[str, tuple[AnswerVerdict, str]], value: Value | None = None
) -> Answer:
    verdict, headline = words[a.status]
    return _answer(q, stack, verdict, headline, a.reasons, value=value, not_modelled=a.not_modelled, source=_of(a))


def _said(a: Assessment, key: str) -> str:
    """A figure of an assessment in words; empty where it was not worked out."""
    m = a.figure(key)
    r = None if m is None else m.range
    if m is None or r is None:
        return ""
    if m.unit in ("h", "hours"):
        return time(r)
    if m.unit == "min":
        return time(r.scaled(1.0 / 60.0))
    return span(r, m.unit)


def _figure_value(a: Assessment, key: str) -> Value | None:
    m = a.figure(key)
    return None if m is None else Value(m.value, m.low, m.high, m.unit, m.what)


def _lasting(a: Assessment) -> str:
    """How long a function goes on, in words."""
    days = None if a.lasts is None else a.lasts.range
    return "" if days is None else time(days.scaled(24.0))


def _q2(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    a = assessed["attitude"]
    use, full = _said(a, "propellant_kg_day"), _said(a, "saturation_h")
    holds = "its gyroscopes hold it and thrusters unload them"
    value = _figure_value(a, "propellant_kg_day")
    if a.status == "nominal":
        head = f"Yes: {holds}" + (f", for about {use} of propellant." if use else ".")
        return _status_answer("Q2", stack, a, {"nominal": ("yes", head)}, value)
    if a.status == "degraded" and a.of_kind("gyroscope") and not attitude.thrusters(stack):
        when = f"until they are full, after about {full}" if full else "until they are full"
        head = f"Only for a while: its gyroscopes hold it {when}, and it has no thrusters to empty them."
        return _status_answer("Q2", stack, a, {"degraded": ("depends", head)}, _figure_value(a, "saturation_h"))
    if a.status == "degraded":
        cost = f"about {use} of propellant" if use else "propellant for every correction"
        return _status_answer(
            "Q2", stack, a, {"degraded": ("depends", f"Yes, but on thrusters, which burn {cost}.")}, value
        )
    return _status_answer("Q2", stack, a, {"lost": ("no", _full_since(e, stack) or f"No: {a.reasons[0]}.")})


def _full_since(e: Evidence, stack: Stack) -> str:
    """When a stack whose gyroscopes filled was lost, with the range that held when it was last able to say."""
    if not attitude.turns_freely(stack):
        return ""
    mine = [(s, s.assessments[stack.id]["attitude"]) for s in e.snapshots if stack.id in s.assessments]
    first = next((k for k in range(len(mine)) if all(a.status == "lost" for _, a in mine[k:])), None)
    if not first:
        return ""
    start = first
    while start > 0 and mine[start - 1][1].status == "degraded":
        start -= 1
    left = _lasting(mine[start][1])
    when = f"{left} after {mine[start][0].at.date}" if left else f"by {mine[first][0].at.date}"
    return f"Not for long: its gyroscopes are full about {when}, nothing unloads them, and it turns freely."


def _q3(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    a = assessed["power"]
    supply, demand, short = (_said(a, k) for k in ("supply_kw", "demand_kw", "shortfall_kw"))
    known = f"its own arrays keep up {supply}" + (f" and its loads ask for {demand}" if demand else "")
    words: dict[str, tuple[AnswerVerdict, str]] = {
        "nominal": ("yes", f"Yes: {known if supply else a.reasons[0]}."),
        "degraded": (
            "depends",
            f"In part: {known}; {short} is lacking." if supply and short else f"In part: {a.reasons[-1]}.",
        ),
        "lost": ("no", f"No: {a.reasons[0]}."),
    }
    if a.status == "degraded" and short.startswith("0 "):
        words["degraded"] = ("depends", f"Yes, with less to spare than before: {known}.")
    held = _while_held(e, stack)
    if held is not None and a.status != "nominal" and supply:
        before = held.assessments[stack.id]["power"]
        gave, asked = _said(before, "supply_kw"), _said(before, "demand_kw")
        if before.status == "nominal" and gave:
            head = (
                f"It keeps its own arrays, which kept up {gave} for loads of {asked} while it was held; since it turns freely they "
                f"keep up {supply}, and {short} is lacking."
            )
            words[a.status] = ("depends" if a.status == "degraded" else "no", head)
    return _status_answer("Q3", stack, a, words, _figure_value(a, "surplus_kw"))


def _while_held(e: Evidence, stack: Stack) -> Snapshot | None:
    """The last moment at which a stack that now turns freely was still held."""
    if not attitude.turns_freely(stack):
        return None
    mine = [s for s in e.snapshots if stack.id in s.assessments]
    return next((s for s in reversed(mine) if s.assessments[stack.id]["attitude"].status != "lost"), None)


def _q4(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    a = assessed["life_support"]
    if not stack.crew:
        return _answer(
            "Q4", stack, "not_assessed", "Nobody is aboard it at the end of the run.", a.reasons, source=_of(a)
        )
    cover = life_support.cover(stack)
    ending = [g for g in cover.goods if g.ends_day is not None and math.isfinite(g.ends_day.low)]
    first = min(
        ending, key=lambda g: (g.ends_day.best, g.ends_day.low) if g.ends_day else (math.inf, math.inf), default=None
    )
    days, good = (first.ends_day, first.name) if first else (None, "")
    worst = min(ending, key=lambda g: g.ends_day.low if g.ends_day else math.inf, default=None)
    lasts = time(days.scaled(24.0)) if days is not None and good else ""
    earlier = ""
    if (
        worst is not None
        and worst is not first
        and worst.ends_day
        and days is not None
        and worst.ends_day.low < 0.9 * days.low
    ):
        earlier = f"; at the worst {worst.name} ends after {time(Range.exact(24.0 * worst.ends_day.low))}"
    off = life_support.unpowered(stack)
    dark = f"; but for lack of power these would be off: {', '.join(off)}" if off else ""
    what = f"days until {good} ends if nothing is brought"
    value = None
    if days is not None and lasts:
        best, low, high = (x if math.isfinite(x) else None for x in (days.best, days.low, days.high))
        value = Value(best, low, high, "days", what)
    for_how_long = f" without deliveries for about {lasts}; {good} ends first{earlier}{dark}" if lasts else ""
    words: dict[str, tuple[AnswerVerdict, str]] = {
        "nominal": (
            "yes" if lasts else "depends",
            f"Yes,{for_how_long}." if lasts else "The machines are there; how long the stores last is not in the data.",
        ),
        "degraded": ("depends", f"For a time,{for_how_long}." if lasts else f"In part: {a.reasons[-1]}."),
        "lost": (
            "no",
            f"No: without deliveries {good} lasts about {lasts}, too short to stay."
            if lasts
            else f"No: {a.reasons[0]}.",
        ),
    }
    return _status_answer("Q4", stack, a, words, value)


def _worst_seats(e: Evidence, stack: Stack) -> tuple[Snapshot, SeatTable] | None:
    """The moment at which most people of this stack were short of a seat; the first such moment."""
    found = [(s, t) for s in e.snapshots for key, t in s.seats.items() if key == stack.id and t.people]
    return max(found, key=lambda x: (x[1].short, len(x[1].without)), default=None)


def _q5(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    worst = _worst_seats(e, stack)
    last = e.snapshots[-1].seats.get(stack.id)
    if worst is None or last is None:
        return _answer("Q5", stack, "not_assessed", "Nobody was aboard it.", ())
    at, t = worst
    source = _of(assessed["crew_return"])
    chain = [f"on {at.at.date}: {t.people} people, {t.seats} seats in vehicles safe for return ({at.cause})"]
    if t.without:
        chain.append(f"without a place in a safe vehicle then: {', '.join(t.without)}")
    if t.short and t.extra_seats > 0:
        notes = [v.extra_seats_note for v in e.end.station.vehicle if v.extra_seats and v.extra_seats_note]
        chain.append(f"emergency places, not counted as seats: {t.extra_seats}" + (f" ({notes[0]})" if notes else ""))
    chain += _seat_changes(e, stack)
    chain += [
        f"if {name} were lost at the end of the run: {short} of {last.people} people short"
        for _, name, short, _ in last.if_lost
    ]
    chain.append(f"at the end of the run, {e.end.epoch.date}: {last.people} people, {last.seats} seats")
    value = Value(t.seats - t.people, None, None, "seats", f"seats beyond people at the worst moment, {at.at.date}")
    who = f" ({', '.join(t.without)})" if t.without else ""
    verdict: AnswerVerdict
    if t.short:
        verdict, head = "no", f"No: from {at.at.date} it is {_count(t.short)} {_n(t.short, 'seat')} short{who}."
    elif t.without:
        verdict, head = (
            "depends",
            f"Only by changing vehicles: {', '.join(t.without)} would need another vehicle's seat.",
        )
    elif assessed["crew_return"].status == "degraded":
        verdict, head = "depends", "Everyone has a place, but not everyone a seat."
    else:
        verdict, head = "yes", f"Yes: there is a seat for each of the {last.people} people throughout."
        if any(short for _, _, short, _ in last.if_lost):
            verdict = "depends"
            head = f"Now, yes: a seat for each of the {last.people} people throughout. Were a vehicle lost, those who hold its seats would be short."
    return _answer("Q5", stack, verdict, head, chain, value=value, source=source)


def _seat_changes(e: Evidence, stack: Stack) -> list[str]:
    """When the number of people short, or the emergency places in use, change over the run."""
    out: list[str] = []
    before: tuple[int, int] | None = None
    for s in e.snapshots:
        t = s.seats.get(stack.id)
        if t is None:
            continue
        now = (t.short, sum(len(v.emergency_holders) for v in t.vehicles))
        if before is not None and now != before:
            held = f", {_count(now[1])} emergency {_n(now[1], 'place')} in use" if now[1] else ""
            out.append(f"{s.at.date}: {_count(t.short)} short{held} ({s.cause})")
        before = now
    return out


def _n(count: int, word: str) -> str:
    return word if count == 1 else word + "s"


def _count(n: int) -> str:
    return (
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")[n] if n <= 10 else str(n)
    )


def _q6(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    radio, command = assessed["communications"], assessed["command"]
    chain = [*radio.reasons, *command.reasons]
    left = "; ".join(x for x in dict.fromkeys((radio.not_modelled, command.not_modelled)) if x)
    source = _of(radio) + _of(command)
    share, gap = radio.figure("command_share"), _said(radio, "command_gap")
    value = _figure_value(radio, "command_share")
    reach = ""
    if share is not None and share.value is not None:
        silent = "" if gap.startswith("no time") or not gap else f", with silences of up to {gap}"
        reach = f"commands can reach it {_said(radio, 'command_share').replace(' %', ' % of the time', 1)}{silent}"
    if "lost" in (radio.status, command.status):
        head = f"No: it cannot be {'heard' if radio.status == 'lost' else 'commanded'}."
        return _answer("Q6", stack, "no", head, chain, value=value, not_modelled=left, source=source)
    if attitude.turns_freely(stack) and reach:
        head = (
            f"In part: it turns freely, so antennas that must point reach the ground only now and then; held, {reach}."
        )
        return _answer("Q6", stack, "depends", head, chain, value=value, not_modelled=left, source=source)
    if "degraded" in (radio.status, command.status):
        why = command.reasons[-1] if radio.status == "nominal" else radio.reasons[-1]
        head = (
            f"In part: {reach}."
            if reach and radio.status == "degraded"
            else f"In part: {why}" + (f"; {reach}." if reach else ".")
        )
        return _answer("Q6", stack, "depends", head, chain, value=value, not_modelled=left, source=source)
    head = f"Yes: its computers run it, and {reach or 'its radios reach the ground'}."
    return _answer("Q6", stack, "yes", head, chain, value=value, not_modelled=left, source=source)


def _q7(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    own = [h for h in e.happened if h.event.origin == "scenario"]
    if not own:
        head = "Yes: nothing happens here but what the policy says and what was flown."
        return _answer("Q7", stack, "yes", head, ("the scenario has no event of its own",))
    chain, source = [], []
    for h in own:
        chain.append(f"{h.at.date}, {h.title}: {h.ruling.plain}" + ("; forced" if h.forced else ""))
        chain += list(h.ruling.reasons)
        chain += [f"first: {s.text}" + (f" ({s.count})" if s.count else "") for s in h.ruling.steps]
        chain += [f"breaks: {b}" for b in h.ruling.breaks]
        source += list(h.ruling.source)
    verdicts = [h.ruling.verdict for h in own]
    worst = next(
        (h for v in ("impossible", "possible_after_steps", "not_known") for h in own if h.ruling.verdict == v), own[0]
    )
    if "impossible" in verdicts:
        return _answer("Q7", stack, "no", f"No: {worst.title} is not possible as asked.", chain, source=source)
    if "possible_after_steps" in verdicts:
        n = len(worst.ruling.steps)
        head = f"Not as asked ({worst.title}): {_count(n)} {_n(n, 'thing')} would have to be done first."
        return _answer("Q7", stack, "depends", head, chain, source=source)
    if "not_known" in verdicts:
        return _answer("Q7", stack, "depends", f"Not known: {worst.title} has never been shown.", chain, source=source)
    broken = [b for h in own for b in h.ruling.breaks]
    head = "Yes, physically" + (", but it breaks rules that the partners fly by." if broken else ".")
    return _answer("Q7", stack, "yes", head, chain, source=source)


RISK_SOURCES = ("NASA-8719", "R161", "R162", "R158", "UN-WPP-2022", "BACON-MATNEY-2017")
"""What break-up, casualty area, people and the rule rest on most; the tables of re-entry name every source."""
NOT_KNOWN = (
    "the place: until its last day the error of the date is many revolutions, and each revolution lies over another part of the Earth; what exploding "
    "tanks and batteries do; people hurt by what pieces do after they strike; a planned deorbit, which would bring it down over an empty ocean"
)


def _q8(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    f = _forecast(e, stack)
    if f is None:
        return _answer("Q8", stack, "not_assessed", "How it would come down was not worked out.", ())
    d = f.down
    fell = any(x.stack == stack.id and x.stopped for x in e.flown)
    nobody = e.scenario.policies.reboost == "nobody"
    falls = fell or nobody or assessed["reboost"].status == "lost"
    if fell:
        opening = "It comes down by itself"
    elif falls:
        why = "Nobody raises it in this scenario" if nobody else "Nothing can raise it"
        opening = f"{why}: it comes down by itself"
    else:
        opening = "If nobody raised it any more, it would come down"
    where = f"anywhere between {d.latitude_band_deg[1]:.1f}° north and south"
    risk = risk_words(d.risk)
    if risk:
        extra = (
            "; an extrapolation, since nothing heavier than Mir (135 t) has come down"
            if d.risk["extrapolation"]
            else ""
        )
        head = f"{opening} {entry_words(d)}, {where}. Risk: {risk}{extra}."
    else:
        head = f"{opening} {entry_words(d)}, {where}. The risk to people is {d.risk['statement']}."
    return _answer(
        "Q8", stack, "yes" if falls else "depends", head, _q8_chain(f),
        value=_date_value(d, "date of falling below 120 km: middle and 90 % of the cases"), not_modelled=NOT_KNOWN, source=RISK_SOURCES if risk else (),
    )  # fmt: skip


def _q8_chain(f: Forecast) -> list[str]:
    """Windows and the yardstick, risk and what makes it wide, places, heights on the way, method."""
    d = f.down
    windows = [f"{100 * s:g} % {share_window_words(d, s)}" for s in SHARES]
    out = [f"windows of falling below 120 km: {'; '.join(windows)}"]
    if d.yardstick is not None:
        out.append(yardstick_words(d))
    if d.second is not None:
        out.append(
            f"with the second density model ({MODEL_NAMES[d.second[0]]}) and the same drag figures it stays up {100 * abs(d.second[1] - 1):.0f} % "
            f"{'longer' if d.second[1] > 1 else 'shorter'}"
        )
    if d.wide:
        out.append(f"what makes the window wide: {share_words(d.wide)}")
    pieces = d.risk.get("pieces")
    if pieces:
        out.append(str(pieces["statement"]))
    out.append(
        f"risk to people: {d.risk['statement']}" + (" Everybody counts as outdoors, as for the rule." if pieces else "")
    )
    reasons = [(x["what"], x["share_of_variance"]) for x in d.risk.get("contributions", ())]
    if reasons:
        out.append(f"what makes its interval wide: {share_words(reasons)}")
    if d.places and d.enough_for_places:
        out.append(
            f"what may lie below: {place_words(d.places, 'ocean', 3)}; land in all {100 * land_share(d.places):.0f} %, most likely "
            f"{place_words(d.places, 'country', 4)} ({d.places_basis})"
        )
    out += [w for km in (330.0, 220.0) if (w := height_words(d, km))]
    up = f", {d.not_down} of which are still up on {d.until.date}, where the flight ends" if d.not_down else ""
    out += [f"{d.members} cases{up}; varied: {'; '.join(d.varied)}", f.weather_note, f"method: {METHOD}"]
    return out


def _q9(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    matrix = partner_matrix(stack)
    short = {p.id: p.short for p in e.end.station.partner}
    chain, source = [], []
    for function, row in matrix.items():
        who = "; ".join(f"{short[p]}: {', '.join(dict.fromkeys(_with_mode(x) for x in xs))}" for p, xs in row.items())
        chain.append(f"{_plain(function)}: {who or 'nobody'}")
        source += [s for xs in row.values() for x in xs for s in x.source]
    found = []
    for partner in dict.fromkeys(p for row in matrix.values() for p in row):
        worse = {f: then for f, (_, then) in losses_without(stack, partner).items()}
        if worse:
            lost_count = sum(s == "lost" for s in worse.values())
            found.append((-lost_count, -len(worse), f"without {short[partner]}: {_changes(worse)}"))
    heads = [text for _, _, text in sorted(found)]
    chain += heads
    start = e.snapshots[0].assessments
    before = next(iter(start.values())) if len(start) == 1 else start.get(stack.id, {})
    rank = PARTNER_LOSS.index
    since = {
        f: a.status
        for f, a in assessed.items()
        if f in before
        and a.status in PARTNER_LOSS
        and before[f].status in PARTNER_LOSS
        and rank(a.status) > rank(before[f].status)
    }
    if since:
        chain.append(f"since the start of the run: {_changes(since)}")
    lost = f"Since the start of the run: {_changes(since)}. " if since else ""
    head = lost + (
        _sentence("; ".join(heads)) if heads else "No single partner's absence makes a function of it worse."
    )
    return _answer("Q9", stack, "depends" if heads or since else "yes", head, chain, source=source)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _plain(function: str) -> str:
    return function.replace("_", " ")


def _with_mode(p: Provider) -> str:
    return p.name if p.mode == "main" else f"{p.name} ({p.mode})"


def _changes(worse: Mapping[str, str]) -> str:
    """Functions that are lost, then those that are degraded, in words."""
    parts = []
    for status, word in (("lost", "lost"), ("degraded", "weaker")):
        names = [_plain(f) for f, s in worse.items() if s == status]
        if names:
            parts.append(f"{word} {', '.join(names)}" if word == "lost" else f"{word} in {', '.join(names)}")
    return " and ".join(parts)


def _q10(e: Evidence, stack: Stack, assessed: Mapping[str, Assessment]) -> Answer:
    left = "lines of sight, light and cameras, and the checking of statements, are not part of this version"
    return _answer("Q10", stack, "not_assessed", "Not assessed in this version.", (), not_modelled=left)


READERS: dict[str, Callable[[Evidence, Stack, Mapping[str, Assessment]], Answer]] = {
    "Q1": _q1, "Q2": _q2, "Q3": _q3, "Q4": _q4, "Q5": _q5, "Q6": _q6, "Q7": _q7, "Q8": _q8, "Q9": _q9, "Q10": _q10,
}  # fmt: skip
