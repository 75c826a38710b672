"""Writes the tables of docs/explanation/what-experts-said.md: what was said in 2022 about a station that parts, and what comes out.

.venv/bin/python scripts/make_experts.py            # rewrite the page
.venv/bin/python scripts/make_experts.py --check    # exit code 1 when the page is not what the code gives

Every finding and every verdict is computed here, from the scenario iss-2022-detach as it stands right after the joint has opened.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.ranges import Range
from stationkeeper.environment.outlook import continued
from stationkeeper.flight.lifetime import lifetime, start_body
from stationkeeper.flight.state import StateVector
from stationkeeper.functions import assess_all, attitude
from stationkeeper.functions.assessment import Assessment, Margin
from stationkeeper.functions.crew_return import seat_table
from stationkeeper.functions.pushing import able
from stationkeeper.functions.surroundings import orbit_density, surroundings_of
from stationkeeper.scenario.events import Detach
from stationkeeper.scenario.load import load_scenario
from stationkeeper.scenario.ruling import PLAIN
from stationkeeper.scenario.walk import Happened, happen, rehearse
from stationkeeper.station.configuration import Configuration, PartnerState, configuration_at
from stationkeeper.station.schema import FUNCTIONS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "what-experts-said.md"
AGREE, PART, DISAGREE, UNCHECKED = "agree", "agree in part", "disagree", "cannot be checked"
NAMES = {
    "reboost": "raising the orbit", "attitude": "attitude", "power": "power", "life_support": "life support",
    "communications": "communications", "command": "command", "crew_return": "way home",
}  # fmt: skip
Finding = tuple[str, str]


class World:
    """The station before and after the cut, and without Roscosmos."""

    def __init__(self) -> None:
        scenario, station, _ = load_scenario("iss-2022-detach")
        self.cut: Happened = next(h for h in rehearse(scenario, station) if isinstance(h.event, Detach) and h.applied)
        self.before: Configuration = self.cut.before.with_(epoch=self.cut.after.epoch)
        self.us_stack = self.cut.after.stack_of("unity")
        self.ru_stack = self.cut.after.stack_of("zvezda")

    @cached_property
    def us(self) -> dict[str, Assessment]:
        """The US part after the cut."""
        return assess_all(self.us_stack)

    @cached_property
    def ru(self) -> dict[str, Assessment]:
        """The Russian part after the cut."""
        return assess_all(self.ru_stack)

    @cached_property
    def whole(self) -> dict[str, Assessment]:
        """The whole station on the same day."""
        return assess_all(self.before.stacks()[0])

    def without_roscosmos(self, at: str | None = None) -> dict[str, Assessment]:
        """The whole station, all parts in place, when Roscosmos runs nothing any more; of another day if one is given."""
        cfg = self.before
        if at is not None:
            cfg = configuration_at(cfg.station, cfg.epoch.parse(at))
        gone = PartnerState("gone", cfg.epoch)
        return assess_all(cfg.with_(partners={**cfg.partners, "roscosmos": gone}).stacks()[0])


def figure(a: Assessment, key: str) -> Range:
    """A figure of an assessment as a range; a page must not be made from what is missing."""
    found = a.lasts if key == "lasts" else a.figure(key)
    if found is None:
        raise SystemExit(f"{a.function} gives no figure '{key}' any more: mend {Path(__file__).name}")
    return of(found)


def of(m: Margin) -> Range:
    """A margin as a range; no number means no end in sight."""
    best = math.inf if m.value is None else m.value
    if m.low is None and m.high is None:
        return Range.exact(best)
    return Range(best, best if m.low is None else m.low, math.inf if m.high is None else m.high)


def say(r: Range, unit: str = "") -> str:
    """Best value and range, to two figures."""
    spread = "" if r.low == r.high else f" ({_short(r.low)} to {_short(r.high)})"
    return f"{_short(r.best)}{spread}{' ' + unit if unit else ''}"


def _short(x: float) -> str:
    if not math.isfinite(x):
        return "no end"
    if abs(x) < 0.005:
        return "0"
    digits = 1 - math.floor(math.log10(abs(x)))
    return f"{round(x, digits):,.{0 if x == round(x) else max(0, digits)}f}"


def weak(of_part: dict[str, Assessment]) -> list[str]:
    """Functions that are not nominal, in words."""
    return [NAMES[f] for f in FUNCTIONS if of_part[f].status != "nominal"]


def lost(of_part: dict[str, Assessment]) -> list[str]:
    """Functions that are lost, in words."""
    return [NAMES[f] for f in FUNCTIONS if of_part[f].status == "lost"]


# ---- findings: each computes what is to be said and whether it agrees ----------------------------------------------


def cannot_run_alone(w: World) -> Finding:
    us, ru = weak(w.us), weak(w.ru)
    text = f"Less than in order: US part {', '.join(us) or 'nothing'}; Russian part {', '.join(ru) or 'nothing'}."
    return text, AGREE if us and ru else PART if us or ru else DISAGREE


def russia_gives_propulsion(w: World) -> Finding:
    got = w.without_roscosmos()
    kg_day = figure(w.whole["attitude"], "propellant_kg_day")
    text = (
        f"Whole station without Roscosmos: raising the orbit {got['reboost'].status}, attitude {got['attitude'].status}; "
        f"only Russian thrusters unload the gyroscopes, {say(kg_day, 'kg a day')}."
    )
    return text, AGREE if all(got[f].status != "nominal" for f in ("reboost", "attitude")) else DISAGREE


def nasa_gives_power(w: World) -> Finding:
    us, ru = figure(w.us["power"], "supply_kw"), figure(w.ru["power"], "supply_kw")
    gyros = [bool(attitude.gyroscopes(s)) for s in (w.us_stack, w.ru_stack)]
    text = f"US arrays keep up {say(us, 'kW')}, Russian ones {say(ru, 'kW')}; gyroscopes: {_where(gyros)}."
    return text, AGREE if us.best > ru.best and gyros == [True, False] else PART


def _where(have: list[bool]) -> str:
    return {(True, False): "US part only", (False, True): "Russian part only"}.get((have[0], have[1]), "both or none")


def separate_and_function(w: World) -> Finding:
    us = figure(w.us["attitude"], "lasts") if w.us["attitude"].lasts else figure(w.us["attitude"], "attitude_lasts_day")
    short = figure(w.ru["power"], "shortfall_kw")
    text = f"US part: gyroscopes full after {say(us, 'days')}. Russian part: {say(short, 'kW')} short from the first orbit."
    return text, AGREE if math.isfinite(us.best) and short.best > 0.0 else PART


def not_feasible(w: World) -> Finding:
    r = w.cut.ruling
    text = f"Ruling on opening the joint: {PLAIN[r.verdict]}, {len(r.steps)} of them; without them it has to be forced."
    return text, AGREE if r.verdict == "impossible" else PART if not r.allows else DISAGREE


def duplicated(w: World) -> Finding:
    parts = {"US": w.us, "Russian": w.ru}
    text = "; ".join(
        f"{k} part: command {p['command'].status}, life support {p['life_support'].status}" for k, p in parts.items()
    )
    gone = any(p[f].status == "lost" for p in parts.values() for f in ("command", "life_support"))
    full = all(p[f].status == "nominal" for p in parts.values() for f in ("command", "life_support"))
    return f"{text}.", DISAGREE if gone else AGREE if full else PART


def nauka_alone(w: World) -> Finding:
    h = happen(w.before, Detach(kind="detach", at=w.before.epoch, joint="zvezda-nauka", force=True))
    got = assess_all(h.after.stack_of("nauka"))
    text = f"Nauka with Prichal and what is docked there: lost at once {', '.join(lost(got)) or 'nothing'}."
    return text, AGREE if got["life_support"].status == "lost" or got["attitude"].status == "lost" else PART


def nasa_alone(w: World) -> Finding:
    got = w.without_roscosmos()
    full = figure(got["attitude"], "saturation_h").scaled(1.0 / 24.0)
    text = (
        f"With what was docked: raising the orbit {got['reboost'].status} ({_pushed_by(w)}), "
        f"gyroscopes full after {say(full, 'days')}, then nothing to unload them."
    )
    bad = got["reboost"].status != "nominal" and got["attitude"].status != "nominal"
    return text, DISAGREE if bad else AGREE


def _pushed_by(w: World) -> str:
    shown = [a for a in able(w.us_stack) if a.pusher.shown]
    return "; ".join(f"{a.pusher.name}: {a.verdict}" for a in shown) or "nothing that was shown to"


def third_of_the_fuel(w: World) -> Finding:
    parts = []
    for p in (w.ru, w.whole):
        air = figure(p["reboost"], "propellant_kg_year")
        parts.append(air + figure(p["attitude"], "propellant_kg_day").scaled(365.25))
    share = parts[0].best / parts[1].best
    text = (
        f"Russian part alone {say(parts[0], 'kg a year')}, whole station {say(parts[1], 'kg')}, for drag and attitude: "
        f"{share:.0%}. The other {1 - share:.0%} is the drag of the US part."
    )
    # what rounds to a third in speech: a quarter to two fifths
    return text, AGREE if 0.25 <= share <= 0.4 else PART if share < 1.0 else DISAGREE


def years(w: World) -> Finding:
    s = surroundings_of(w.cut.after)
    if s is None or s.drag_area_cd_m2 is None:
        raise SystemExit("the station's data give no orbit or drag any more")
    share = w.us_stack.drag_area_m2 / math.fsum(n.drag_area_m2 for n in w.cut.after.nodes.values()) / w.us_stack.mass_kg
    cdam = s.drag_area_cd_m2.scaled(share)
    r, v = s.orbit.states_gcrf([s.orbit.epoch])
    state = StateVector(s.orbit.epoch, r[0], v[0])
    days = []
    for x in (cdam.best, cdam.high, cdam.low):
        d = lifetime(state, start_body(x), weather=continued(), altitudes_m=(220_000.0,)).days(220_000.0)
        days.append(math.inf if d is None else d / 365.25)
    spread = Range(*days)
    text = f"US part with no burn, measured solar activity: 220 km after {say(spread, 'years')}, the ground within weeks of that."
    return text, AGREE if spread.low >= 1.0 else PART


def hundred_metres(w: World) -> Finding:
    m = figure(w.whole["reboost"], "sinking_m_day")
    text = f"Whole station on the day of the cut: {say(m, 'm a day')}. 100 m a day fits a more active Sun."
    return text, AGREE if 0.8 <= m.best / 100.0 <= 1.25 else PART if m.low <= 100.0 <= m.high else DISAGREE


def eleven_burns(w: World) -> Finding:
    n = figure(w.whole["reboost"], "raises_year")
    return (
        f"{say(n, 'a year')} against drag, without burns against debris or for arrivals.",
        AGREE if n.low <= 11.0 <= n.high else PART,
    )


def cygnus_cannot_turn(w: World) -> Finding:
    a = next(x for x in able(w.us_stack) if x.pusher.vehicle_type == "cygnus")
    turn = 0.0 if a.turn_deg is None else a.turn_deg
    text = f"Verdict for {a.pusher.name} in the US part: {a.verdict}; the stack must turn by {turn:.0f} degrees, thrusters for it: {', '.join(a.turned_by) or 'none'}."
    return text, AGREE if a.verdict != "yes" and not a.turned_by else DISAGREE


def ports_of_us_ships(w: World) -> Finding:
    a = next(x for x in able(w.us_stack) if x.pusher.vehicle_type == "cygnus")
    if a.arm_m is None or a.torque_nm is None:
        return "Direction of thrust not in the data.", UNCHECKED
    text = f"{a.pusher.name} pushes {a.arm_m:.1f} m beside the centre of mass: {say(a.torque_nm, 'N m')} of torque."
    return text, AGREE if a.torque_nm.low > 0.0 else PART


def crippled(w: World) -> Finding:
    got = w.without_roscosmos("2022-08-15T00:00:00Z")
    text = f"August 2022 without Roscosmos: {', '.join(f'{NAMES[f]} {got[f].status}' for f in FUNCTIONS if got[f].status != 'nominal')}."
    return text, AGREE if got["reboost"].status != "nominal" else DISAGREE


def anything_they_can(w: World) -> Finding:
    got = w.without_roscosmos("2022-07-04T00:00:00Z")
    fine = [NAMES[f] for f in FUNCTIONS if got[f].status == "nominal"]
    text = f"July 2022 without Roscosmos: in order {', '.join(fine) or 'nothing'}; not {', '.join(weak(got))}."
    propulsion = [got[f].status for f in ("reboost", "attitude")]
    return text, AGREE if not weak(got) else DISAGREE if "nominal" not in propulsion else PART


def whose_loss(w: World) -> Finding:
    us, ru = (
        [NAMES[f] for f in FUNCTIONS if p[f].status != "nominal" and w.whole[f].status == "nominal"]
        for p in (w.us, w.ru)
    )
    text = (
        f"Weaker than before the cut: US part {', '.join(us) or 'nothing'}; Russian part {', '.join(ru) or 'nothing'}."
    )
    return text, PART if us and ru else AGREE if ru else DISAGREE


def spin(w: World) -> Finding:
    t = attitude.tumbling(w.before.stacks()[0])
    left = figure(w.whole["power"], "supply_kw").times(t.power_ratio)
    need = figure(w.whole["power"], "demand_kw")
    text = f"A station that tumbles keeps {say(t.power_ratio.scaled(100.0), '%')} of its power: {say(left, 'kW')} of {say(need, 'kW')} asked for."
    return text, AGREE if left.best < need.best else DISAGREE


def fed_by_nasa(w: World) -> Finding:
    kw, need = figure(w.whole["power"], "transfer_ros_kw"), figure(w.ru["power"], "demand_kw")
    text = (
        f"{say(kw, 'kW')} of {say(need, 'kW')} come across the joint; both are assumed ranges, nobody published them."
    )
    return text, AGREE if kw.best / need.best > 0.4 else PART


def computers_in_zvezda(w: World) -> Finding:
    us, ru = (figure(p["command"], "commanded") if p["command"].figure("commanded") else None for p in (w.us, w.ru))
    counts = "" if us is None or ru is None else f"; {us.best:.0f} and {ru.best:.0f} functions keep a computer"
    text = f"Command: US part {w.us['command'].status}, Russian part {w.ru['command'].status}{counts}."
    return text, AGREE if w.us["command"].status != "nominal" else DISAGREE


def floor_of_gyroscopes(w: World) -> Finding:
    s = surroundings_of(w.before)
    if s is None:
        raise SystemExit("the station's data give no orbit any more")
    tries: list[tuple[int, Range, Range]] = []
    for km in (300, 280, 260, 250, 240, 230, 220, 210, 200):
        orbit = replace(s.orbit, semi_major_axis_m=EARTH_EQUATORIAL_RADIUS_M + 1e3 * km)
        low = w.before.with_(surroundings=replace(s, orbit=orbit, density_kg_m3=orbit_density(orbit))).stacks()[0]
        h = attitude.hold(low)
        if h is None or h.capacity_nms is None or h.growth_nms_orbit is None:
            raise SystemExit("attitude.hold gives no momentum any more")
        tries.append((km, h.growth_nms_orbit, h.capacity_nms))
    first = next((km for km, growth, room in tries if growth.best > room.best), 0)
    text = (
        f"One orbit adds more momentum than the gyroscopes hold below about {first} km (steps of 10 km, best values)."
    )
    return text, AGREE if 190 <= first <= 250 else DISAGREE


def one_seat_short(w: World) -> Finding:
    t = seat_table(w.us_stack)
    stay = next(y for y in w.before.station.stay if y.person == "vande-hei")
    ship = next((v.name for v in w.before.station.visit if v.id == stay.down), "an unknown ship")
    landed = f"He landed in {ship} on {stay.landed.epoch.date}" if stay.landed else "His landing is not in the data"
    text = f"After the flight shown in the video {t.people} people and {t.seats} safe seats in the US part: {t.short} short. {landed}."
    return text, PART if t.short else DISAGREE


def who_will_save(w: World) -> Finding:
    got = w.without_roscosmos()
    text = f"Without Roscosmos raising the orbit is {got['reboost'].status}; how long the fall takes stands at Hale's statement."
    return text, PART if got["reboost"].status != "nominal" else DISAGREE


def notice(w: World) -> Finding:
    days = next(p.notice_day for p in w.before.station.partner if p.id == "roscosmos")
    told = f"{days.best:.0f} days" if days else "nothing"
    return f"The data hold {told}, from the press; the text of the agreement was not read.", UNCHECKED


def plan_of_2030(_: World) -> Finding:
    return "A plan for about 2030 with years of work; the data end in 2023.", UNCHECKED


@dataclass(frozen=True)
class Row:
    """A statement and what computes the answer."""

    who: str
    when: str
    said: str
    source: str
    find: Callable[[World], Finding]
    told: bool = False
    """Whether the station's data were taken from this statement, or from others of the same origin."""


