"""Blocked words cannot come out, whichever way."""

import re
import time

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.sampling import draw
from nextword.prediction.shaping import unshaped
from nextword.tokens.forms import comparison_form
from nextword.tokens.segmentation import segment_characters
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer
from nextword.tokens.words import split_words


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
    tokenizer = build_tokenizer(["I like apple pie, he-he"], TokenizerConfig(level="char"))
    lm = forced(LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary))), list("pi -"))
    config = nw.GenerationConfig(stop_at="never", max_words=2_000)
    assert "pi" in split_words(nw.generate(lm, "", config))
    words = split_words(nw.generate(nw.block(lm, ["Pi"]), "", config).rpartition(" ")[0])
    assert "pi" not in words
    assert {"pii", "ipi", "i", "p", "ip"} <= {*words}
    assert any(word.startswith("pi-") for word in words)


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
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeffapple\r\n\n\t苹果 \r\n APPLE \n,\n".encode())
    with path.open(encoding="utf-8") as lines:
        blocked = nw.block(lm, lines)
    assert unshaped(blocked.runtime)[1].blocked == (",", "apple", "苹果")
    assert unshaped(nw.block(lm, path.read_text("utf-8").split("\n")).runtime) == unshaped(blocked.runtime)
    assert nw.word_probability(blocked, "", "apple") == 0.0
    nw.save(blocked, tmp_path / "blocked.nextword")
    assert unshaped(nw.load(tmp_path / "blocked.nextword").runtime)[1].blocked == (",", "apple", "苹果")


def test_what_cannot_be_held_is_refused(lm):
    for words, code in (("apple", "single-text"), ([3], "text-not-str")):
        with refuses(nw.InputTypeError, code, argument="words"):
            nw.block(lm, words)
    for words, tokens in {
        ("",): (),
        ("\n", "\u200b"): (),
        ("pie", "apple\npie"): ("apple", "\n", "pie"),
        ("pie", "", "a\u2028b\n"): ("a", "\n", "b"),
    }.items():
        entry = words[-1] if tokens else words[0]
        with refuses(nw.InputError, "not-one-word", word=entry, tokens=tokens, position=words.index(entry)):
            nw.block(lm, words)
    with refuses(nw.InputError, "blocked-too-long", word="a b " * 70, position=1, characters=279):
        nw.block(lm, ["a b " * 64, "a b " * 70])


# What each entry forbids after a text, of the words of `PHRASES`.
PHRASES = """I shut up upstairs ! ! T XT 恤 恤衫 卡 拉 卡拉 OK OKAY 95 后 后天 : ) # tag @ name C + class classic ;
苹 果 苹果 果汁 苹果汁 ❤ ❤\ufe0f 👍🏽 👎 don't don’t DON'T e‑mail … ... -- – 蘋果 蘋
Zoë zoë tea team teapot steal""".split()
FORBIDDEN = [
    ("shut up", "I shut", {"up"}),
    (" Shut\tUP \r\n", "SHUT", {"up"}),
    ("shut up", "I", set()),
    ("shut up", "shut I", set()),
    ("shut up", "shut\n", set()),
    ("shut up !", "shut up", {"!"}),
    ("T恤", "T", {"恤", "恤衫"}),
    ("Ｔ恤", "XT", set()),
    ("卡拉OK", "卡拉", {"OK"}),
    ("卡拉ok", "卡拉 ", {"OK"}),
    ("卡拉OK", "卡", set()),
    ("95后", "95", {"后", "后天"}),
    (":)", ":", {")"}),
    (":)", ")", set()),
    ("#tag", "#", {"tag"}),
    ("@name", "name @", {"name"}),
    ("C++", "C +", {"+"}),
    ("C++", "C", set()),
    ("苹 果", "", {"苹果", "蘋果"}),
    ("苹果", "苹", {"苹果", "蘋果", "果", "果汁"}),
    ("苹果", "蘋", {"苹果", "蘋果", "果", "果汁"}),
    ("蘋果", "苹", {"苹果", "蘋果", "果", "果汁"}),
    ("苹果,", "", {"苹果", "蘋果"}),
    ("苹果汁；", "苹", {"苹果汁", "果汁"}),
    ("❤", "", {"❤", "❤\ufe0f"}),
    ("❤\ufe0f", "", {"❤", "❤\ufe0f"}),
    ("👍", "", {"👍🏽"}),
    ("👍🏿", "", {"👍🏽"}),
    ("don\u02bct", "", {"don't", "don’t", "DON'T"}),
    ("E-Mail", "", {"e‑mail"}),
    ("..", "", {"...", "…"}),
    ("—", "", {"--", "–"}),
    ("zoe\u0308", "", {"Zoë", "zoë"}),
    ("tea", "", {"tea"}),
    ("tea", "tea", {"tea"}),
    ("Class", "class", {"class"}),
    (";", "", {";"}),
]


