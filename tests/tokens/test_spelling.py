"""The spelling of unknown words: a naive model beside, and probabilities that sum to 1 over all words."""

import itertools
import math
import time
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import InputError, InputTypeError
from nextword.tokens.spelling import DISCOUNT, ORDER, SCALAR_VALUES, build_speller
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary

START, END, UNSEEN = "<", ">", "?"
WORDS = st.lists(st.text("ab茶", min_size=1, max_size=6), max_size=8, unique=True)


def speller_of(words):
    return build_speller(Vocabulary((*SPECIAL_TOKENS, *words)))


class Naive:
    """Interpolated Kneser-Ney from dicts of lists, one character at a time."""

    def __init__(self, words):
        self.alphabet = sorted({character for word in words for character in word})
        grams = {order: Counter() for order in range(1, ORDER + 1)}
        for word in words:
            marked = START + word + END
            for order in grams:
                for end in range(order, len(marked) + 1):
                    grams[order][marked[end - order : end]] += 1
        self.followers = defaultdict(dict)
        for order in range(1, ORDER + 1):
            for gram, count in grams[order].items():
                if gram != START:
                    longer = grams.get(order + 1, ())
                    before = sum(other[1:] == gram for other in longer)
                    self.followers[gram[:-1]][gram[-1]] = count if order == ORDER or gram[0] == START else before
        self.followers[""][END] = self.followers[""].get(END, 0) + 1

    def next(self, context):
        """Return the probabilities of END, each known character, and all others together."""
        signs = (END, *self.alphabet, UNSEEN)
        if context:
            shorter = self.next(context[1:])
            if context not in self.followers:
                return shorter
        else:
            shorter = {sign: float(sign == UNSEEN) for sign in signs}
        counts = self.followers[context]
        total = sum(counts.values())
        left = DISCOUNT * len(counts) / total
        return {sign: max(counts.get(sign, 0) - DISCOUNT, 0.0) / total + left * shorter[sign] for sign in signs}

    def conditional(self, before):
        """Return the same after the beginning of a word, which no word ends with."""
        context = (START + before)[-(ORDER - 1) :]
        if UNSEEN in context:
            context = context[context.rindex(UNSEEN) + 1 :]
        probabilities = self.next(context)
        if not before:
            no_end = 1.0 - probabilities[END]
            probabilities = {sign: value / no_end for sign, value in probabilities.items()} | {END: 0.0}
        return probabilities

    def log_probability(self, word):
        log = 0.0
        shown = "".join(character if character in self.alphabet else UNSEEN for character in word)
        for position, sign in enumerate(shown + END):
            log += math.log(self.conditional(shown[:position])[sign])
            log -= math.log(SCALAR_VALUES - len(self.alphabet)) if sign == UNSEEN else 0.0
        return log


@settings(deadline=None, max_examples=60)
@given(words=WORDS, asked=st.lists(st.text("ab茶xy😀", min_size=1, max_size=9), max_size=4))
def test_it_is_interpolated_kneser_ney(words, asked):
    speller, naive = speller_of(words), Naive(words)
    asked = [*words, *asked, "a" * 300]
    for word in asked:
        assert speller.log_probability(word) == pytest.approx(naive.log_probability(word), rel=1e-9)
    one_by_one = [speller.log_probability(word) for word in asked]
    np.testing.assert_allclose(speller.log_probabilities(iter(asked)), one_by_one, rtol=1e-12)
    assert speller.log_probabilities([]).shape == (0,)


@settings(deadline=None, max_examples=30)
@given(words=WORDS, before=st.text("ab茶?", max_size=5))
def test_after_any_beginning_all_that_can_follow_sums_to_1(words, before):
    probabilities = Naive(words).conditional(before)
    assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    assert probabilities[END] > 0.0 or not before  # so no word goes on for ever


