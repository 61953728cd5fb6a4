"""One problem, measured: who needs which setting, then turns, then what each answer is worth."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from contenders import Contender
from problems import Problem, write
from roster import roster
from running import OverError, Runner

SLOW, AGAIN = 30.0, 15.0
Found = dict[str, Any]


def within(loss: float | None, lowest: float) -> bool:
    """Is this loss the lowest one? Within 1e-9 of it, and 1e-9 nats."""
    return loss is not None and loss <= lowest + 1e-9 * abs(lowest) + 1e-9


class Trial:
    """One problem, measured."""

    def __init__(self, problem: Problem, runner: Runner, options: argparse.Namespace, said: str) -> None:
        self.problem, self.runner, self.options, self.said = problem, runner, options, said
        self.threads = 1 if problem.small else options.threads
        self.there = options.device if problem.regime == "gpu" else ""
        runner.line.say(f"{said}  drawing")
        self.folder = write(problem.data, options.scratch)
        self.enter, self.absent = roster(problem)
        self.tried: dict[str, list[Found]] = {contender.name: [] for contender in self.enter}
        self.runs: dict[str, list[Found]] = {contender.name: [] for contender in self.enter}
        self.reads: list[float] = []
        self.bytes = 0

    def measure(self, deadline: float) -> Found:
        if not self.options.quick:
            self.climb()
            self.one_thread()
        chosen = {contender.name: self.choice(contender) for contender in self.enter}
        slow = min(SLOW, self.options.limit / 3)
        for turn in range(self.options.rounds):
            start = time.monotonic()
            if not self.problem.small:
                self.read()
            k = turn % len(self.enter)
            for contender in self.enter[k:] + self.enter[:k]:  # nobody always follows the same
                setting, runs = chosen[contender.name], self.runs[contender.name]
                held = [found for found in self.tried[contender.name] if (found["rung"], found["threads"]) == setting]
                if held and ("error" in held[0] or held[0]["seconds"] > slow):
                    runs[:] = held
                elif not any("error" in found for found in runs):
                    runs.append(self.fit(contender, *setting, f"round {turn + 1} of {self.options.rounds}"))
            if 2 * time.monotonic() - start > deadline:
                break
        self.check([found for runs in self.runs.values() for found in runs if "loss" not in found])
        return self.result()

    def climb(self) -> None:
        waiting = {contender.name: contender.rungs(self.problem) for contender in self.enter}
        climbing = list(self.enter)
        while climbing:
            new = [self.fit(c, waiting[c.name].pop(0), self.threads, "which setting") for c in climbing]
            self.check(new)
            for contender, found in zip(climbing, new):
                self.tried[contender.name].append(found)
            climbing = [c for c in self.enter if waiting[c.name] and self.may_climb(self.tried[c.name])]

    def may_climb(self, tried: list[Found]) -> bool:
        return not tried[-1].get("over") and not any(within(found.get("loss"), self.lowest()) for found in tried)

    def lowest(self) -> float:
        found = [run["loss"] for runs in (*self.tried.values(), *self.runs.values()) for run in runs if "loss" in run]
        return min((loss for loss in found if loss is not None), default=float("inf"))

    def one_thread(self) -> None:
        """One run of each at the setting it chose, with one thread: BLAS threads that wait for each other can cost more
        than they bring, most of all beside other work."""
        if self.threads > 1 and not self.there:
            may = [c for c in self.enter if self.ended(c) or self.tried[c.name][-1].get("over")]
            new = {c.name: self.fit(c, self.choice(c)[0], 1, "one thread") for c in may}
            self.check(list(new.values()))
            for name, found in new.items():
                self.tried[name].append(found)

    def ended(self, contender: Contender) -> list[Found]:
        return [found for found in self.tried[contender.name] if found.get("loss") is not None]

    def choice(self, contender: Contender) -> tuple[int, int]:
        """Rung and threads: the loosest rung that came as low as any of this contender's, and the faster number."""
        if self.options.quick:
            return contender.best_known(self.problem), self.threads
        ended = self.ended(contender)
        if not ended:
            return self.tried[contender.name][0]["rung"], self.threads
        best = min(found["loss"] for found in ended)
        low = [found for found in ended if within(found["loss"], best)]
        loosest = [found for found in low if found["rung"] == low[0]["rung"]]
        # one fit each says little on a busy machine: the better of two in a process
        fastest = min(loosest, key=lambda found: min(found["seconds"], found.get("again") or found["seconds"]))
        return fastest["rung"], fastest["threads"]

    def fit(self, contender: Contender, rung: int, threads: int, said: str) -> Found:
        answer = self.options.scratch / f"answer-{self.runner.count}.npz"
        job = {
            "folder": str(self.folder),
            "contender": contender.name,
            "rung": rung,
            "C": self.problem.C,
            "there": self.there,
            "small": self.problem.small,
            "seconds": 0.3 if self.options.quick else 1.0,
            "again": AGAIN,
            "answer": str(answer),
        }
        try:
            found = self.runner.run("one.py", job, said=f"{self.said}  {said}  {contender.name}", threads=threads)
        except OverError as over:
            found = {"error": str(over), "over": True}
        except RuntimeError as error:
            found = {"error": str(error)}
        about = {"rung": rung, "threads": threads, "setting": contender.ladder[rung], "answer": str(answer)}
        return about | found

    def read(self) -> None:
        job = {"folder": str(self.folder), "contender": "read", "there": self.there}
        found = self.runner.run("one.py", job, said=f"{self.said}  one read", threads=self.threads, limit=600)
        self.reads.append(found["seconds"])
        self.bytes = found["bytes"]

    def check(self, found: list[Found]) -> None:
        """Adds loss, gradient and decrement to each run that has an answer, by check.py."""
        ended = [run for run in found if "error" not in run]
        if ended:
            job = {"folder": str(self.folder), "C": self.problem.C, "answers": [run["answer"] for run in ended]}
            worth = self.runner.run("check.py", job, said=f"{self.said}  checking", threads=self.threads, limit=3600)
            for run, value in zip(ended, worth):
                run |= value
                Path(run["answer"]).unlink()

    def result(self) -> Found:
        lowest = self.lowest()
        return {
            "name": self.problem.name,
            "regime": self.problem.regime,
            "title": self.problem.title.format(rows=self.problem.data.rows),
            "seed": self.problem.data.seed,
            "bytes": self.bytes,
            "threads": self.threads,
            "reads": self.reads,
            "lowest": lowest,
            "contenders": [
                {
                    "name": c.name,
                    "title": c.title,
                    "tried": self.tried[c.name],
                    "runs": self.runs[c.name],
                    "reached": all(within(run.get("loss"), lowest) for run in self.runs[c.name]),
                }
                for c in self.enter
            ],
            "absent": self.absent,
        }
