"""Mass properties and the parting of a rigid body."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.station.configuration import Node
from stationkeeper.station.mass import Motion, box_inertia, mass_properties, momentum, part

FLOAT = st.floats(-50, 50)
VECTOR = st.tuples(FLOAT, FLOAT, FLOAT)


def node(
    mass_kg: float, centre_m: tuple[float, float, float], size_m: tuple[float, float, float] = (4.0, 4.0, 8.0)
) -> Node:
    return Node("n", "n", "element", "a", "a", "s", mass_kg, mass_kg, mass_kg, centre_m, size_m)


def test_the_inertia_of_a_box_is_the_textbook_one() -> None:
    assert np.allclose(np.diag(box_inertia(12.0, (1.0, 2.0, 3.0))), [13.0, 10.0, 5.0])


def test_two_halves_make_the_whole() -> None:
    whole = mass_properties([node(10.0, (0, 0, 0), (2.0, 1.0, 1.0))])
    halves = mass_properties([node(5.0, (-0.5, 0, 0), (1.0, 1.0, 1.0)), node(5.0, (0.5, 0, 0), (1.0, 1.0, 1.0))])
    assert np.allclose(whole.inertia_kg_m2, halves.inertia_kg_m2)
    assert np.allclose(whole.centre_m, halves.centre_m)


@given(
    st.lists(st.tuples(st.floats(100, 1e5), VECTOR), min_size=2, max_size=6), st.integers(1, 5), VECTOR, VECTOR, VECTOR, VECTOR,
    st.floats(0, 2),
)  # fmt: skip
def test_parting_conserves_momentum_and_angular_momentum(
    bodies: list[tuple[float, tuple[float, float, float]]],
    cut: int,
    at_m,
    axis,
    velocity,
    rate,
    speed,  # type: ignore[no-untyped-def]
) -> None:
    nodes = [node(m, c) for m, c in bodies]
    cut = min(cut, len(nodes) - 1)
    whole = mass_properties(nodes)
    sides = [mass_properties(nodes[:cut]), mass_properties(nodes[cut:])]
    unit = np.asarray(axis) if np.linalg.norm(axis) > 1e-3 else np.array([1.0, 0, 0])
    unit = unit / np.linalg.norm(unit)
    motion = Motion(np.array([7e6, 0.0, 0.0]), np.asarray(velocity) + 7e3, np.asarray(rate) * 1e-3)
    parts = part(motion, sides, np.asarray(at_m), unit, speed, (0, 1))
    p0, l0 = momentum(whole, motion)
    p1 = sum(momentum(b, m)[0] for b, m in zip(sides, parts, strict=True))
    l1 = sum(momentum(b, m)[1] for b, m in zip(sides, parts, strict=True))
    scale = np.abs(l0).max() + whole.mass_kg * 7e6
    assert np.allclose(p0, p1, rtol=1e-9, atol=1e-6)
    assert np.abs(l0 - l1).max() <= 1e-9 * scale
    # the two points of the joint part at the speed that was asked for
    still = part(motion, sides, np.asarray(at_m), unit, 0.0, (0, 1))
    point = [
        m.velocity_m_s
        + np.cross(m.rate_rad_s, np.asarray(at_m) - b.centre_m)
        - q.velocity_m_s
        - np.cross(q.rate_rad_s, np.asarray(at_m) - b.centre_m)
        for m, q, b in zip(parts, still, sides, strict=True)
    ]
    assert abs((point[1] - point[0]) @ unit - speed) <= 1e-6
