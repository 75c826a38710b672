"""Loads a script that stands beside a test: the folders of ``validation`` are no packages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load(test: str, name: str = "measure") -> ModuleType:
    """The module ``<name>.py`` in the folder of a test, which gives its own ``__file__``."""
    folder = Path(test).parent
    spec = importlib.util.spec_from_file_location(f"{name}_{folder.name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
