"""Marks of emphasis go from the edges of words and stay inside them."""

import pytest

from nextword.corpus.emphasis import without_emphasis


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_not_", "not"),
        ("It was _not at all_ so.", "It was not at all so."),
        ("“_Yes!_” (_sic_) _Titanic_’s, _one_--_two_", "“Yes!” (sic) Titanic’s, one--two"),
        ("*bold* and =bold=", "bold and bold"),
        ("__init__ snake_case _ a_b_c _private foo_", "__init__ snake_case _ a_b_c private foo"),
        ("* * *", "* * *"),
        ("2*3*4, 2 * 3 * 4, a = b = c, a=b=c, x == y", "2*3*4, 2 * 3 * 4, a = b = c, a=b=c, x == y"),
        ("a footnote* and another*", "a footnote* and another*"),
        ("____ blank ____", "____ blank ____"),
        ("_1_ *2*", "_1_ *2*"),
        ("_我喜欢茶_。", "我喜欢茶。"),
    ],
)
def test_pairs_at_edges_go(text: str, expected: str) -> None:
    assert without_emphasis(text) == expected
    assert without_emphasis(expected) == expected


def test_many_marks_that_never_close_take_linear_time() -> None:
    text = "_a " * 100_000
    assert without_emphasis(text) == text
