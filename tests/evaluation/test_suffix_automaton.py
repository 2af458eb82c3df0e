"""The suffix automaton: the longest runs by hand, and as a comparison of all places finds them."""

from hypothesis import given, settings, strategies as st

from nextword.evaluation.suffix_automaton import SuffixAutomaton

TOKENS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=25)
TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=10), max_size=4)


def test_by_hand():
    copies = SuffixAutomaton(["a", "b", "a", "", "b", "x"]).longest_copies([["c", "a", "b"], ["a", "a"], []])
    assert copies.lengths == [1, 2, 3, 0, 1, 0]
    assert copies.ends[1:3] == [2, 3]  # c is at 0, and a run may go on in the next text
    assert copies.text_starts == [0, 3, 5]


def test_without_tokens_or_texts():
    assert SuffixAutomaton([]).longest_copies([["a"]]).lengths == []
    copies = SuffixAutomaton(["a", "b"]).longest_copies([])
    assert (copies.lengths, copies.text_starts) == ([0, 0], [])


@settings(deadline=None, max_examples=60)
@given(TOKENS, TEXTS)
def test_as_a_comparison_of_all_places(tokens, texts):
    stream = [token for text in texts for token in text]
    copies = SuffixAutomaton(tokens).longest_copies(iter(texts))
    runs = {tuple(stream[start:stop]) for start in range(len(stream)) for stop in range(start + 1, len(stream) + 1)}
    for end, (length, stream_end) in enumerate(zip(copies.lengths, copies.ends, strict=True)):
        expected = 0
        while expected <= end and tuple(tokens[end - expected : end + 1]) in runs:
            expected += 1
        assert length == expected
        assert not length or stream[stream_end + 1 - length : stream_end + 1] == tokens[end + 1 - length : end + 1]
