"""scikit-learn's face: change the import, and the fit costs a handful of passes and ends with a certificate.

    X, y -> door (arrays, tensors, frames; what is checked, and when) -> fit_rows -> classifier

Only here may scikit-learn be imported.
"""

from __future__ import annotations

from cutline.faces.estimator.classifier import LogisticRegression

__all__ = ["LogisticRegression"]
