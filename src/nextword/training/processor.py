"""What the processor can do: whether it multiplies bfloat16 numbers in hardware.

Input: the file in which Linux describes its processors. Output: yes or no.
"""

from pathlib import Path

# As x86 and ARM name them.
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def multiplies_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether bfloat16 products are faster here than float32 ones; False where that cannot be told.

    Args:
        cpuinfo: Where Linux describes its processors.
    """
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    for line in text.splitlines():
        name, _, values = line.partition(":")
        if name.strip() in ("flags", "Features") and not BFLOAT16_FLAGS.isdisjoint(values.split()):
            return True
    return False
