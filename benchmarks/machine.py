"""Where and with what it ran."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("cutline", "torch", "numpy", "scipy", "scikit-learn", "glum", "tabmat", "statsmodels", "pandas")


def machine() -> dict[str, Any]:
    """Processor, cores this process may use, memory, GPU, system, load when asked, versions, commit, date."""
    return {
        "date": date.today().isoformat(),
        "processor": _line("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory": round(int(_line("/proc/meminfo", r"MemTotal:\s+(\d+) kB") or 0) / 2**20),
        "gpu": _gpu(),
        "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "commit": _commit(),
    }


def _gpu() -> str:
    """The first GPU and its driver; nothing where there is none that CUDA knows."""
    ask = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        found = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip().splitlines()
    except (OSError, subprocess.CalledProcessError):
        return ""
    name, memory, driver = (part.strip() for part in found[0].split(",")) if found else ("", "", "")
    return f"{name}, {memory}, driver {driver}" if name else ""


def _line(path: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text())
    except OSError:
        return ""
    return found[1].strip() if found else ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _commit() -> str:
    """The commit, and whether src/ differs from it."""
    try:
        root = Path(__file__).parent.parent
        ask = ["git", "-C", str(root)]
        commit = subprocess.run([*ask, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*ask, "status", "--porcelain", "src"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit.stdout.strip() + (", with changes in src/" if changed.stdout.strip() else "")
