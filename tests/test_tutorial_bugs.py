"""The bugs B1 to B28 of the tutorial sample that this package grew out of; none of them may come back.

Each is shown here by a small test named after it, or by a test elsewhere.
"""

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nextword as nw
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, UNK_ID
from nextword.training.batches import build_batches, build_negative_sampler
from nextword.training.order import TextStream

TESTS = Path(__file__).parent

# Bug -> the tests, by name, that show the right behaviour in the room where it is at home.
ELSEWHERE = {
    "B01": (  # `data` never defined
        "test_a_file_and_a_folder_are_read_by_lines",
        "test_the_smallest_texts",
        "test_refusals_do_not_wait_for_keras",
    ),
    "B04": (  # trained without padding, asked with padding to 10
        "test_probabilities_are_those_of_keras",
        "test_a_long_text_answers_like_its_tail",
    ),
    "B10": (  # a loop that looks like GloVe and loads nothing
        "test_reads_every_format",
        "test_pretrained_vectors_are_where_training_starts",
    ),
    "B11": (  # row 0 is padding, and not masked
        "test_later_tokens_leave_earlier_logits_alone",
        "test_every_token_is_a_target_once_after_the_token_before_it",
    ),
    "B22": (  # `model.predict` and a progress bar at every key
        "test_importing_and_predicting_need_no_keras",
        "test_reading_at_once_equals_reading_piece_by_piece_bit_for_bit",
    ),
    "B23": (  # globals; nothing is saved, least of all the tokenizer
        "test_loading_gives_back_the_same_model",
        "test_a_new_process_without_keras_agrees_to_the_last_bit",
    ),
    "B25": (  # accuracy only; no split, no seed, no early stop
        "test_whole_texts_are_held_out",
        "test_a_generator_is_read_once_and_the_seed_decides",
        "test_by_hand",
    ),
    "B27": ("test_no_legacy_text_tools",),  # `tf.keras.preprocessing.text`
    "B28": (  # a Transformer, generation and dialogue promised, and not there
        "test_a_transformer_of_one_layer_by_hand",
        "test_greedy_is_the_most_probable_word_each_time",
        "test_a_reply_goes_on_after_the_conversation",
    ),
}

TEXTS = ("I like tea with milk.", "我喜欢吃苹果。", "Tea costs 3.5, or less.")


@pytest.fixture(scope="module")
def tokenizer() -> nw.Tokenizer:
    return nw.build_tokenizer(TEXTS)


@pytest.fixture(scope="module")
def model(tokenizer: nw.Tokenizer) -> Any:
    """A Keras network whose random embedding is large enough to matter."""
    matrix = 10 * nw.build_embedding_matrix(tokenizer.vocabulary, nw.EmbeddingConfig(embedding_dim=8))
    return nw.build_lstm(matrix, nw.LSTMConfig(hidden_dim=8, num_layers=1))


@pytest.fixture(scope="module")
def lm(tokenizer: nw.Tokenizer, model: Any) -> nw.LanguageModel:
    return nw.build_language_model(tokenizer, model)


def test_b02_targets_are_the_inputs_shifted_by_one(tokenizer: nw.Tokenizer) -> None:
    ids = nw.encode_texts(tokenizer, TEXTS[:1])
    batches = build_batches(TextStream(ids), batch_size=1, sequence_length=len(ids))
    assert batches.inputs.ravel().tolist() == [EOS_ID, *ids[:-1].tolist()]
    assert batches.targets.ravel().tolist() == ids.tolist()


def test_b03_texts_of_any_length_become_equal_batches(tokenizer: nw.Tokenizer) -> None:
    ids = nw.encode_texts(tokenizer, ["tea", "", "I like tea with milk. " * 9])
    batches = build_batches(TextStream(ids), batch_size=4, sequence_length=5)
    assert batches.inputs.shape == batches.targets.shape
    assert batches.inputs.shape[1:] == (4, 5)


