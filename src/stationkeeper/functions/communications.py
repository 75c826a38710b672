"""Communications: which radios of this stack reach the ground, for how much of the time, and how long it is silent.

Model: working radios, the ground sites and relays of the partners that are there, and contact times from the orbit
(:mod:`stationkeeper.functions.contacts`). What counts is the link that carries commands. Nominal: main radios whose longest silence
is an hour or less (or what the station's own rule ``contact-gap`` allows, for stations designed for ground sites); degraded: longer,
or reserves only, or no commands; lost: no radio, or nothing on the ground to talk to.
A station whose data name no antennas, or no orbit, is judged by its radios alone, and says so.
Neglected: as in ``contacts``; above all the booking of antennas, the structure in the way, and an attitude in which antennas do not
point; how much data the links carry.
Validation status: validated (validation/functions/test_communications.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stationkeeper.core.orbit import Orbit
from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude
from stationkeeper.functions.assessment import Assessment, Margin, Provider, Status, out_of_service, providers
from stationkeeper.functions.contacts import (
    Antenna,
    AntennaContacts,
    Contacts,
    antennas,
    contacts,
    contacts_of,
    known_radios,
)
from stationkeeper.functions.surroundings import surroundings_of
from stationkeeper.station.configuration import Stack, names
from stationkeeper.station.schema import Carried

__all__ = [
    "Antenna", "AntennaContacts", "Contacts", "Links", "Share", "antennas", "assess", "contacts", "contacts_of", "links",
]  # fmt: skip

CONTINUOUS_GAP_S = 3600.0
"""Longest silence that still counts as nominal where the station has no rule of its own: an assumption of this project."""

ORDER: tuple[Carried, ...] = ("command", "voice", "telemetry", "video", "data")
"""What a link is worth, the most first."""
WORDS: dict[Carried, str] = {
    "command": "commands", "voice": "voice", "telemetry": "telemetry", "video": "video", "data": "data",
}  # fmt: skip

NOT_MODELLED = (
    "contact times are what the orbit allows: the booking of antennas, the station's own structure in the way and an attitude in "
    "which antennas do not point are not modelled"
)
NO_ANTENNAS = "contact times are not known, because the data name no ground sites or relays for its radios"
NO_ORBIT = "contact times are not known, because the data name no orbit"


@dataclass(frozen=True, slots=True)
class Share:
    """Contacts over the antennas of one partner, or with the radios of one segment, and the best that they carry."""

    id: str
    carries: Carried
    contacts: Contacts


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a stack.

    ``command``: contacts over which commands pass, ``main_command``: over main radios; ``voice``: contacts that carry voice; all
    ``None`` where the orbit is not known. ``main``: whether commands pass over main radios at all; ``unknown``: radios for
    which the data name no antenna.
    """

    radios: tuple[Provider, ...]
    unknown: tuple[Provider, ...]
    reaching: tuple[Antenna, ...]
    main: bool
    command: Contacts | None
    main_command: Contacts | None
    voice: Contacts | None
    by_partner: tuple[Share, ...]
    by_segment: tuple[Share, ...]


def links(stack: Stack, found: Iterable[Provider] | None = None) -> Links:
    """The links of a stack, by partner and segment."""
    work = [p for p in (providers(stack, "communications") if found is None else found) if p.works]
    work = [p for p in work if p.mode != "dormant"]
    known = known_radios(stack)
    unknown = tuple(p for p in work if p.id not in known)
    reaching = antennas(stack, radios=[p.id for p in work])
    command = antennas(stack, carries="command", radios=[p.id for p in work])
    mains = antennas(stack, carries="command", radios=[p.id for p in work if p.mode == "main"])
    around = surroundings_of(stack.configuration) if reaching else None
    if around is None:
        return Links(tuple(work), unknown, reaching, bool(mains), None, None, None, (), ())
    orbit = around.orbit
    voice = antennas(stack, carries="voice", radios=[p.id for p in work])
    by_partner = [
        _share(orbit, k, [a for a in reaching if a.operator == k]) for k in dict.fromkeys(a.operator for a in reaching)
    ]
    place = {e.id: e.segment for e in stack.configuration.station.element}
    by_segment = []
    for segment in dict.fromkeys(place[p.place] for p in work if p.place in place):
        seen = antennas(stack, radios=[p.id for p in work if place.get(p.place) == segment])
        by_segment += [_share(orbit, segment, seen)] if seen else []
    return Links(
        tuple(work), unknown, reaching, bool(mains), contacts_of(orbit, command), contacts_of(orbit, mains),
        contacts_of(orbit, voice), tuple(by_partner), tuple(by_segment),
    )  # fmt: skip


def _share(orbit: Orbit, id_: str, seen_by: Sequence[Antenna]) -> Share:
    carried = {c for a in seen_by for c in a.carries}
    best = next(c for c in ORDER if c in carried)
    return Share(id_, best, contacts_of(orbit, [a for a in seen_by if best in a.carries]))


def allowed_gap_s(stack: Stack) -> float:
    """Longest silence that counts as nominal: the station's own rule, else an hour."""
    rules = [r for r in stack.configuration.station.rule if r.kind == "contact-gap"]
    return max(
        (r.figures["longest_gap_s"].best for r in rules if "longest_gap_s" in r.figures), default=CONTINUOUS_GAP_S
    )


FREE = "it turns freely, so antennas that must point reach ground and relays only now and then: the shares of time are what the orbit allows"