@pytest.mark.parametrize("words", [("ab", "abb", "ba"), ("a",), ("ab", "b", "bbbbb"), ()])
def test_the_probabilities_of_all_words_sum_to_1(words):
    speller = speller_of(words)
    alphabet = {character for word in words for character in word}
    others = SCALAR_VALUES - len(alphabet)
    sums = []
    for length in range(1, 9):
        # Characters that no word has are alike: one stands for all.
        spelt = itertools.product((*alphabet, "x"), repeat=length)
        sums.append(
            sum(math.exp(speller.log_probability("".join(word)) + word.count("x") * math.log(others)) for word in spelt)
        )
    total = sum(sums)
    assert 0.75 < total < 1.0
    # Of what is not yet over, the greatest share goes on from one length to the next.
    goes_on = 1.0 - min(
        Naive(words).conditional("".join(before))[END]
        for length in range(1, ORDER + 1)
        for before in itertools.product((*alphabet, UNSEEN), repeat=length)
    )
    assert 1.0 - total <= goes_on ** len(sums) + 1e-9


def test_familiar_spellings_cost_less():
    words = [
        f"{stem}{ending}" for stem in ("walk", "talk", "play", "look", "help") for ending in ("", "s", "ed", "ing")
    ]
    speller = speller_of(words)
    costs = [-speller.log_probability(word) for word in ("talking", "stalked", "walkin茶", "gnikwal")]
    assert costs == sorted(costs)
    # A character that no word has costs the code over all of Unicode, 20 bits, and the surprise that there is one.
    assert 20 < -speller.log_probability("茶") / math.log(2) < 30
    assert speller.log_probability("茶") == speller.log_probability("😀")


@settings(deadline=None)
@given(word=st.text(min_size=1, max_size=80))
def test_any_word_has_a_probability(word):
    log = speller_of(["tea", "苹果"]).log_probability(word)
    assert math.isfinite(log)
    assert log < 0.0


def test_words_of_one_character():
    # As at level "char".
    speller = speller_of("abc茶，")
    assert speller.log_probability("a") == speller.log_probability("茶") > speller.log_probability("水")
    assert speller.log_probability("水") > speller.log_probability("水水")


def test_surrogates_are_what_cleaning_makes_of_them():
    for speller in (speller_of(["a\ufffd"]), speller_of(["a\udc00"]), speller_of(["tea"])):
        assert speller.log_probability("a\ud800") == speller.log_probability("a\ufffd")


def test_role_tokens_are_no_words():
    marked = Vocabulary((*SPECIAL_TOKENS, "<user>", "tea"), roles=("<user>",))
    assert build_speller(marked).log_probability("users") == speller_of(["tea"]).log_probability("users")


def test_it_is_frozen_and_made_once():
    vocabulary = Vocabulary((*SPECIAL_TOKENS, "tea", "milk"))
    speller = build_speller(vocabulary)
    assert build_speller(vocabulary) is speller
    assert not speller.alphabet.flags.writeable
    assert not any(array.flags.writeable for array in (*speller.keys, *speller.shares, *speller.backoffs))
    for word in ("tea", "milky"):
        assert speller_of(["milk", "tea"]).log_probability(word) == pytest.approx(speller.log_probability(word))


def test_time_grows_with_the_words():
    generator = np.random.default_rng(0)

    def seconds(number):
        letters = generator.integers(97, 123, (number, 7)).astype(np.uint8)
        words = sorted({row.tobytes().decode() for row in letters})
        vocabulary = Vocabulary((*SPECIAL_TOKENS, *words))
        start = time.perf_counter()
        build_speller(vocabulary)
        return time.perf_counter() - start

    seconds(1_000)
    few, many = (min(seconds(number) for _ in range(3)) for number in (10_000, 40_000))
    assert many < 12 * few


def test_what_is_no_word_is_refused():
    speller = speller_of(["tea"])
    with refuses(InputError, "word-empty"):
        speller.log_probability("")
    with refuses(InputError, "word-empty"):
        speller.log_probabilities(["tea", ""])
    with refuses(InputTypeError, "text-not-str", argument="word"):
        speller.log_probability(b"tea")