def test_b05_there_is_a_loss_at_every_position(tokenizer: nw.Tokenizer, model: Any) -> None:
    assert model.output_shape == (None, None, len(tokenizer.vocabulary))
    ids = nw.encode_texts(tokenizer, TEXTS)
    targets = build_batches(TextStream(ids), batch_size=2, sequence_length=3).targets
    assert np.count_nonzero(targets != PAD_ID) == len(ids)


def test_b06_targets_stay_integers_and_the_softmax_of_large_vocabularies_is_sampled(tokenizer: nw.Tokenizer) -> None:
    ids = nw.encode_texts(tokenizer, TEXTS)
    assert build_batches(TextStream(ids), 2, 3).targets.dtype == np.int32  # not one-hot, 124 GiB for a million words
    assert nw.TrainingConfig().resolve(1_000_000, 33_278).negatives == 2048
    assert build_negative_sampler(ids, 33_278, 2048).draw(np.random.default_rng(0)).shape == (2048,)


def test_b07_the_embedding_is_the_given_matrix(tokenizer: nw.Tokenizer) -> None:
    matrix = nw.build_embedding_matrix(tokenizer.vocabulary, nw.EmbeddingConfig(embedding_dim=8))
    model = nw.build_lstm(matrix, nw.LSTMConfig(hidden_dim=8, num_layers=1))
    assert np.array_equal(np.asarray(model.get_layer("embedding").table), matrix)


def test_b08_random_vectors_are_trained_and_freezing_is_a_choice(tokenizer: nw.Tokenizer, model: Any) -> None:
    assert model.get_layer("embedding").table.trainable
    matrix = nw.build_embedding_matrix(tokenizer.vocabulary, nw.EmbeddingConfig(embedding_dim=8))
    frozen = nw.build_lstm(matrix, nw.LSTMConfig(hidden_dim=8, num_layers=1, train_embeddings=False))
    assert not frozen.get_layer("embedding").table.trainable


def test_b09_random_vectors_are_small_seeded_and_of_single_precision(tokenizer: nw.Tokenizer) -> None:
    matrix = nw.build_embedding_matrix(tokenizer.vocabulary)
    assert matrix.dtype == np.float32
    assert np.abs(matrix).max() <= 0.1
    assert np.array_equal(matrix, nw.build_embedding_matrix(tokenizer.vocabulary))


def test_b12_padding_has_no_probability_and_is_never_suggested(lm: nw.LanguageModel) -> None:
    assert nw.next_word_probabilities(lm, "I like")[PAD_ID] == 0.0
    everything = [word for word, _ in nw.predict_next_word(lm, "I like", top_k=10_000)]
    assert sorted(everything) == sorted(lm.vocabulary[3:])


def test_b13_chinese_is_cut_into_words(tokenizer: nw.Tokenizer) -> None:
    ids = tokenizer.encode("我喜欢吃")
    assert [tokenizer.vocabulary[token_id] for token_id in ids] == ["我", "喜欢", "吃"]
    assert tokenizer.decode(tokenizer.encode("我喜欢吃苹果。")) == "我喜欢吃苹果。"


def test_b14_a_context_is_never_silently_empty(lm: nw.LanguageModel) -> None:
    answers = [nw.next_word_probabilities(lm, text) for text in ("", "我喜欢吃", "Zzyzx quux")]
    assert not np.allclose(answers[0], answers[1], rtol=1e-3, atol=0)
    assert not np.allclose(answers[0], answers[2], rtol=1e-3, atol=0)
    assert nw.report_oov(lm.tokenizer, ["Zzyzx tea quux"]).unknown == 2


def test_b15_unknown_words_keep_their_place(tokenizer: nw.Tokenizer) -> None:
    known = tokenizer.vocabulary.id_of
    assert tokenizer.encode("I like Zzyzx tea").tolist() == [known("I"), known("like"), UNK_ID, known("tea")]


