"""CZML for a Cesium globe: the path of a trajectory and markers of its events.

Positions are ITRF (``FIXED``) or GCRF (``INERTIAL``), metres; the file says which. A globe turns INERTIAL positions
with its own Earth orientation, so FIXED is the safer choice for what is over where.

References
----------
CZML Guide, AnalyticalGraphicsInc/czml-writer. Source key: czml.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Literal

import numpy as np
from czml3 import (
    CZML_VERSION,
    Clock,
    Color,
    Document,
    Label,
    Packet,
    Path,
    Point,
    PolylineMaterial,
    Position,
    SolidColorMaterial,
    TimeInterval,
)
from czml3.enums import ClockRanges, InterpolationAlgorithms, LabelStyles, ReferenceFrames
from czml3.types import Cartesian3Value
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import gcrf_to_itrf
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.flight.trajectory import Trajectory

_MAX_SAMPLES = 500_000
_WHITE, _GOLD, _BLUE = [255, 255, 255, 255], [255, 200, 60, 255], [90, 180, 255, 255]


def write_czml(
    trajectory: Trajectory,
    path: str | FilePath,
    *,
    name: str,
    frame: Literal["FIXED", "INERTIAL"] = "FIXED",
    events: Sequence[tuple[Epoch, str, str]] = (),
    step_s: float = 60.0,
) -> None:
    """Write a trajectory and its events for a globe.

    Parameters
    ----------
    name : of the body, plain text.
    frame : ``FIXED`` (ITRF) or ``INERTIAL`` (GCRF).
    events : (epoch, short label, text) each; the epochs inside the trajectory. Text is plain and is escaped.
    step_s : seconds between samples, 1 or more; Cesium interpolates between them (Lagrange, degree 5: below 1 m at 60 s).

    Raises
    ------
    InputError
        For an unknown frame, more than 500,000 samples, or an event outside the trajectory.
    """
    file = FilePath(path)
    if frame not in ("FIXED", "INERTIAL"):
        raise InputError.one(file.name, "frame", frame, "FIXED or INERTIAL")
    span_s = trajectory.end - trajectory.start
    if not step_s >= 1.0 or span_s / step_s > _MAX_SAMPLES:
        raise InputError.one(
            file.name, "step_s", step_s, f"1 s or more, and at most {_MAX_SAMPLES} samples over {span_s:.0f} s"
        )
    for k, (epoch, label, _) in enumerate(events):
        if not trajectory.start <= epoch <= trajectory.end:
            raise InputError.one(
                file.name, f"events[{k}] {label}", epoch, f"an epoch from {trajectory.start} to {trajectory.end}"
            )
    file.write_text(_document(trajectory, name, frame, events, step_s).dumps(), encoding="utf-8", newline="\n")


def _positions(trajectory: Trajectory, times: TimesUs, frame: str) -> NDArray[np.float64]:
    position, _ = trajectory.interpolate(times)
    return gcrf_to_itrf(times, position) if frame == "FIXED" else position


def _document(
    trajectory: Trajectory, name: str, frame: str, events: Sequence[tuple[Epoch, str, str]], step_s: float
) -> Document:
    start, end = trajectory.start, trajectory.end
    times = np.append(np.arange(start.tai_us, end.tai_us, round(step_s * 1e6), dtype=np.int64), end.tai_us)
    samples = np.column_stack([(times - start.tai_us) / 1e6, np.round(_positions(trajectory, times, frame), 3)])
    reference = ReferenceFrames.FIXED if frame == "FIXED" else ReferenceFrames.INERTIAL
    span = TimeInterval(start=start.to_datetime(), end=end.to_datetime())
    packets = [
        Packet(
            id="document",
            name=name,
            version=CZML_VERSION,
            clock=Clock(currentTime=start.to_datetime(), multiplier=60, range=ClockRanges.CLAMPED),
        ),
        Packet(
            id="body",
            name=name,
            description=f"Positions in metres, frame {'ITRF' if frame == 'FIXED' else 'GCRF'}.",
            availability=span,
            position=Position.model_validate(
                {
                    "epoch": start.to_datetime(),
                    "referenceFrame": reference,
                    "cartesian": Cartesian3Value(values=samples.ravel().tolist()),
                    "interpolationAlgorithm": InterpolationAlgorithms.LAGRANGE,
                    "interpolationDegree": 5,
                }
            ),
            path=Path(
                leadTime=2_800,
                trailTime=2_800,
                resolution=60,
                width=2,
                material=PolylineMaterial(solidColor=SolidColorMaterial(color=Color(rgba=_BLUE))),
            ),
            point=Point(pixelSize=9, color=Color(rgba=_WHITE)),
            label=Label(text=name, font="13px sans-serif", style=LabelStyles.FILL, fillColor=Color(rgba=_WHITE)),
        ),
    ]
    for k, (epoch, label, text) in enumerate(events):
        place = np.round(_positions(trajectory, np.array([epoch.tai_us], dtype=np.int64), frame)[0], 3)
        packets.append(
            Packet(
                id=f"event-{k + 1}",
                name=label,
                description=f"<p>{html.escape(text)}</p><p>{epoch}</p>",
                availability=TimeInterval(start=epoch.to_datetime(), end=max(end, epoch.plus_s(1.0)).to_datetime()),
                position=Position(referenceFrame=reference, cartesian=Cartesian3Value(values=place.tolist())),
                point=Point(pixelSize=7, color=Color(rgba=_GOLD)),
                label=Label(text=label, font="11px sans-serif", style=LabelStyles.FILL, fillColor=Color(rgba=_GOLD)),
            )
        )
    return Document(packets=packets)
