"""Blocked words cannot come out, whichever way."""

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.sampling import draw
from nextword.prediction.shaping import unshaped
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer


@pytest.fixture(scope="module")
def lm(build_tiny_runtime):
    # Cut at spaces, so that 苹, 果 and 果汁 are words beside 苹果.
    words = "apple Apple APPLE ＡＰＰＬＥ pie 苹果 苹 果 果汁 苹果汁 我 吃 汁 class classic .".split()
    vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words))
    return LanguageModel(nw.Tokenizer(vocabulary), build_tiny_runtime(len(vocabulary)))


def forced(lm, words):
    """Return the model with the logits of words forced up."""
    weights = {name: np.array(array) for name, array in lm.runtime.weights.items()}
    for word in words:
        weights["logits/bias"][lm.vocabulary.ids[word]] = 1e4
    return LanguageModel(lm.tokenizer, LSTMRuntime(lm.runtime.config, weights))


APPLES = ("apple", "Apple", "APPLE", "ＡＰＰＬＥ")


@pytest.mark.parametrize("given", APPLES)
def test_variants_are_blocked_everywhere(lm, given):
    strong = forced(lm, APPLES)
    assert nw.predict_next_word(strong, "我")[0].word in APPLES
    blocked = nw.block(strong, [given])
    for context in ("", "apple", "我吃"):
        assert not set(APPLES) & {word for word, _ in nw.predict_next_word(blocked, context, 99)}
        probabilities = nw.next_word_probabilities(blocked, context)
        assert probabilities.sum() == pytest.approx(1.0)
        assert {probabilities[lm.vocabulary.ids[word]] for word in APPLES} == {0.0}
        assert nw.word_probability(blocked, context, "apple") == 0.0
    assert not set(APPLES) & {word for word, _ in nw.predict_next_words(blocked, ["", "我"], 99)[1]}
    assert nw.complete_word(blocked, "app") == nw.complete_word(blocked, "", "Ａ") == ()
    assert nw.complete_word(blocked, "", "AP") == ()
    session = nw.start_session(blocked, "apple")
    assert not set(APPLES) & {word for word, _ in session.advance("pie").predict(99)}
    assert nw.rank_candidates(blocked, "", ["apple", "pie"])[-1] == ("apple", 0.0)


def test_draws_and_generated_text_show_none(lm):
    blocked = nw.block(forced(lm, APPLES), ["apple"])
    logs = blocked.runtime.log_probabilities(nw.start_session(blocked, "我").state)[0].astype(np.float64)
    generator = np.random.default_rng(0)
    drawn = {draw(logs, generator) for _ in range(20_000)}
    assert not {lm.vocabulary[token_id] for token_id in drawn} & set(APPLES)
    config = nw.GenerationConfig(temperature=3.0, stop_at="never", max_words=500)
    made = set(nw.generate_words(blocked, "apple", config))
    assert made == {*lm.vocabulary[3:], "\n"} - set(APPLES)  # at this temperature every other word comes


def test_chinese_does_not_come_out_in_parts(lm):
    strong = forced(lm, ["果", "果汁"])
    blocked = nw.block(strong, ["苹果"])
    assert nw.predict_next_word(strong, "苹", 1)[0].word in ("果", "果汁")
    assert not {"果", "果汁"} & {word for word, _ in nw.predict_next_word(blocked, "苹", 99)}
    assert {"果", "果汁"} & {word for word, _ in nw.predict_next_word(blocked, "我", 99)}
    config = nw.GenerationConfig(stop_at="never", max_words=1_000, temperature=2.0)
    made = nw.generate(nw.block(forced(lm, ["苹", "果"]), ["苹果", "苹果汁"]), "", config)
    assert "苹" in made
    assert "苹果" not in made


