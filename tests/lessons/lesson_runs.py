"""Running a lesson without a browser: `run(3, ball=0.74)` sets what sliders would, and gives every name the lesson defines."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

from cutline.lessons import stage
from cutline.lessons.contents import LESSONS, Lang

Run = Callable[..., Mapping[str, Any]]
T = TypeVar("T")


def to_its_end(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: where a browser is being driven, this one has a loop that runs already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@lru_cache(maxsize=6)
def load(number: int) -> Any:
    """The lesson's notebook as a module."""
    path = LESSONS[number - 1].path
    spec = importlib.util.spec_from_file_location(f"lesson_{number}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_lesson(number: int, lang: Lang = "ko", **values: Any) -> Mapping[str, Any]:
    """Run a lesson in `lang`, with the named values in place of what its sliders say."""
    module = load(number)
    for memory in ("passed", "perfect"):  # of a visit; here each run is one
        getattr(module, memory, set()).clear()
    outputs, names = module.app.run(defs={"lang": lang, "say": stage.teller(lang)} | values)
    text = "".join(output.text for output in outputs if hasattr(output, "text"))
    return {**names, "page": text, "passed": set(module.passed)}
