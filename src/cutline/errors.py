"""Everything Cutline raises or warns, in one tree.

    CutlineError                  catch this to catch them all
    ├── UsageError (ValueError)   two arguments contradict each other, or one is out of range   exit code 2
    ├── DataError (ValueError)    the table cannot be read, or not as asked                     exit code 1
    ├── ModelFileError (ValueError)   a model file is damaged, newer, or not a model            exit code 1
    └── FitError (RuntimeError)   the data were fine and there is no answer                     exit code 1
        └── SeparationError       the classes are separated: the likelihood has no maximum

    CutlineWarning (UserWarning)  the fit stands, and something about it should be known

A message has three parts: what was expected, what came, and what to do; it names the column, the row or the argument.
"""

from __future__ import annotations


class CutlineError(Exception):
    """Base of every error Cutline raises on purpose."""


class UsageError(CutlineError, ValueError):
    """The call itself is wrong, whatever the data say."""


class DataError(CutlineError, ValueError):
    """The data cannot be read, or do not hold what was asked of them."""


class ModelFileError(CutlineError, ValueError):
    """A model file is damaged, from a newer version, or not a model at all."""


class FitError(CutlineError, RuntimeError):
    """The data were read, and no answer was found; the message says why and what to do."""


class SeparationError(FitError):
    """The classes are separated, so maximum likelihood has no finite answer."""


class CutlineWarning(UserWarning):
    """The answer stands, and something about it should be known."""
