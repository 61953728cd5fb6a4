"""A doctor for hand-written training loops: what is wrong, what is merely so, and how far it is to the best line.

    report = cutline.doctor.check(model, x, y, loss_fn, optimizer)      what can be seen standing still
    with cutline.doctor.watch(model, optimizer) as watch: ...           what only shows while training
    print(watch.report)

The model is a module, or written by hand: `check` is given the formula as a function of x, `watch` the tensors that are
trained, ``watch([W, b], optimizer)``.

A FAULT is a mistake of the loop and can be mended; a FACT is so about the data, whatever the loop does. Each comes with
its evidence, its remedy and the lesson that teaches it. The doctor never changes what it looks at.

standing   check                                          watching  watch: hooks, taken off again
examine    every question one look can answer             turns     which module, which rows, which loss
targets    labels: type, shape, range                     steps     gradients, and what a step did
numbers    not finite, rounded, saturated, cut off        loaders   how long a loop waits for rows
probe      what a module returns, a loss expects          trace     a loop's own calls, played again
rehearsal  does it climb, does it crawl? on copies        diary     what a watch wrote down
curvature  the largest stable step, 2 / L                 watched   and what it amounts to
best       the best linear logit on the same rows         quiet     copies, and random states put back
credit     what mending is worth, by running it           pieces    a loop's pieces, on copies
signs      arguments exchanged, minus signs forgotten     byhand    a formula and its tensors, as a module
tape       a loop by hand, read back as turns             split     where its model ends and its loss begins
findings   Finding, Credit, Report                        words     the report as text; english, korean
"""

from __future__ import annotations

from cutline.doctor.findings import CATALOG, Credit, Finding, Report
from cutline.doctor.standing import check
from cutline.doctor.watching import Watch, watch

__all__ = ["CATALOG", "Credit", "Finding", "Report", "Watch", "check", "watch"]