ROWS = (
    Row("NASA, Frequently Asked Questions", "March 2022", "the dependencies 'prevent the U.S. Orbital Segment and Russian Segment from operating independently'", "R69, R175", cannot_run_alone),
    Row("NASA, the same", "March 2022", "Russia supplies the propulsion for reboost and attitude control", "R69", russia_gives_propulsion, told=True),
    Row("NASA, through CBS", "July 2022", "NASA supplies most of the power and the large gyroscopes", "CBS-2022-07", nasa_gives_power),
    Row("J. Montalbano, NASA's station manager", "2022-03-15", "'it's not a process where one group can separate and function'", "R176", separate_and_function),
    Row("P. Harding, NASASpaceflight", "2022-02-22", "'just not technically feasible'", "R177", not_feasible),
    Row("P. Harding, the same", "2022-02-22", "command and life support are there twice, once in each segment", "R177", duplicated),
    Row("D. Marín, Eureka", "March 2022", "the realistic option is to take off Nauka and Prichal, a station that would live only briefly", "R147", nauka_alone),
    Row("G. Autry", "March 2022", "NASA could run the station alone if Russia left", "R179", nasa_alone),
    Row("A. Ionin, through a Chinese site", "2022", "the Russian segment alone would need a third of the fuel", "R178", third_of_the_fuel),
    Row("W. Hale, to The Verge", "2022-02-25", "if Russia walked away the station would come down at random, but it is a matter of years", "The Verge", years),
    Row("D. Strugovets, Roscosmos", "after 2022-06-25", "the station loses about 100 m a day on average", "RT", hundred_metres),
    Row("D. Rogozin, Roscosmos", "March 2022", "the Russian segment corrects the orbit eleven times a year on average", "RaiNews", eleven_burns),
    Row("D. Rogozin, Roscosmos", "2022-02-24", "'who will save the ISS from an uncontrolled deorbit'", "R33", who_will_save),
    Row("D. Strugovets, Roscosmos", "June 2022", "Cygnus cannot do it without the thrusters that turn the station for the burn", "RT", cygnus_cannot_turn, told=True),
    Row("New York Times, retold", "2022-07-26", "the ports of the US ships make them less able to adjust the orientation", "NYT copy", ports_of_us_ships),
    Row("Members of NASA's Advisory Council", "August 2022", "without Russia the station is 'crippled' unless commercial reboost is paid for", "R181", crippled),
    Row("S. Kelly, to MailOnline", "July 2022", "the US and Europe 'can do anything they can'", "press", anything_they_can),
    Row("S. Kelly, the same", "July 2022", "leaving is 'Russia's loss, not ours'", "press", whose_loss),
    Row("TIME", "early March 2022", "cosmonauts could spin the station so that the arrays lose the Sun", "TIME copy", spin),
    Row("New York Times, retold", "2022-07-26", "much of the power of the Russian side comes from NASA's arrays", "NYT copy", fed_by_nasa, told=True),
    Row("Readers of raumfahrer.net; The Register", "2022; 2025", "main computers of the station sit in Zvezda, so thrusters alone do not replace it", "forum, press", computers_in_zvezda, told=True),
    Row("NASA, request for a deorbit vehicle", "August 2022", "below about 220 km only thrusters can hold the attitude", "R118", floor_of_gyroscopes),
    Row("Press, on a video of Roscosmos's studio", "March 2022", "an American would be left behind", "press", one_seat_short),
    Row("D. Rogozin, Roscosmos", "2022-04-30", "partners leave with a year's notice", "press", notice),
    Row("O. Orlov, for the council of Roscosmos", "2025-12-18", "the Russian modules fly on alone, from about 2030", "press", plan_of_2030),
)  # fmt: skip


