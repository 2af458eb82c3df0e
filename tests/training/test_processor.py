"""What Linux says of its processors."""

import pytest

from nextword.training.processor import multiplies_bfloat16


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ("model name\t: X\nflags\t\t: fpu avx512f avx512_bf16\n", True),
        ("flags : fpu amx_bf16", True),
        ("Features : fp asimd bf16", True),
        ("flags : fpu avx512f", False),
        ("model name : avx512_bf16", False),
        ("", False),
    ],
)
def test_bfloat16(tmp_path, described, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(described, encoding="utf-8")
    assert multiplies_bfloat16(path) is expected


def test_elsewhere_nothing_is_known(tmp_path):
    assert multiplies_bfloat16(tmp_path / "absent") is False