@pytest.fixture(scope="module", params=["word", "whitespace"])
def phrases(request, build_tiny_runtime):
    words = [*dict.fromkeys(PHRASES)]
    tokenizer = nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words)), TokenizerConfig(level=request.param))
    return LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))


@pytest.mark.parametrize(("entry", "read", "forbidden"), FORBIDDEN)
def test_what_an_entry_forbids(phrases, entry, read, forbidden):
    blocked = nw.block(phrases, [entry])
    spaced = "\n" if read.endswith("\n") else ""
    text = " ".join(re.findall(r"[^ \d+]+|\d+|\+", read.replace("@", " @"))) + spaced
    found = nw.next_word_probabilities(blocked, text)
    assert found.sum() == pytest.approx(1.0)
    assert {word for word, token_id in phrases.vocabulary.ids.items() if found[token_id] == 0.0} == forbidden


def test_tokens_with_marks_at_level_whitespace(build_tiny_runtime):
    words = ["tea,", "(Tea)", "team,", "green-tea", "tea.com", "我吃苹果", "苹果!", "up", "shut,", '"shut', "up."]
    tokenizer = nw.Tokenizer(
        nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words)), TokenizerConfig(level="whitespace", max_vocabulary=99)
    )
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    blocked = nw.block(lm, ["tea", "苹果", "shut up"])

    def impossible(text):
        found = nw.next_word_probabilities(blocked, text)
        return {word for word, token_id in lm.vocabulary.ids.items() if found[token_id] == 0.0}

    assert impossible("") == impossible("shut,") == {"tea,", "(Tea)", "苹果!"}
    assert impossible('"shut') == {"tea,", "(Tea)", "苹果!", "up", "up."}


@pytest.mark.parametrize("level", ["word", "whitespace"])
def test_words_with_links_do_not_come_out_in_parts_and_joined_emoji_are_words(build_tiny_runtime, level):
    words = "half breed breeder - ‑ ' don t tea half-hearted ❤ 🔥 ❤\ufe0f\u200d🔥 👩 👩\u200d💻 💻 ½ 1 ‼ !".split()
    tokenizer = nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words)), TokenizerConfig(level=level))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))

    def impossible(entry, text=""):
        found = nw.next_word_probabilities(nw.block(lm, [entry]), text)
        return {word for word, token_id in lm.vocabulary.ids.items() if found[token_id] == 0.0}

    assert impossible("half-breed", "half -") == impossible("Half\u2010Breed", "half ‑") == {"breed"}
    assert impossible("half-breed", "half") == impossible("half-breed", "-") == set()
    assert impossible("don’t", "don '") == {"t"}
    assert impossible("don't shut-breed half", "don ' t half - breed") == set()
    assert impossible("don't breed", "don ' t") == {"breed"}
    assert impossible("❤") == {"❤"}
    assert impossible("👩") == {"👩"}
    assert impossible("❤\u200d🔥") == {"❤\ufe0f\u200d🔥"}
    assert impossible("👩💻") == {"👩\u200d💻"}
    assert impossible("1") == {"1"}
    assert impossible("!!") == {"‼"}
    assert impossible("!!", "!") == {"‼", "!"}


CHARACTERS = "abcdIlsteauhp '-.,!:)#1950T恤苹果蘋汁😀…ßé\u0301"


def test_a_word_of_characters_cannot_end(build_tiny_runtime):
    tokenizer = build_tokenizer([CHARACTERS], TokenizerConfig(level="char"))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    everything = {*CHARACTERS} & {*tokenizer.vocabulary, " "}
    letters = {character for character in everything if character.isalpha() and character not in "恤苹果蘋汁"} | {
        *"1950"
    }

    def possible(entry, text):
        found = nw.next_word_probabilities(nw.block(lm, [entry]), text)
        assert found.sum() == pytest.approx(1.0)
        return {character for character in everything if found[lm.vocabulary.ids[character]] > 0.0} | (
            {"\n"} if found[2] > 0.0 else set()
        )

    links = {"'", "-", "\u0301"} & everything
    for text in ("tea", "a tea", "A TEA", "the!tea", "苹tea"):
        assert possible("tea", text) == letters | links
    for text in ("tea'", "a tea-"):
        assert possible("Tea", text) == letters
    for text in ("te", "steal", "stea", "tea ,", "tea\n", "blue-tea", "it'tea", "teahouse"):
        assert possible("tea", text) == everything | {"\n"}
    assert possible("tea", "blue-\ufe0ftea") == letters | links  # with a mark behind it a hyphen joins nothing
    assert possible("shut up", "shut up") == letters | links
    assert possible("shut up", "shut") == possible("shut up", "up") == everything | {"\n"}
    assert possible("苹 果", "苹") == possible("苹果", "蘋") == (everything | {"\n"}) - {"果"}
    assert possible("T恤", "t") == (everything | {"\n"}) - {"恤"}
    assert possible("T恤", "at") == everything | {"\n"}
    assert possible("95T", "95t") == letters | links
    assert possible(":)", ":") == (everything | {"\n"}) - {")"}
    assert possible("😀", "") == (everything | {"\n"}) - {"😀"}
    assert possible("...", "a") == (everything | {"\n"}) - {"…"}
    assert possible("…", "a.") == (everything | {"\n"}) - {"…", "."}
    assert possible("#tea", "#tea") == letters | links
    assert possible("#tea", "tea") == everything | {"\n"}
    assert possible("a", "a !") == everything | {"\n"}
    assert possible("a", "b a") == letters | links


