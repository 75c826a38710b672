"""The averaged engine on a graphics card: the same compiled functions, one member a thread. Needs numba-cuda and a CUDA driver.

``pip install stationkeeper[gpu]`` brings numba-cuda; everything else of the project works without it. Arithmetic differs from the
CPU's in the last bits (fused operations), so dates differ by seconds.
Validation status: checked in numba-cuda's simulator against the CPU (tests/flight/engines/test_averaged.py).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np

from stationkeeper.core.errors import EngineError
from stationkeeper.flight.engines.averaged import kernel

THREADS_PER_BLOCK: Final = 128
_WRITTEN: Final = ("outputs", "counts", "mean_crossings", "low_crossings", "samples", "burns", "history")


@lru_cache(maxsize=1)
def _cuda() -> Any:
    """The module ``numba.cuda`` with a device behind it. Raises ``EngineError`` where there is none."""
    try:
        from numba import cuda

        usable = bool(cuda.is_available())  # type: ignore[no-untyped-call]
    except ImportError:
        usable = False
    if not usable:
        raise EngineError("no graphics card was found (numba-cuda and a CUDA driver are needed): fly on device 'cpu'")
    return cuda


@lru_cache(maxsize=1)
def _kernel() -> Any:
    cuda = _cuda()
    fly_member, single, double, whole = kernel.fly_member, np.float32, np.float64, np.int64
    state, counts_of, scratch = kernel.STATE, kernel.COUNTS, kernel.SCRATCH

    @cuda.jit(fastmath=True)  # type: ignore[untyped-decorator]
    def fly_all(
        inputs: Any, choices: Any, days: Any, drivers: Any, world: Any, stream: Any, air: Any, schedules: Any, altitudes: Any,
        outputs: Any, counts: Any, mean_crossings: Any, low_crossings: Any, samples: Any, burns: Any, history: Any,
    ) -> None:  # fmt: skip
        i = cuda.grid(1)
        if i < inputs.shape[0]:
            s = cuda.local.array(state, double)
            c = cuda.local.array(counts_of, whole)
            w = cuda.local.array(scratch, single)
            fly_member(
                i, inputs, choices, days, drivers, world, stream, air, schedules, altitudes, outputs, counts, mean_crossings,
                low_crossings, samples, burns, history, s, c, w,
            )  # fmt: skip

    return fly_all


def fly(n: int, *arguments: Any) -> None:
    """Fly ``n`` members; the arguments are those of :func:`kernel.fly_block` from ``inputs`` on, its outputs are written in place."""
    cuda, fly_all = _cuda(), _kernel()
    names = kernel.fly_block.py_func.__code__.co_varnames[2 : 2 + len(arguments)]
    there = [cuda.to_device(a) if isinstance(a, np.ndarray) else a for a in arguments]
    blocks = (n + THREADS_PER_BLOCK - 1) // THREADS_PER_BLOCK
    fly_all[blocks, THREADS_PER_BLOCK](*there)
    for name, here, remote in zip(names, arguments, there, strict=True):
        if name in _WRITTEN and here.size:
            remote.copy_to_host(here)
