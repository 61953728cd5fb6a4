"""The page `docs/benchmarks.md`, and the short table a terminal gets."""

from __future__ import annotations

import statistics
from typing import Any

from words import duration, error, median, ratio, reach, reads, small_number, verdict, warned, worst

Found = dict[str, Any]
REGIMES = {
    "dense": "Dense: correlated columns of scales 0.03 to 30",
    "wide": "Dense and wide",
    "sparse": "Sparse: words",
    "categories": "Categories",
    "small": "Small",
    "hard": "Hard: no penalty, awkward numbers",
    "gpu": "On a GPU",
}
NOTES = {
    "categories": "cutline is given the DataFrame, with category columns, as it is. scikit-learn is given a one-hot "
    "CSR matrix and glum a tabmat matrix, and making these is not timed. Shares of memory are of the DataFrame's "
    "numbers and codes for everybody.",
    "small": "One thread. Each process fits once uncounted and then for a while, and gives the median; what is shown "
    "is the median of those.",
    "hard": "What matters here is where a search ends. Without a penalty `standard errors away` is the Newton "
    "decrement at the answer: no coefficient, nor any combination of them, is farther than that many standard errors "
    "from the optimum. The gradient in columns of such scales says little.",
    "gpu": "cutline and torch LBFGS are given tensors that lie on the GPU; `moved` is given the arrays or the frame, "
    'and device="cuda"; `cutline` is the same fit by the processor beside it. Nobody was tried with one thread. A read '
    "is `X.sum()` there, and peak memory is the GPU's: `moved` has a copy of X in it, and the processor's fit nothing. "
    "cuML was not measured.",
}
HOW = """\
## How it is measured

Written by {script}: medians of interleaved repeats. Read ratios, not seconds: another machine has others.

* **Own processes.** Each contender is imported, given the data in memory and run in a process of its own, since two
  numeric libraries in one process slow each other. Contenders take turns, {rounds} times, in rotating order. A process
  that takes over {limit} s, imports and loading included, is ended; one whose fit took over 30 s, or a third of that,
  ran once.
* **The same data.** Drawn once from seeded generators (`benchmarks/drawing.py`), written to a file and read by each
  process into memory before the clock starts. Outcomes are drawn from the model.
* **The same function**: the log-losses summed, plus |w|²/(2C), the intercept free (`benchmarks/contenders.py` says how
  each library's arguments give it). Loss, gradient and Newton decrement are computed from the returned coefficients by
  the same float64 code in a process of its own. The gradient is the largest entry of the mean loss's, in the columns
  as they are; the decrement is that of the summed loss.
* **The same loss.** {climb}
  "Lowest" is within 1e-9 of the lowest loss that anybody found, relative, plus 1e-9 nats.
* **Threads**: {threads} on large problems, one on small ones.
* **Seconds** on large problems are those of the first fit of a process; `again` is a second fit in the same process,
  where the first took under 15 s. Before the clock everybody fits meaningless rows (200, or 200,000 x 100 where X has
  over 10,000,000 numbers), so that nobody is charged for what a library loads or compiles at its first call.
* **A read** is `X.sum()` by torch with the same threads, in the same rounds, in a process of its own; it is told only
  where X has over 64 MB, for a smaller one stays in the processor's cache.
* **Peak memory** is the kernel's high-water mark during the first fit over what was resident before it, with the data
  loaded; the share is of the bytes of X.
"""
CLIMB = (
    "Each contender runs at the loosest of a ladder of tolerances that ends at the lowest loss, or else\n  at the one "
    "that came nearest; every rung tried is listed at the end."
)
OR_ONE = ", or one where a trial with one was faster (it is said with the arguments),"
ONE_RUNG = "A quick run: each contender at one setting, the one that did best before, without a search."


def compact(problem: Found) -> str:
    """A few columns for a terminal."""
    rows = [("", "median", "x cutline", "lowest loss", "std. errors away")]
    for entry in problem["contenders"]:
        taken = median(entry)
        rows.append(
            (
                entry["title"],
                error(entry) if taken is None else duration(taken),
                ratio(entry, problem),
                reach(entry, problem["lowest"]),
                small_number(worst(entry, "decrement")),
            )
        )
    wide = [max(len(row[k]) for row in rows) for k in range(5)]
    lines = ["  ".join(cell.ljust(wide[k]) for k, cell in enumerate(row)).rstrip() for row in rows]
    return "\n".join([problem["title"], *(f"  {line}" for line in lines), *(f"  {said}" for said in verdict(problem))])


