"""What a training begins with: from scratch and from a given model, one value."""

import dataclasses

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.corpus.stream import read_corpus
from nextword.fitting.start import VALIDATED_TOKENS, SplitStream, fresh_start, further_start, plan_start
from nextword.vectors.values import VectorsReport

TEXTS = ["I like green tea.", "You like black tea.", "我喜欢吃苹果。"]
TALKS = [nw.Conversation().say("user", f"Tea {n}?").say("assistant", "Yes, please.") for n in range(8)]
TINY = nw.FitConfig(network=nw.LSTMConfig(hidden_dim=6, num_layers=1))
REPORT = VectorsReport(format="by hand", rows_read=1, dimension=4, duplicates=0, wanted=1, found=1)


def held_out_of(corpus, texts):
    """The tokens of some texts, by their positions."""
    return np.repeat(np.isin(np.arange(len(corpus.texts.lengths)), texts), corpus.texts.lengths)


@pytest.fixture(scope="module")
def small_lm(build_tiny_runtime):
    tokenizer = nw.build_tokenizer(TEXTS[:2])
    return nw.build_language_model(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))


def test_a_fresh_start_knows_the_training_part_only():
    corpus = read_corpus(TEXTS, nw.TokenizerConfig())
    start = fresh_start(corpus, held_out_of(corpus, [2]), config=TINY)
    assert start.tokenizer.vocabulary == nw.build_tokenizer(TEXTS[:2]).vocabulary
    training, validation = start.stream.training, start.stream.validation
    assert start.tokenizer.decode(training.ids).splitlines() == TEXTS[:2]
    assert training.loss_mask is None  # every token is learnt
    assert training.starts.tolist() == [0, len(nw.encode_texts(start.tokenizer, TEXTS[:1]))]
    assert validation.ids.tolist() == nw.encode_texts(start.tokenizer, TEXTS[2:]).tolist()
    assert start.counts.tolist() == list(start.tokenizer.vocabulary.counts)
    assert start.model.output_shape == (None, None, len(start.tokenizer.vocabulary))
    assert (start.base, start.template, start.blocked) == (None, None, ())
    order, unknown = start.notes
    assert (order.code, order.figures) == ("order", {"shuffled": True})
    assert (unknown.code, unknown.figures) == ("unknown-words", {"share": 1.0, "words": 5})


def test_without_a_held_out_reply_the_other_turns_are_judged():
    silent = nw.Conversation().say("user", "Nobody answers me.")
    corpus = read_corpus([silent] * 4 + [TALKS[0]], nw.TokenizerConfig())
    has_reply = [corpus.judged_mask[i : i + n].any() for i, n in _texts_of(corpus)]
    for is_held_out, of_roles in ((np.array(has_reply), {"assistant"}), (~np.array(has_reply), {"user"})):
        mask = np.repeat(is_held_out, corpus.texts.lengths)
        stream = SplitStream(corpus.texts.word_numbers, mask, corpus.loss_mask, corpus.judged_mask, corpus.is_start)
        validation = stream.validation
        words = {corpus.texts.words[number] for number in validation.ids[validation.loss_mask].tolist()}
        assert ("Yes" in words, "Nobody" in words) == ("assistant" in of_roles, "user" in of_roles)


def _texts_of(corpus):
    lengths = corpus.texts.lengths
    return zip((np.cumsum(lengths) - lengths).tolist(), lengths.tolist(), strict=True)


def test_a_further_start_has_the_words_of_both(small_lm):
    blocked = nw.with_temperature(nw.block(small_lm, ["tea"]), 2.0)
    corpus = read_corpus(TEXTS[1:], blocked.tokenizer.config)
    start = further_start(corpus, held_out_of(corpus, []), config=nw.FitConfig(), lm=blocked)
    size = len(small_lm.vocabulary)
    assert start.tokenizer.vocabulary[:size] == small_lm.vocabulary.words
    assert "苹果" in start.tokenizer.vocabulary[size:]
    assert start.model.output_shape[-1] == len(start.tokenizer.vocabulary)
    assert start.blocked == ("tea",)
    assert start.base.tokens == sum(small_lm.vocabulary.counts)
    went_on, left_out, order = start.notes
    assert order.code == "order"
    assert start.counts[start.tokenizer.vocabulary.id_of("tea")] > 1  # in both texts
    assert went_on.figures == {"new_words": len(start.tokenizer.vocabulary) - size, "words": size}
    assert (left_out.code, left_out.figures) == ("temperature-left-out", {"temperature": 2.0})
    assert start.training.epochs == 3  # nothing is held out


