"""One call: choose, minimize, certify. `fit` starts from a table and ends with a Model; `fit_rows` is its lower half."""

from cutline.fitting.rows import RowsFit, fit_rows
from cutline.fitting.table import fit

__all__ = ["RowsFit", "fit", "fit_rows"]