SMALL = ["a", "B", "ab", "苹", "果", "茶", "don’t", "!", ":", "❤", "1"]
ENTRIES = st.lists(
    st.lists(st.sampled_from(SMALL), min_size=1, max_size=3).map(" ".join)
    | st.sampled_from(["苹果", "果茶", "a苹", "果b", ":!", "ａ", "❤\ufe0f", "ab1", "1果", "DON'T", "b-a"]),
    min_size=1,
    max_size=3,
)
POOL = "a A b ab ａ b-a 苹 果 茶 苹果 果茶 蘋 don't don’t ! : ❤ ❤\ufe0f 1 𝟏 B1".split()


def pieces_of(text):
    """The words of a text in comparison form and simplified; Chinese by character."""
    return [comparison_form(word).replace("蘋", "苹") for word in split_words(text, segmenter=segment_characters)]


def has(pieces, entry):
    return any(pieces[start : start + len(entry)] == entry for start in range(len(pieces)))


@settings(deadline=None, max_examples=80)
@given(ENTRIES, st.sets(st.sampled_from(POOL), min_size=3), st.integers(0, 99), st.sampled_from(["word", "char"]))
def test_text_read_again_has_no_blocked_entry(build_tiny_runtime, entries, pool, seed, level):
    if level == "char":
        tokenizer = build_tokenizer([" ".join(sorted(pool))], TokenizerConfig(level="char"))
    else:
        tokenizer = nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>", *sorted(pool))))
    runtime = build_tiny_runtime(len(tokenizer.vocabulary))
    weights = {name: np.zeros_like(array) for name, array in runtime.weights.items()}  # all tokens are equal
    lm = nw.block(LanguageModel(tokenizer, LSTMRuntime(runtime.config, weights)), entries)
    words = [*nw.generate_words(lm, "", nw.GenerationConfig(stop_at="never", max_words=300, seed=seed))]
    tokens = [pieces_of(token) for token in tokenizer.vocabulary[3:]]
    whole = [pieces_of(entry) for entry in entries]
    # A longer token stays, such as 苹果 where 苹 is blocked.
    checked = [entry for entry in whole if not any(has(token, entry) and token != entry for token in tokens)]
    for line in tokenizer.join(words).split("\n")[:-1]:
        assert not [entry for entry in checked if has(pieces_of(line), entry)]
    if level == "word":
        stay = {word for word, pieces in zip(tokenizer.vocabulary[3:], tokens, strict=True) if pieces not in whole}
        assert {*words} - {"\n"} <= stay
        if len(entries) == 1:
            assert stay <= {*words}


def test_the_state_is_as_long_as_the_longest_phrase(phrases):
    entry = "shut up shut up shut up ! ! I"
    blocked = nw.block(phrases, [entry])
    *start, last = entry.split()
    assert nw.word_probability(blocked, " ".join(start), last) == 0.0
    assert nw.word_probability(blocked, " ".join(start[1:]), last) > 0.0
    assert nw.word_probability(blocked, " ".join(["up", *start]), last) == 0.0


def test_the_number_of_blocked_words_costs_no_key(build_tiny_runtime):
    words = [f"{first}{second}" for first in "abcdefghij" for second in range(100)]
    tokenizer = nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words)))
    lm = LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    entries = [f"{first} {second}" for first in words[:200] for second in words[::20]]

    def seconds(number):
        blocked = nw.block(lm, entries[:: len(entries) // number])
        states = [nw.start_session(blocked, word).state for word in words[:20]]
        runs = []
        for _ in range(15):
            start = time.process_time()
            for state in states:
                blocked.runtime.log_probabilities(state)
            runs.append(time.process_time() - start)
        return min(runs)

    assert seconds(10_000) < 2.0 * seconds(100)


def test_blocking_takes_time_in_proportion_to_words(build_tiny_runtime):
    han = [chr(code) for code in range(0x4E00, 0x4E00 + 200)]
    pairs = [first + second for first in han for second in han]

    def seconds(number):
        vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", *pairs[:number]))
        lm = LanguageModel(nw.Tokenizer(vocabulary), build_tiny_runtime(len(vocabulary)))
        runs = []
        for _ in range(3):
            fresh = LanguageModel(nw.Tokenizer(nw.Vocabulary(vocabulary.words)), lm.runtime)
            start = time.process_time()
            nw.block(fresh, pairs[-number // 2 :])
            runs.append(time.process_time() - start)
        return min(runs)

    assert seconds(32_000) < 8.0 * seconds(8_000)
