"""Numbers to words: what a problem's measurements say, sentence by sentence, whoever wins."""

from __future__ import annotations

import re
import statistics
from typing import Any

Found = dict[str, Any]
CACHE = 64e6  # bytes


def duration(seconds: float) -> str:
    if seconds < 0.9995:  # which three digits do not round to a thousand
        return f"{1000 * seconds:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def small_number(value: float | None) -> str:
    return "–" if value is None else "0" if value == 0 else f"{value:.1e}"


def error(entry: Found) -> str:
    """Why there is no answer, or nothing."""
    return next((run["error"] for run in entry["runs"] if "error" in run), "")


def median(entry: Found, key: str = "seconds") -> float | None:
    held = [run[key] for run in entry["runs"] if run.get(key) is not None]
    return statistics.median(held) if held else None


def worst(entry: Found, key: str) -> float | None:
    """The largest of the runs'; None where one of them has none."""
    held = [run.get(key) for run in entry["runs"]]
    return max(held) if held and None not in held else None


def reach(entry: Found, lowest: float) -> str:
    """How the loss compares with the lowest found."""
    if error(entry):
        return "no answer"
    loss = worst(entry, "loss")
    if loss is None:
        return "not finite"
    return "yes" if entry["reached"] else f"{loss - lowest:.2g} nats above"


def ratio(entry: Found, problem: Found) -> str:
    """How many times as long as cutline."""
    own, taken = median(_cutline(problem)), median(entry)
    return "–" if own is None or taken is None else f"{taken / own:.2g}" if taken < 100 * own else f"{taken / own:.0f}"


def reads(seconds: float | None, problem: Found) -> str:
    """How many reads of X take as long; nothing for an X that the processor's cache holds."""
    if seconds is None or not problem["reads"] or problem["bytes"] < CACHE:
        return ""
    return f"{seconds / statistics.median(problem['reads']):.3g}"


def verdict(problem: Found) -> list[str]:
    """Who is fastest among those at the lowest loss, by what ratio; who was faster but short; who did not end."""
    entries, own = problem["contenders"], _cutline(problem)
    done = [entry for entry in entries if entry["reached"] and not error(entry)]
    peers = sorted((entry for entry in done if not entry["name"].startswith("cutline")), key=median)
    said = list[str]()
    if own not in done:
        said.append(f"**cutline does not reach the lowest loss**: {error(own) or reach(own, problem['lowest'])}.")
        if peers:
            said.append(f"The fastest that does is {peers[0]['title']}, in {duration(median(peers[0]))}.")
    elif not peers:
        said.append(f"Only cutline reaches the lowest loss, in {duration(median(own))}.")
    else:
        said.append(_against(own, peers[0]))
        said += [_brief(entry, peers[0]) for entry in done if entry["name"] == "cutline-brief"]
    bar = min((median(entry) for entry in done), default=0.0)
    short = [
        f"{entry['title']} ({duration(median(entry))}, {reach(entry, problem['lowest'])})"
        for entry in entries
        if entry not in done and not error(entry) and median(entry) < bar
    ]
    if short:
        said.append(f"Faster, but short of the lowest loss: {'; '.join(short)}.")
    ended = [f"{entry['title']} ({error(entry)})" for entry in entries if error(entry) and entry is not own]
    if ended:
        said.append(f"Without an answer: {'; '.join(ended)}.")
    return said + _passes(own, problem)


def _cutline(problem: Found) -> Found:
    """The first of its entries: on a GPU, where X lies there already if it can."""
    return next(entry for entry in problem["contenders"] if entry["name"].startswith("cutline"))


def _against(own: Found, peer: Found) -> str:
    """One sentence on cutline and the fastest peer at the same loss; where their ranges overlap, nobody wins."""
    mine, other = (sorted(run["seconds"] for run in entry["runs"]) for entry in (own, peer))
    a, b = median(own), median(peer)
    both = f"{duration(a)} against {duration(b)}"
    if mine[-1] < other[0]:
        return f"cutline is the fastest to the lowest loss, {b / a:.2g} times as fast as {peer['title']}: {both}."
    if other[-1] < mine[0]:
        return (
            f"**{peer['title']} wins**: {duration(b)} to the lowest loss, where cutline takes {duration(a)}, "
            f"{a / b:.2g} times as long."
        )
    return f"Nobody wins: the ranges of cutline and {peer['title']} overlap, medians {both}."


def _brief(entry: Found, peer: Found) -> str:
    """The same at a tolerance like that peer's, and how far from the optimum both end, where that is computed."""
    a, b = median(entry), median(peer)
    said = f"{entry['title']}: {b / a:.2g} times as fast, {duration(a)}"
    far = [worst(each, "decrement") for each in (entry, peer)]
    if None in far:
        return said + "."
    return f"{said}; the two end {small_number(far[0])} and {small_number(far[1])} standard errors from the optimum."


def _passes(own: Found, problem: Found) -> list[str]:
    if error(own):
        return []
    said, passes = "", median(own, "passes")
    if passes is not None:
        said = f"cutline spent {passes:.0f} passes"
        if told := reads(median(own), problem):
            said += f", the time of {told} reads"
    held = own["runs"][-1].get("certificate") or {}
    if said and held.get("decrement") is not None:
        said += f"; its certificate: a decrement of {held['decrement']:.1g}"
        if held.get("bound") is not None:
            kind = f" ({held['bound_kind']})" if held.get("bound_kind") else ""
            said += f", the loss at most {held['bound']:.1g} above its minimum{kind}"
    return [said + "."] if said else []


def warned(problem: Found) -> list[str]:
    """What each contender warned of; warnings that differ in numbers only are told once."""
    told = []
    for entry in problem["contenders"]:
        seen = dict[str, str]()
        for run in entry["runs"]:
            for text in run.get("warnings", []):
                seen.setdefault(re.sub(r"\d[\d.e+-]*", "#", text), text)
        told += [f"{entry['title']}: {text[:200]}{'…' * (len(text) > 200)}" for text in seen.values()]
    return told