def parts_table(w: World) -> str:
    """Both parts, function by function."""
    shown = {
        "reboost": (("propellant_kg_year", "kg of propellant a year against drag"),),
        "attitude": (
            ("saturation_h", "h until its gyroscopes are full"),
            ("propellant_kg_day", "kg of propellant a day"),
        ),
        "power": (("surplus_kw", "kW to spare"),),
        "life_support": (("cover_day", "days of food, water and air"),),
        "communications": (("command_share", "% of the time in reach"),),
        "command": (),
        "crew_return": (("seats", "seats to spare"),),
    }
    out = ["| | US part | Russian part |", "|---|---|---|"]
    for f in FUNCTIONS:
        cells = []
        for a in (w.us[f], w.ru[f]):
            found = [(m, words) for key, words in shown[f] if (m := a.figure(key)) is not None][:1]
            cells.append("; ".join([a.status, *(say(of(m), words) for m, words in found)]))
        out.append(f"| {NAMES[f]} | {cells[0]} | {cells[1]} |")
    return "\n".join(out)


def statements_table(w: World) -> tuple[str, dict[str, int]]:
    """All rows with their findings, and how often each verdict was reached."""
    out = ["| Who, when | Statement | What comes out | Verdict |", "|---|---|---|---|"]
    count = dict.fromkeys((AGREE, PART, DISAGREE, UNCHECKED), 0)
    for row in ROWS:
        text, verdict = row.find(w)
        count[verdict] += 1
        out.append(
            f"| {row.who}, {row.when} ({row.source}) | {row.said} | {text} | **{verdict}**{' (told)' if row.told else ''} |"
        )
    return "\n".join(out), count


