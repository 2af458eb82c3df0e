"""The limits of files, at and behind each; that saving and loading keep to them is in tests/bundle/test_limits.py."""

import pytest
from refusals import refuses

from nextword.errors import InputError
from nextword.files.limits import LIMITS, check_limit
from nextword.files.word_checks import check_blocked, check_words


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_the_most_there_may_be(name: str) -> None:
    most = LIMITS[name]
    check_limit(name, most)
    with refuses(InputError, "over-limit", limit=name, found=most + 1, most=most) as caught:
        check_limit(name, most + 1)
    assert f"{most + 1:,}" in str(caught.value)


def test_limits_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        LIMITS["notes"] = 1  # type: ignore[index]


@pytest.mark.parametrize("bad", ["a\nb", "\x00", "\x1b[31m", "\u202eabc", "\ud800", "\x7f"])
def test_control_characters_are_told(bad: str) -> None:
    for check in (check_words, check_blocked):
        check(["tea", "苹果", "🍵", "don't"])
        with refuses(InputError, "control-characters", word=bad):
            check(["tea", bad])


def test_blocked_words_keep_to_their_limits() -> None:
    check_blocked([])
    longest = "长" * LIMITS["blocked_characters"]
    check_blocked([longest])
    with refuses(InputError, "over-limit", limit="blocked_characters", found=len(longest) + 1):
        check_blocked([longest + "长"])
    check_blocked(["a"] * LIMITS["blocked"])
    with refuses(InputError, "over-limit", limit="blocked", found=LIMITS["blocked"] + 1):
        check_blocked(["a"] * (LIMITS["blocked"] + 1))
    most_bytes = LIMITS["blocked_bytes"]
    lines = most_bytes // (LIMITS["blocked_characters"] * 2)  # of signs of two bytes
    many = ["é" * LIMITS["blocked_characters"]] * lines
    check_blocked(many)
    with refuses(InputError, "over-limit", limit="blocked_bytes", found=most_bytes + 1):
        check_blocked([*many, "a"])
