"""What every benchmark prints first: the machine, the versions and the seed."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("nextword", "numpy", "tensorflow", "keras", "jax", "rjieba", "torch", "kenlm")


def describe(seed: int) -> str:
    """Return one line about machine, versions and seed."""
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor()}, {cores} cores, Python {platform.python_version()}; {', '.join(found)}; seed {seed}"


def peak_megabytes() -> float:
    """Return the largest resident memory of this process so far, in MB (10^6 bytes); Linux only.

    Not `getrusage`, whose figure a new process inherits from the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