def blocks() -> dict[str, str]:
    """Every generated block of the page, by its name."""
    w = World()
    table, count = statements_table(w)
    total = f"{len(ROWS)} statements: " + ", ".join(f"{n} {v}" for v, n in count.items()) + "."
    return {"parts": parts_table(w), "statements": table, "count": total}


def with_blocks(page: str, made: dict[str, str]) -> str:
    """The page with its generated blocks replaced."""
    for name, text in made.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        if not re.search(pattern, page, flags=re.DOTALL):
            raise SystemExit(f"{PAGE.name} has no block '{name}'")
        page = re.sub(pattern, lambda m, t=text: f"{m[1]}{t}\n{m[2]}", page, flags=re.DOTALL)  # type: ignore[misc]
    return page


def main() -> None:
    """Rewrite the page, or say whether it is up to date."""
    old = PAGE.read_text(encoding="utf-8")
    new = with_blocks(old, blocks())
    if "--check" not in sys.argv:
        PAGE.write_text(new, encoding="utf-8")
    elif old != new:
        changed = [f"- {a}\n+ {b}" for a, b in zip(old.splitlines(), new.splitlines(), strict=False) if a != b]
        print(f"{PAGE.name} is not what the code gives: run scripts/make_experts.py", *changed, sep="\n")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
