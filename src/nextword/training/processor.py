"""What the processor can do: whether it multiplies bfloat16 numbers in hardware."""

from pathlib import Path


def multiplies_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether bfloat16 products are faster here than float32 ones; False where that cannot be told.

    Args:
        cpuinfo: Where Linux describes its processors.
    """
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    # x86 and ARM name them so.
    flags = {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.split(":")[1].split()}
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"})
