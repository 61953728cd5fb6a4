"""What a user keeps from a fit, and how it is read out, kept and used; needs neither torch nor scipy.

value       Model: what is stored, and what is derived from it
parts       what a fit says of itself: certificate, separation, statistics, rows
consistency do the parts of a model fit together?
wald        the normal distribution, the cut line
prediction  a table -> log-odds, probabilities, labels
document    the JSON document of a fit (`cutline fit --json`)
schema      model.schema.json, and a reader that enforces it
file        the model file: write, read
proof       its checksums and synthetic rows
words       the model in words and as a table
korean      the library's sentences in Korean
"""

from __future__ import annotations

from cutline.model.consistency import INTERCEPT
from cutline.model.document import to_document
from cutline.model.file import dumps, load, loads, save
from cutline.model.parts import Certificate, Rows, Separation, Statistics
from cutline.model.prediction import Scored, Unseen, label_values
from cutline.model.value import Model
from cutline.model.wald import CutLine
from cutline.model.words import Report, report, summary

__all__ = [
    "INTERCEPT",
    "Certificate",
    "CutLine",
    "Model",
    "Report",
    "Rows",
    "Scored",
    "Separation",
    "Statistics",
    "Unseen",
    "dumps",
    "label_values",
    "load",
    "loads",
    "report",
    "save",
    "summary",
    "to_document",
]