def test_b16_punctuation_and_case_are_kept(tokenizer: nw.Tokenizer) -> None:
    assert tokenizer.split("Tea costs 3.5, or less.") == ["Tea", "costs", "3.5", ",", "or", "less", "."]
    assert tokenizer.split("我喜欢吃苹果。")[-1] == "。"
    assert {"I", "Tea", "tea", "。", "."} <= set(tokenizer.vocabulary)
    for text in TEXTS:
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_b17_the_first_word_and_the_end_can_be_predicted(lm: nw.LanguageModel) -> None:
    assert len(nw.predict_next_word(lm, "", top_k=3)) == 3
    ended, begun = (nw.next_word_probabilities(lm, text)[EOS_ID] for text in ("I like tea with milk.", "I like tea"))
    assert 0.0 < begun < 1.0
    assert ended != begun
    assert nw.encode_texts(lm.tokenizer, TEXTS).tolist().count(EOS_ID) == len(TEXTS)


def test_b18_words_are_not_cut_off_silently(build_tiny_runtime: Any, tokenizer: nw.Tokenizer) -> None:
    lm = nw.LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary), scale=1.5))
    rest = " like tea with milk" * 3  # 12 words, and the tutorial looks at the last 10
    first, second = (nw.next_word_probabilities(lm, word + rest) for word in ("I", "costs"))
    assert not np.array_equal(first, second)


def test_b19_a_prediction_is_a_word_with_its_probability(lm: nw.LanguageModel) -> None:
    best = nw.predict_next_word(lm, "我喜欢吃", top_k=1)[0]
    assert type(best.word) is str
    assert type(best.probability) is float
    assert best.probability == pytest.approx(nw.next_word_probabilities(lm, "我喜欢吃")[lm.vocabulary.id_of(best.word)])


def test_b20_the_rows_of_a_batch_are_answered_one_by_one(lm: nw.LanguageModel) -> None:
    rows = np.stack([lm.tokenizer.encode(text) for text in ("I like tea", "like tea with")])
    logs = lm.runtime.log_probabilities(lm.runtime.advance(lm.runtime.initial_state(2), rows))
    for row, ids in zip(logs, rows, strict=True):
        alone = lm.runtime.log_probabilities(lm.runtime.advance(lm.runtime.initial_state(), ids))[0]
        assert row.argmax() == alone.argmax()
        assert row[1:] == pytest.approx(alone[1:], abs=1e-5)


def test_b21_the_whole_distribution_is_there(lm: nw.LanguageModel) -> None:
    probabilities = nw.next_word_probabilities(lm, "I like")
    assert probabilities.shape == (len(lm.vocabulary),)
    assert probabilities.sum() == pytest.approx(1.0)
    suggestions = nw.predict_next_word(lm, "I like", top_k=4)
    assert [p for _, p in suggestions] == sorted((p for _, p in suggestions), reverse=True)
    assert len(suggestions) == 4


def test_b24_the_vocabulary_alone_says_how_large_everything_is() -> None:
    small = nw.build_tokenizer(TEXTS, nw.TokenizerConfig(max_vocabulary=7))
    assert len(small.vocabulary) == 7
    assert nw.build_embedding_matrix(small.vocabulary).shape[0] == 7
    assert nw.encode_texts(small, TEXTS).max() < 7


def test_b26_networks_give_logits(lm: nw.LanguageModel, model: Any) -> None:
    ids = np.concatenate(([EOS_ID], lm.tokenizer.encode("I like")))
    logits = np.asarray(model(ids[None]))[0, -1].astype(np.float64)
    assert logits[1:].sum() != pytest.approx(1.0)
    exponentials = np.exp(logits - logits.max())
    assert exponentials / exponentials.sum() == pytest.approx(nw.next_word_probabilities(lm, "I like"), abs=1e-6)


def test_every_bug_is_shown_once() -> None:
    here = {
        f"B{number}" for number in re.findall(r"^def test_b(\d\d)_", Path(__file__).read_text("utf-8"), re.MULTILINE)
    }
    assert sorted([*here, *ELSEWHERE]) == [f"B{number:02}" for number in range(1, 29)]


def test_the_tests_elsewhere_exist() -> None:
    trees = [ast.parse(file.read_text("utf-8")) for file in TESTS.rglob("test_*.py")]
    defined = {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {name for names in ELSEWHERE.values() for name in names} <= defined
