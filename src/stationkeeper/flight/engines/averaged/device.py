"""The averaged engine on a graphics card: the same compiled functions, one member a thread. Needs numba-cuda and a CUDA driver.

``pip install stationkeeper[gpu]`` brings numba-cuda; everything else of the project works without it. Arithmetic differs from the
CPU's in the last bits (fused operations), so dates differ by seconds.
Validation status: checked in numba-cuda's simulator against the CPU; on a card, unvalidated.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import cuda

from stationkeeper.core.errors import EngineError
from stationkeeper.flight.engines.averaged.kernel import COUNTS, PATH, SCRATCH, STATE, fill_all, fly_member

THREADS_PER_BLOCK: Final = 128
_WRITTEN: Final = 7
"""So many arguments, the last ones, are written."""


@cuda.jit(fastmath=True)  # type: ignore[untyped-decorator, no-untyped-call]
def _fly_all(
    inputs: Any, choices: Any, days: Any, drivers: Any, world: Any, stream: Any, air: Any, schedules: Any, altitudes: Any,
    outputs: Any, counts: Any, mean_crossings: Any, low_crossings: Any, samples: Any, burns: Any, history: Any,
    daily: Any, filled: Any,
) -> None:  # fmt: skip
    i = cuda.grid(1)  # type: ignore[attr-defined]
    if i < inputs.shape[0]:
        s = cuda.local.array(STATE, np.float64)  # type: ignore[attr-defined]
        c = cuda.local.array(COUNTS, np.int64)  # type: ignore[attr-defined]
        w = cuda.local.array(SCRATCH, np.float32)  # type: ignore[attr-defined]
        fly_member(
            i, choices[i, PATH], inputs, choices, days, drivers, world, stream, air, schedules, altitudes, outputs, counts,
            mean_crossings, low_crossings, samples, burns, history, daily, filled, s, c, w,
        )  # fmt: skip


def check() -> None:
    """Raises ``EngineError`` where there is no card to fly on."""
    if not cuda.is_available():  # type: ignore[no-untyped-call]
        raise EngineError("no graphics card was found (numba-cuda and a CUDA driver are needed): fly on device 'cpu'")


def fly(n: int, first_day: int, *arguments: Any) -> None:
    """Fly ``n`` members; the arguments are those of :func:`kernel.fly_block` from ``first_day`` on, its outputs are written in place.

    The density of every day of every path lies on the card: 64 bytes for each, so some 100,000 paths of three years fit.
    """
    check()
    days, drivers, air = arguments[2], arguments[3], arguments[6]
    daily, filled = fill_all(first_day, days, drivers, air), np.array([drivers.shape[1]])
    there = [cuda.to_device(a) for a in arguments]
    blocks = (n + THREADS_PER_BLOCK - 1) // THREADS_PER_BLOCK
    _fly_all[blocks, THREADS_PER_BLOCK](*there, cuda.to_device(daily), cuda.to_device(filled))
    for here, remote in zip(arguments[-_WRITTEN:], there[-_WRITTEN:], strict=True):
        if here.size:
            remote.copy_to_host(here)