def test_three_parts(lm):
    blocked = nw.block(forced(lm, ["我", "吃", "汁"]), ["我吃汁"])
    made = nw.generate(blocked, "", nw.GenerationConfig(stop_at="never", max_words=1_000))
    assert "我吃" in made
    assert "我吃汁" not in made


def test_longer_words_stay(lm):
    words = {word for word, _ in nw.predict_next_word(nw.block(lm, ["class", "苹果"]), "", 99)}
    assert {"classic", "苹果汁"} <= words
    assert not {"class", "苹果"} & words


def test_characters(build_tiny_runtime):
    tokenizer = build_tokenizer(["I like apple pie"], TokenizerConfig(level="char"))
    lm = forced(LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary))), list("pie"))
    config = nw.GenerationConfig(stop_at="never", max_words=1_000)
    assert "pie" in nw.generate(lm, "", config)
    assert "pie" not in nw.generate(nw.block(lm, ["Pie"]), "", config).lower()


def test_batches_are_as_one_by_one(lm):
    blocked = nw.block(lm, ["苹果"])
    texts = ["苹", "我", "", "我吃苹"]
    for text, predictions in zip(texts, nw.predict_next_words(blocked, texts, 99), strict=True):
        alone = dict(nw.predict_next_word(blocked, text, 99))
        assert dict(predictions) == pytest.approx(alone, abs=1e-5)


def test_blocking_twice_adds_up_and_changes_nothing_else(lm):
    before = nw.next_word_probabilities(lm, "我")
    once = nw.block(lm, ["apple"])
    twice = nw.block(once, ["pie"])
    assert {word for word, _ in nw.predict_next_word(once, "", 99)} - {
        word for word, _ in nw.predict_next_word(twice, "", 99)
    } == {"pie"}
    np.testing.assert_array_equal(nw.next_word_probabilities(lm, "我"), before)
    np.testing.assert_allclose(nw.next_word_probabilities(nw.block(lm, []), "我"), before, rtol=1e-5)


def test_everything_blocked(lm):
    blocked = nw.block(lm, lm.vocabulary[3:])
    assert nw.predict_next_word(blocked, "我") == ()
    assert nw.next_word_probabilities(blocked, "我")[:3].sum() == pytest.approx(1.0)
    assert set(nw.generate_words(blocked, "", nw.GenerationConfig(stop_at="never"))) == {"\n"}


def test_a_bundle_keeps_it(lm, tmp_path):
    blocked = nw.block(lm, ["apple", "苹果"])
    nw.save(blocked, tmp_path / "blocked.nextword")
    loaded = nw.load(tmp_path / "blocked.nextword")
    for context in ("", "苹", "我"):
        np.testing.assert_array_equal(
            nw.next_word_probabilities(loaded, context), nw.next_word_probabilities(blocked, context)
        )
    nw.save(loaded, tmp_path / "again.nextword")
    assert (tmp_path / "again.nextword").read_bytes() == (tmp_path / "blocked.nextword").read_bytes()


def test_lines_of_a_file_are_words(lm, tmp_path):
    # As `open` yields them, and with what an editor leaves behind.
    blocked = nw.block(lm, ["apple\n", "\t苹果\u2028", " APPLE \r\n"])
    assert unshaped(blocked.runtime)[1].blocked == ("apple", "苹果")
    assert nw.word_probability(blocked, "", "apple") == 0.0
    nw.save(blocked, tmp_path / "blocked.nextword")
    assert unshaped(nw.load(tmp_path / "blocked.nextword").runtime)[1].blocked == ("apple", "苹果")


def test_what_is_no_word_is_refused(lm):
    for words, code in (("apple", "single-text"), ([3], "text-not-str")):
        with refuses(nw.InputTypeError, code, argument="words"):
            nw.block(lm, words)
    for words, tokens in {("",): (), ("\n",): (), ("pie", "apple pie"): ("apple", "pie")}.items():
        with refuses(nw.InputError, "not-one-word", word=words[-1], tokens=tokens):
            nw.block(lm, words)
