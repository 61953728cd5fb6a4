"""Cutline beside its peers: every contender in a process of its own, on the same data, to the same loss.

    python benchmarks/run.py [--quick] [--write] [--only NAME ...] [--scale S] [--rounds N] [--limit SECONDS]

For each problem, first everybody climbs: each contender runs at the loosest of its settings, and those whose loss is
not the lowest found (within 1e-9 of it) run again at the next, until they reach it or have no setting left; large
problems are also tried with one thread, and whoever is faster with it keeps to it. Then the contenders take turns,
`--rounds` times, each at its loosest setting that got there, or else at the one that came nearest. A contender whose
fit took over 30 s, or a third of `--limit`, is not repeated. `--quick` shrinks the data, takes the setting known to be
best without climbing, and repeats while its five minutes last. Problems on a GPU are left out where there is none.
`--page JSON ...` writes (with --write) or prints the page of results kept before: those of several runs are put
together, the last of a problem counting.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from machine import machine
from page import compact, page
from problems import PROBLEMS
from roster import QUICK
from running import HERE, SCRATCH, Runner
from trial import Found, Trial

BUDGET, LAST = 230.0, 280.0  # seconds a quick run repeats in, and begins problems in
PAGE = HERE.parent / "docs" / "benchmarks.md"


def measure(options: argparse.Namespace) -> Found:
    runner = Runner(options.scratch, options.limit)
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M")
    kept = options.scratch / f"results-{stamp}.json"
    chosen = [p for p in PROBLEMS if not options.only or {p.name, p.regime} & set(options.only)]
    chosen = [p for p in chosen if options.only or not options.quick or p.name in QUICK]
    keys = ("quick", "scale", "rounds", "limit", "threads", "device")
    results: Found = {"settings": {key: getattr(options, key) for key in keys}, "machine": machine(), "problems": []}
    if not results["machine"]["gpu"] and options.device.startswith("cuda"):
        if any(p.regime == "gpu" for p in chosen):
            print("No GPU here that CUDA knows: problems on one are left out.", flush=True)
        chosen = [p for p in chosen if p.regime != "gpu"]
    began = time.monotonic()
    for k, problem in enumerate(chosen):
        if options.quick and not options.only and time.monotonic() - began > LAST:
            print(f"Five minutes are nearly over; not begun: {', '.join(left.name for left in chosen[k:])}")
            break
        small = replace(problem, data=problem.data.shrunk(options.scale))
        share = BUDGET * (k + 1) / len(chosen) if options.quick else float("inf")
        trial = Trial(small, runner, options, f"[{k + 1}/{len(chosen)}] {problem.name}")
        found = trial.measure(began + share)
        if problem.regime == "gpu":  # it may be another machine's than the page's
            found |= {"machine": results["machine"], "settings": results["settings"]}
        results["problems"].append(found)
        kept.write_text(json.dumps(results, indent=1))
        print(compact(results["problems"][-1]), end="\n\n", flush=True)
        if not options.keep and not any(later.data == problem.data for later in chosen[k + 1 :]):
            shutil.rmtree(trial.folder)
    minutes = (time.monotonic() - began) / 60
    print(f"{len(results['problems'])} problems in {minutes:.1f} minutes; the numbers are in {kept}")
    return results


def put_together(held: list[Found]) -> Found:
    """Several runs as one: the last of a problem counts, and what they differ in is listed.

    Problems on a GPU say themselves where they were measured.
    """

    def each(part: str, key: str, form: str) -> str:
        return " or ".join(dict.fromkeys(format(one[part][key], form) for one in here))

    here = [one for one in held if any(p["regime"] != "gpu" for p in one["problems"])] or held
    order, last = [p.name for p in PROBLEMS], {p["name"]: p for one in held for p in one["problems"]}
    return {
        "settings": here[0]["settings"]
        | {"rounds": each("settings", "rounds", ""), "limit": each("settings", "limit", "g")},
        "machine": here[0]["machine"] | {key: each("machine", key, "") for key in ("commit", "load", "date")},
        "problems": sorted(last.values(), key=lambda p: order.index(p["name"])),
    }


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Cutline beside its peers.")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows, under five minutes")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(HERE.parent)}")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="regimes or problems; --list names them")
    parser.add_argument("--list", action="store_true", help="name the problems and end")
    parser.add_argument(
        "--page", nargs="+", type=Path, metavar="JSON", help="measure nothing: the page of these results"
    )
    parser.add_argument("--scale", type=float, help="share of the rows of the large problems")
    parser.add_argument("--rounds", type=int, help="turns each contender takes (5; quick: 2)")
    parser.add_argument("--limit", type=float, help="seconds a process may take (300; quick: 15)")
    parser.add_argument("--threads", type=int, help="threads of everybody on the large problems (all cores)")
    parser.add_argument("--device", default="cuda", help="where problems on a GPU are computed (cuda)")
    parser.add_argument("--scratch", type=Path, default=SCRATCH, help="where data are kept")
    parser.add_argument("--keep", action="store_true", help="leave the data in the scratch folder")
    options = parser.parse_args(argv)
    known = {name for problem in PROBLEMS for name in (problem.name, problem.regime)}
    if options.only and (unknown := set(options.only) - known):
        parser.error(f"--only: {', '.join(sorted(unknown))}: not among {', '.join(sorted(known))}")
    scale, rounds, limit = (0.05, 2, 15.0) if options.quick else (1.0, 5, 300.0)
    for name, value in {"scale": scale, "rounds": rounds, "limit": limit, "threads": machine()["cores"]}.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def main(argv: list[str]) -> int:
    options = arguments(argv)
    if options.list:
        for problem in PROBLEMS:
            print(f"{problem.regime:12}{problem.name:16}{problem.title.format(rows=problem.data.rows)}")
        return 0
    if options.page:
        results = put_together([json.loads(path.read_text()) for path in options.page])
    else:
        results = measure(options)
    if options.write:
        PAGE.write_text(page(results))
        print(f"the page is {PAGE}")
    elif options.page:
        print(page(results), end="")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("stopped: no page was written; what was measured is in the scratch folder's JSON", file=sys.stderr)
        sys.exit(130)