def page(results: Found) -> str:
    settings, machine = results["settings"], results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    script = "`make bench-quick`" if settings["quick"] else "`make bench`"
    lines = ["# Cutline beside its peers", ""]
    if settings["quick"] or settings["scale"] != 1:
        lines += [f"**Not the full sizes**: {settings['scale']:g} of the rows of the large problems.", ""]
    commit = f", commit {machine['commit']}" if machine["commit"] else ""
    lines += [
        f"Measured on {machine['date']}{commit}, on {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory']} GiB, {machine['system']} (load {machine['load']} at the start), "
        f"Python {machine['python']}: {versions}.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {problem['title']} | {verdict(problem)[0]} |" for problem in results["problems"]),
        "",
        HOW.format(
            script=script,
            rounds=settings["rounds"],
            limit=settings["limit"] if isinstance(settings["limit"], str) else f"{settings['limit']:g}",
            threads=f"{settings['threads']}" if settings["quick"] else f"{settings['threads']}{OR_ONE}",
            climb=ONE_RUNG if settings["quick"] else CLIMB,
        ),
    ]
    for regime, title in REGIMES.items():
        held = [problem for problem in results["problems"] if problem["regime"] == regime]
        if held:
            lines += [f"## {title}", ""] + ([NOTES[regime], ""] if regime in NOTES else [])
            lines += [_elsewhere(held), ""] if "machine" in held[0] else []
            for problem in held:
                lines += _problem(problem)
    if not settings["quick"]:
        lines += _ladders(results["problems"])
    return "\n".join(lines).rstrip() + "\n"


def _elsewhere(held: list[Found]) -> str:
    """Where problems on a GPU were measured."""

    def each(part: str, key: str) -> str:
        return " or ".join(dict.fromkeys(str(problem[part][key]) for problem in held))

    machine = held[0]["machine"]
    commands = " or ".join(
        dict.fromkeys(
            f"`python benchmarks/run.py {'--quick --scale 1 ' if problem['settings']['quick'] else ''}--only gpu`"
            for problem in held
        )
    )
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"Measured on {each('machine', 'date')}, commit {each('machine', 'commit')}, on {each('machine', 'gpu')}, "
        f"beside {machine['processor']}, {machine['cores']} cores, {machine['memory']} GiB, Python "
        f"{machine['python']}: {versions}; {each('settings', 'rounds')} rounds ({commands})."
    )


def _problem(problem: Found) -> list[str]:
    lines = [f"### {problem['title']}", "", *(f"{said}" for said in verdict(problem)), "", *_table(problem), ""]
    said = f"Seed {problem['seed']}; the lowest loss is {problem['lowest']:.10g} nats."
    if problem["regime"] != "small":
        said += (
            f" X is {problem['bytes'] / 1e6:.4g} MB; one read takes {duration(statistics.median(problem['reads']))}."
        )
    lines += [said, ""]
    for entry in problem["contenders"]:
        call = next((run["said"] for run in entry["runs"] if "said" in run), "")
        one = ", one thread" if problem["threads"] > 1 and entry["runs"][0]["threads"] == 1 else ""
        lines += [f"* {entry['title']}: {f'`{call}`{one}' if call else error(entry)}"]
    lines += [f"* {title} did not enter: {reason}." for title, reason in problem["absent"]]
    told = warned(problem)
    return lines + (["", "Warnings:", "", *(f"* {text}" for text in told)] if told else []) + [""]


def _table(problem: Found) -> list[str]:
    large = problem["regime"] != "small"
    head = ["", "median", "smallest to largest", "runs", "x cutline", "lowest loss", "gradient", "standard errors away"]
    head += ["again", "reads", "peak memory"] if large else []
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    for entry in problem["contenders"]:
        taken, again, peak = median(entry), median(entry, "again"), median(entry, "peak")
        seconds = [run["seconds"] for run in entry["runs"] if "seconds" in run]
        row = [
            entry["title"],
            error(entry) if taken is None else duration(taken),
            f"{duration(min(seconds))} to {duration(max(seconds))}" if len(seconds) > 1 else "–",
            str(len(seconds)),
            ratio(entry, problem),
            reach(entry, problem["lowest"]),
            small_number(worst(entry, "gradient")),
            small_number(worst(entry, "decrement")),
        ]
        if large:
            share = "–" if peak is None else f"{peak / 1e6:.0f} MB, {100 * peak / problem['bytes']:.0f}%"
            row += ["–" if again is None else duration(again), reads(taken, problem) or "–", share]
        lines.append(f"| {' | '.join(row)} |")
    return lines


def _ladders(problems: list[Found]) -> list[str]:
    """Every setting tried: one run each, before the rounds."""
    lines = ["## Every setting tried", "", "One run each, before the rounds. `above` is in nats.", ""]
    for problem in problems:
        lines += [f"{problem['title']}", "", "| | setting | seconds | above |", "|---|---|---:|---:|"]
        for entry in problem["contenders"]:
            for run in entry["tried"]:
                words = ", ".join(f"{key}={value!r}" for key, value in run["setting"].items())
                words = f"`{words}`" if words else "as it is"
                words += ", one thread" if run["threads"] < problem["threads"] else ""
                above = "–" if run.get("loss") is None else small_number(run["loss"] - problem["lowest"])
                taken = run["error"] if "error" in run else duration(run["seconds"])
                lines.append(f"| {entry['title']} | {words} | {taken} | {above} |")
        lines.append("")
    return lines
