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
        ("flags\nno colon here\nFeatures\n", False),
        ("flags\nflags : avx512_bf16", True),
        ("flags of old : avx512_bf16", False),
    ],
)
def test_bfloat16(tmp_path, described, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(described, encoding="utf-8")
    assert multiplies_bfloat16(path) is expected


def test_elsewhere_nothing_is_known(tmp_path):
    assert multiplies_bfloat16(tmp_path / "absent") is False


def test_what_is_not_utf_8_does_not_hide_the_flags(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_bytes(b"model name : \xff\xfe caf\xe9\nflags : fpu avx512_bf16 \xff\n")
    assert multiplies_bfloat16(path) is True


def test_a_folder_tells_nothing(tmp_path):
    assert multiplies_bfloat16(tmp_path) is False
