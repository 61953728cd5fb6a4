"""Times how long a watched loop waits for its DataLoader."""

from __future__ import annotations

import time
from typing import Any

from torch.utils.data import DataLoader, dataloader

from cutline.doctor.data import temporary_workers
from cutline.doctor.diary import Diary

MOST = 64


class Timed:
    """While it stands, every DataLoader writes its waits into the diary; `remove` ends it, as a hook's handle does.

    DataLoader has no hooks, so its two methods are exchanged for timed ones, and put back.
    """

    def __init__(self, diary: Diary) -> None:
        self._methods: list[tuple[type, str, Any]] = []
        began: list[float] = []

        def opened(theirs: Any) -> Any:
            def timed(loader: Any) -> Any:
                began[:] = [time.perf_counter()]
                diary.workers = max(diary.workers, temporary_workers(loader))
                return theirs(loader)

            return timed

        def fetched(theirs: Any) -> Any:
            def timed(iterator: Any) -> Any:
                start = time.perf_counter()
                batch = theirs(iterator)
                now = time.perf_counter()
                diary.fetched += 1
                diary.arrived = now
                if began:
                    diary.starts.append(now - began.pop())
                if len(diary.waits) < MOST:
                    diary.waits.append(now - start)
                return batch

            return timed

        self._exchange(DataLoader, "__iter__", opened)
        self._exchange(getattr(dataloader, "_BaseDataLoaderIter", None), "__next__", fetched)

    def _exchange(self, home: Any, name: str, wrap: Any) -> None:
        if home is not None:
            theirs = getattr(home, name)
            setattr(home, name, wrap(theirs))
            self._methods.append((home, name, theirs))

    def remove(self) -> None:
        while self._methods:
            setattr(*self._methods.pop())
