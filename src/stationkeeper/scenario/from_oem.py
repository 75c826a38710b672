"""Turns an ephemeris into a scenario: state, mass, drag, the burns found in it, the planned events of its header."""

from __future__ import annotations

import re
from pathlib import Path

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, printable
from stationkeeper.core.toml import toml_string
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.formats.oem import OemEphemeris, measure_burn, read_oem
from stationkeeper.functions.reboost import pushers
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import Station

SAME_BURN_DAYS = 1.0


def scenario_text(file: Path, station_name: str, reference: str, station_reference: str = "") -> tuple[str, list[str]]:
    """A scenario file for an ephemeris, and lines that say what was found in it.

    Parameters
    ----------
    file : the ephemeris.
    station_name : id of a packaged station or path of a station file.
    reference : how the scenario names the ephemeris, relative to its own folder.
    station_reference : how it names the station; left out: as ``station_name``.

    Raises
    ------
    InputError
        When the file is no usable ephemeris, or lacks mass, area or drag coefficient.
    """
    oem = read_oem(file)
    station = load_station(station_name)
    t = oem.trajectory()
    if None in (oem.mass_kg, oem.drag_area_m2, oem.drag_coefficient):
        raise InputError.one(
            str(file), "header comments", "no MASS, DRAG_AREA or DRAG_COEFF", "all three",
            "Write a scenario by hand with [initial] kind = 'oem' and the three numbers.",
        )  # fmt: skip
    bulletin = (oem.created or t.start).date[:7]
    weather = SpaceWeather.msfc(bulletin=bulletin, percentile=50)
    found = [
        f"{len(t.epochs)} states from {t.start} to {t.end}, mass {oem.mass_kg:.0f} kg, Cd x A {(oem.drag_area_m2 or 0) * (oem.drag_coefficient or 0):.0f} m2"
    ]
    events = ""
    for arc in oem.burns:
        delta_v = measure_burn(oem, arc, weather)
        by = _who(station, arc.start)
        found.append(f"burn of {arc.duration_s:.1f} s at {arc.start}, {delta_v:+.3f} m/s, taken to be by {by}")
        if not 1e-5 <= abs(delta_v) <= 50.0 or arc.duration_s > 14_400.0:
            raise InputError.one(
                str(file), f"steps of 2 s from {arc.start}", f"{delta_v:+.5f} m/s in {arc.duration_s:,.0f} s",
                "a burn of up to 50 m/s within four hours", "Is the whole file in steps of 2 s? Thin it out.",
            )  # fmt: skip
        events += _burn(oem, arc.start, arc.duration_s, delta_v, by)
    header = [
        f"#   {e.epoch}  {printable(e.label)}" + (f"  {e.delta_v_m_s:g} m/s" if e.delta_v_m_s else "")
        for e in oem.events
    ]
    found += [f"planned event: {line[4:]}" for line in header]
    name = file.name.split(".")[0].lower().replace("_", "-")
    ident = re.sub(r"[^a-z0-9-]", "", name).strip("-")[:64] or "imported"
    title = f"{oem.object_name[:100]} from an ephemeris of {(oem.created or t.start).date}"
    text = f'''schema = "stationkeeper.scenario/1"
id = "{ident}"
title = {toml_string(printable(title))}
question = "What does the station do from this state, with the burns of this ephemeris?"
station = {toml_string(station_reference or station_name)}
start = "{_exact(t.start)}"
end = "{_exact(t.end)}"

# Planned events in the header of the ephemeris; the burns among them that have a size stand below as events.
{chr(10).join(header) or "#   none"}

[initial]
kind = "oem"
file = {toml_string(reference)}

# An ephemeris is computed with one mass and with its own burns, so nothing of the history is added here.
# Set traffic = "as-flown" to let vehicles come and go, reboost = "as-flown" for the burns of the history.
[policies]
traffic = "frozen"
reboost = "nobody"

# NASA's drag coefficient is fitted to NASA's density model, which is fed with the monthly indices of this bulletin.
[outlook]
weather = "msfc"
bulletin = "{bulletin}"

[flight]
gravity_degree = 36

[flight.density_scale]
value = 1.0
low = 0.8
high = 1.25
as_of = "{(oem.created or t.start).date}"
confidence = "assumed"
source = ["scenario"]
note = "the header's own area and drag coefficient, taken at their word; the range is that of NASA's own solved-for coefficients between neighbouring files"
{events}'''
    return text, found


def _who(station: Station, at: Epoch) -> str:
    """The vehicle that burned: the history's burn nearest in time, else the first engine aboard that was ever shown."""
    near = [b for b in station.burn if abs(b.at.epoch.days_since(at)) <= SAME_BURN_DAYS]
    if near:
        b = min(near, key=lambda x: abs(x.at.epoch - at))
        return b.visit or b.equipment or ""
    cfg = configuration_at(station, at)
    able = [p for s in cfg.stacks() for p in pushers(s) if p.shown]
    if not able:
        raise InputError.one(
            "ephemeris",
            str(at),
            "a burn",
            "an engine aboard the station that could fly it",
            "Name another station or date.",
        )
    return able[0].id


def _burn(oem: OemEphemeris, at: Epoch, duration_s: float, delta_v_m_s: float, by: str) -> str:
    purpose = "raise" if delta_v_m_s >= 0 else "lower"
    return f'''
[[event]]
kind = "reboost"
at = "{_exact(at)}"
by = "{by}"
duration_s = {duration_s:.3f}
delta_v_m_s = {delta_v_m_s:.5f}
purpose = "{purpose}"
note = {toml_string(printable(f"size measured in the ephemeris of {oem.originator or 'its author'}: the step in orbital energy across the arc of 2-second steps"))}
'''


def _exact(at: Epoch) -> str:
    """Text of an instant that reads back as the same microsecond."""
    return at.isoformat(3 if at.tai_us % 1000 == 0 else 6)