def test_of_conversations_what_is_said_counts():
    corpus = read_corpus(TALKS, nw.TokenizerConfig(), seed=1)
    start = fresh_start(corpus, held_out_of(corpus, [0, 5]), config=TINY)
    words = start.tokenizer.vocabulary.words
    assert start.template == nw.Template()
    training, validation = start.stream.training, start.stream.validation
    assert (training.ids[training.starts] == 4).all()  # a conversation begins with the token of a role
    assert not start.counts[3:6].any()
    for ids, loss_mask in ((training.ids, training.loss_mask),):
        assert (words[ids[0]], words[ids[-2]], words[ids[-1]]) == ("<user>", "<eos>", "<eos>")
        is_role = (ids >= 3) & (ids < 6)
        assert not loss_mask[is_role].any()
        # Roles, and the end of each conversation of two turns.
        assert np.count_nonzero(~loss_mask) == np.count_nonzero(is_role) * 3 // 2
    assert np.count_nonzero(validation.ids == 4) == 2
    # Models are judged on what the assistant says.
    said = start.tokenizer.decode(validation.ids[validation.loss_mask])
    assert said.splitlines() == ["Yes, please."] * 2


def test_few_conversations_are_read_more_often_where_they_are_validated():
    corpus = read_corpus(TALKS, nw.TokenizerConfig())
    start = fresh_start(corpus, held_out_of(corpus, [0, 5]), config=TINY)
    assert (start.training.epochs, start.training.patience) == (24, 12)
    given = dataclasses.replace(TINY, training=nw.TrainingConfig(epochs=2, patience=1))
    assert fresh_start(corpus, held_out_of(corpus, [0, 5]), config=given).training == given.training
    assert fresh_start(corpus, held_out_of(corpus, []), config=TINY).training == TINY.training
    texts = read_corpus(TEXTS, nw.TokenizerConfig())
    assert fresh_start(texts, held_out_of(texts, [2]), config=TINY).training == TINY.training


def test_epochs_are_validated_on_what_counts_and_not_on_too_much():
    number = VALIDATED_TOKENS + 10
    every = np.ones(number, np.bool_)
    ids = np.full(number, 5, np.int32)
    begins = np.arange(number) % 10 == 0
    assert len(SplitStream(ids, every, every, every, begins).validation.ids) == VALIDATED_TOKENS
    assert SplitStream(ids, every, ~every, ~every, begins).validation is None
    assert SplitStream(ids, ~every, every, every, begins).validation is None


def test_what_cannot_be_begun_is_refused_before_a_text_is_read(small_lm):
    vectors = nw.Vectors(("tea",), np.ones((1, 4), np.float32), REPORT)
    another = (
        nw.FitConfig(network=nw.LSTMConfig()),
        nw.FitConfig(tokenizer=nw.TokenizerConfig(level="char")),
        nw.FitConfig(embedding=nw.EmbeddingConfig(embedding_dim=5)),
        nw.FitConfig(cooccurrence=None),
        nw.recipe(words=200_000, minutes=1),
    )
    for config in another:
        with refuses(nw.ConfigError, "base-has-another"):
            plan_start(config, vectors=None, base=small_lm)
    with refuses(nw.InputTypeError, "not-a-language-model", received="str"):
        plan_start(nw.FitConfig(), vectors=None, base="lm")
    with refuses(nw.ConfigError, "vectors-and-base"):
        plan_start(nw.FitConfig(), vectors=vectors, base=small_lm)
    own = nw.FitConfig(network=small_lm.runtime.config, tokenizer=small_lm.tokenizer.config)
    assert plan_start(own, vectors=None, base=small_lm).tokenizer == small_lm.tokenizer.config
    with refuses(nw.InputError, "not-one-network", networks=0):
        ngram = nw.build_ngram([3, 4], vocabulary_size=len(small_lm.vocabulary))
        plan_start(nw.FitConfig(), vectors=None, base=nw.build_language_model(small_lm.tokenizer, ngram))


def test_without_a_reply_among_the_held_out_there_is_no_validation():
    silent = nw.Conversation().say("user", "Is anybody here?")
    corpus = read_corpus([TALKS[0], silent, silent], nw.TokenizerConfig(), replies_only=True)
    silent_ones = np.flatnonzero(corpus.texts.lengths < corpus.texts.lengths.max())
    start = fresh_start(corpus, held_out_of(corpus, silent_ones), config=TINY)
    assert np.count_nonzero(start.stream.is_held_out) > 0
    assert start.stream.validation is None


def test_a_window_is_half_the_context_of_a_transformer():
    network = nw.TransformerConfig(hidden_dim=16, num_layers=1, num_heads=2, context_length=40)
    corpus = read_corpus(TALKS, nw.TokenizerConfig())
    start = fresh_start(corpus, held_out_of(corpus, []), config=dataclasses.replace(TINY, network=network))
    assert start.template == nw.Template(window=20)


def test_the_network_is_as_wide_as_its_embedding_unless_vectors_or_options_say_otherwise():
    corpus = read_corpus(TEXTS, nw.TokenizerConfig())
    vectors = nw.Vectors(("tea",), np.ones((1, 5), np.float32), REPORT)
    for changes, given, width in (
        ({}, None, 6),
        ({}, vectors, 5),
        ({"embedding": nw.EmbeddingConfig(embedding_dim=4)}, None, 4),
        ({"cooccurrence": nw.CooccurrenceConfig(dimension=3)}, None, 3),
        ({"cooccurrence": None}, None, 6),
    ):
        config = dataclasses.replace(TINY, **changes)
        start = fresh_start(corpus, held_out_of(corpus, []), config=config, vectors=given)
        assert start.model.get_layer("embedding").table.shape[1] == width
