"""One call: choose, minimize, certify. `fit` goes from a table to a Model; `fit_rows` is its lower half."""

from cutline.fitting.rows import RowsFit, fit_rows
from cutline.fitting.table import fit

__all__ = ["RowsFit", "fit", "fit_rows"]
