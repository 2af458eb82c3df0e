"""The index of prefixes finds what a scan of all words finds, without scanning them."""

import time

from hypothesis import given, settings, strategies as st

from nextword.tokens.forms import comparison_forms
from nextword.tokens.prefixes import build_form_index, build_prefix_index


@settings(deadline=None, max_examples=60)
@given(
    st.sets(st.text("abＡ我\U0010ffff", max_size=5), max_size=30),
    st.text("abＡ我\U0010ffff", max_size=3),
)
def test_the_index_finds_what_a_scan_finds(words, prefix):
    index = build_prefix_index((word, i) for i, word in enumerate(sorted(words)))
    assert index.find(prefix).tolist() == [i for i, word in enumerate(sorted(words)) if word.startswith(prefix)]


def test_words_of_one_form_stand_together():
    words = ("tea", "don’t", "TEA", "\ufe0f", "ｔｅａ", "DON'T", "\u200b")
    index = build_form_index(comparison_forms(words), first=3)
    assert index.ids == {"tea": 3, "don't": 4, "\ufe0f": 6}
    assert index.more == {"tea": [3, 5, 7], "don't": [4, 8]}


def test_looking_up_a_prefix_does_not_scan_the_vocabulary():
    def seconds(size):
        index = build_prefix_index((f"w{number:06d}", number) for number in range(size))
        prefixes = [f"w0000{number}" for number in range(10)]  # ten matches each, whatever the size
        runs = []
        for _ in range(20):
            start = time.process_time()
            for prefix in prefixes * 20:
                assert len(index.find(prefix)) == 10
            runs.append(time.process_time() - start)
        return min(runs)

    assert seconds(80_000) < 3.0 * seconds(4_000)  # a scan would take 20 times as long