def assess(stack: Stack) -> Assessment:
    """Nominal with main radios and no long silence; degraded with long silences or reserves only; lost without any."""
    found = providers(stack, "communications")
    link = links(stack, found)
    broken = out_of_service(found)
    if not link.radios:
        reasons = tuple(r for r in (broken, "no radio in it reaches the ground") if r)
        return Assessment("communications", stack.id, "lost", reasons, found)
    if not link.reaching and not link.unknown:
        mute = f"{_some(p.name for p in link.radios)} would work, but no ground site or relay is left to talk to"
        return Assessment("communications", stack.id, "lost", tuple(r for r in (broken, mute) if r), found)
    mains = [p for p in link.radios if p.mode == "main"]
    reached = f"the ground is reached by {_some(p.name for p in (mains or link.radios))}"
    status, why = _judge(link, allowed_gap_s(stack))
    if attitude.turns_freely(stack):
        status = "degraded"
        why = "; ".join(x for x in (why, FREE) if x)
    partners = () if status == "nominal" and len(link.by_partner) < 2 else _by_partner(stack, link)
    reasons = tuple(r for r in (reached, broken, *partners, why) if r)
    figures = _margins(link)
    left = NO_ANTENNAS if not link.reaching else NO_ORBIT if link.command is None else NOT_MODELLED
    source = tuple(dict.fromkeys(s for a in link.reaching for s in a.source))
    return Assessment(
        "communications", stack.id, status, reasons, found, figures[0] if figures else None, left, source, figures[1:]
    )


def _judge(link: Links, allowed_s: float) -> tuple[Status, str]:
    """Status, and the sentence that explains it."""
    mains = any(p.mode == "main" for p in link.radios)
    if any(p.mode == "main" for p in link.unknown):
        return "nominal", ""
    if link.command is None or link.main_command is None:
        if link.main:
            return "nominal", ""
        return "degraded", "only reserves are left" if not mains else "its main radios carry no commands"
    c = link.main_command
    if not link.main:
        if link.command.fraction.best > 0.0:
            return "degraded", f"only reserves carry commands, {percent(link.command.fraction)} of the time"
        voice = link.voice.fraction if link.voice else Range.exact(0.0)
        talk = f"voice can, {percent(voice)} of the time" if voice.high > 0.0 else "nor can voice"
        return "degraded", f"no command from the ground can reach it; {talk}"
    if c.longest_gap_s.best <= allowed_s:
        quiet = "without a gap" if c.longest_gap_s.best == 0.0 else f"with gaps of up to {duration(c.longest_gap_s)}"
        return "nominal", f"commands reach it {percent(c.fraction)} of the time, {quiet}"
    if not math.isfinite(c.longest_gap_s.best):
        return "degraded", "no antenna that serves it day by day carries commands to it"
    return "degraded", (
        f"commands reach it only {percent(c.fraction)} of the time; the longest silence lasts {duration(c.longest_gap_s)}, "
        f"and more than {duration(Range.exact(allowed_s))} counts as degraded"
    )


def _by_partner(stack: Stack, link: Links) -> list[str]:
    """What each partner's antennas would do alone, when more than one partner has some."""
    if len(link.by_partner) < 2:
        return []
    out = []
    for share in link.by_partner:
        name, c = names([share.id], stack.configuration.station)[0], share.contacts
        silent = "" if c.longest_gap_s.best == 0.0 else f", longest silence {duration(c.longest_gap_s)}"
        if c.fraction.best > 0.0:
            out.append(
                f"over {name}'s antennas alone: {WORDS[share.carries]} {percent(c.fraction)} of the time{silent}"
            )
    return out


def _margins(link: Links) -> tuple[Margin, ...]:
    if link.command is None or link.voice is None:
        return ()
    out = list(_pair(link.command, "commands can reach it", "command"))
    out += _pair(link.voice, "voice can reach it", "voice")
    for x in link.by_partner:
        what = f"{WORDS[x.carries]} can reach it over antennas of {x.id} alone"
        out += _pair(x.contacts, what, f"{x.carries}_partner_{x.id}")
    for x in link.by_segment:
        what = f"{WORDS[x.carries]} can reach it with the radios of {x.id} alone"
        out += _pair(x.contacts, what, f"{x.carries}_segment_{x.id}")
    return tuple(out)


def _pair(c: Contacts, what: str, key: str) -> tuple[Margin, Margin]:
    share = Margin.of(c.fraction.scaled(100.0), "%", f"share of the time in which {what}", f"{key}_share")
    gap = c.longest_gap_s.scaled(1.0 / 60.0) if math.isfinite(c.longest_gap_s.low) else c.longest_gap_s
    return share, Margin.of(gap, "min", f"longest silence, {what}", f"{key}_gap")


def _some(all_names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(all_names))
    return ", ".join(unique[:3]) + (f" and {len(unique) - 3} more" if len(unique) > 3 else "")


def percent(share: Range) -> str:
    """A share with its range, for people."""
    best, low, high = (round(100.0 * x) for x in (share.best, share.low, share.high))
    return f"{best} %" if low == high else f"{best} % ({low} to {high})"


def duration(seconds: Range) -> str:
    """A time with its range, for people: minutes up to two hours, then hours."""
    if not math.isfinite(seconds.best):
        return "all the time"
    unit, word = (60.0, "minutes") if seconds.best <= 7200.0 else (3600.0, "hours")
    best, low, high = (
        "no end" if not math.isfinite(x) else f"{x / unit:.0f}" if unit == 60.0 else f"{x / unit:.1f}"
        for x in (seconds.best, seconds.low, seconds.high)
    )
    return f"{best} {word}" if low == high else f"{best} {word} ({low} to {high})"
