"""Cutline: logistic regression you can see, trust and scale.

>>> import cutline
>>> model = cutline.fit({"hours": [1, 2, 3, 4, 5, 6], "passed": [0, 0, 1, 0, 1, 1]}, target="passed")
>>> sorted(model.coef)
['(intercept)', 'hours']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cutline.version import __version__

if TYPE_CHECKING:
    from cutline import doctor as doctor
    from cutline import nn as nn
    from cutline import plots as plots
    from cutline.curve import sigmoid as sigmoid
    from cutline.errors import CutlineError as CutlineError
    from cutline.errors import CutlineWarning as CutlineWarning
    from cutline.errors import DataError as DataError
    from cutline.errors import FitError as FitError
    from cutline.errors import ModelFileError as ModelFileError
    from cutline.errors import SeparationError as SeparationError
    from cutline.errors import UsageError as UsageError
    from cutline.faces.estimator import LogisticRegression as LogisticRegression
    from cutline.fitting import fit as fit
    from cutline.model import Model as Model
    from cutline.model import load as load
    from cutline.scoring import score as score

# Names are looked up when first used: scoring a file must not wait for torch, nor torch users for pyarrow.
_HOME = {
    "CutlineError": "cutline.errors",
    "CutlineWarning": "cutline.errors",
    "DataError": "cutline.errors",
    "FitError": "cutline.errors",
    "LogisticRegression": "cutline.faces.estimator",
    "Model": "cutline.model",
    "ModelFileError": "cutline.errors",
    "SeparationError": "cutline.errors",
    "UsageError": "cutline.errors",
    "fit": "cutline.fitting",
    "load": "cutline.model",
    "score": "cutline.scoring",
    "sigmoid": "cutline.curve",
}
_ROOMS = ("deck", "doctor", "nn", "plots", "solvers", "testing")

__all__ = [
    "CutlineError",
    "CutlineWarning",
    "DataError",
    "FitError",
    "LogisticRegression",
    "Model",
    "ModelFileError",
    "SeparationError",
    "UsageError",
    "__version__",
    "doctor",
    "fit",
    "load",
    "nn",
    "plots",
    "score",
    "sigmoid",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    if name in _ROOMS:
        return import_module(f"cutline.{name}")
    raise AttributeError(f"module 'cutline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
