import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.mixing.cache import CacheRuntime
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.ngrams.runtime import NgramRuntime
from nextword.runtime import parts_of
from nextword.vectors.values import VectorsReport

TINY = nw.FitConfig(
    embedding=nw.EmbeddingConfig(embedding_dim=8),
    network=nw.LSTMConfig(hidden_dim=8, num_layers=1),
    training=nw.TrainingConfig(epochs=1, batch_size=4, sequence_length=8),
    ngram=None,
    cache=None,
)
SENTENCES = (
    "I like tea with milk, and you like it with sugar.",
    "我喜欢吃苹果，你喜欢喝茶。",
    "She reads a book every evening before she goes to bed.",
)


def fit(source: Any, config: nw.FitConfig = TINY, **options: Any) -> nw.LanguageModel:
    return nw.fit(source, config, progress=False, **options)


def weights(lm: nw.LanguageModel) -> dict[str, Any]:
    assert isinstance(lm.runtime, LSTMRuntime)
    return dict(lm.runtime.weights)


def codes(lm: nw.LanguageModel) -> list[str]:
    assert lm.training is not None
    return [note.code for note in lm.training.notes]


def figures(lm: nw.LanguageModel, code: str) -> dict[str, Any]:
    """The figures of the one note with a code."""
    assert lm.training is not None
    (found,) = [note.figures for note in lm.training.notes if note.code == code]
    return found


def saved(lm: nw.LanguageModel, folder: Path) -> bytes:
    nw.save(lm, folder / "lm.nextword")
    return (folder / "lm.nextword").read_bytes()


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return list(nw.sample_texts()[:40])


@pytest.fixture(scope="module")
def fitted(texts: list[str]) -> nw.LanguageModel:
    return fit(texts)


# What is trained on.


@pytest.mark.parametrize("source", [["hello"], ("I like tea, and you like tea.", "", "我喜欢吃苹果。")])
def test_the_smallest_texts(source: Any) -> None:
    lm = fit(source)
    assert lm.vocabulary == nw.build_tokenizer(source).vocabulary
    tokens = len(nw.encode_texts(lm.tokenizer, source))
    assert lm.training is not None
    assert (lm.training.tokens, lm.training.held_out_tokens) == (tokens, 0)
    assert codes(lm) == ["held-out-nothing", "order"][: len(source)]  # one text has no order
    assert {word for word, _ in nw.predict_next_word(lm, "I like")} <= set(lm.vocabulary[3:])


@pytest.mark.usefixtures("random_states_unchanged")
def test_a_generator_is_read_once_and_the_seed_decides(
    fitted: nw.LanguageModel, texts: list[str], tmp_path: Path
) -> None:
    read: list[str] = []

    def generate() -> Iterator[str]:
        for text in texts:
            read.append(text)
            yield text

    lm = fit(generate())
    assert read == texts == list(nw.sample_texts()[:40])
    assert saved(lm, tmp_path) == saved(fitted, tmp_path)


def test_a_file_and_a_folder_are_read_by_lines(tmp_path: Path) -> None:
    folder = tmp_path / "my texts"
    folder.mkdir()
    (folder / "b.txt").write_text("\n".join(SENTENCES[1:]), encoding="utf-8")
    (folder / "a.txt").write_text(f"{SENTENCES[0]}\r\n\r\n", encoding="utf-8")
    (folder / "notes.odt").write_text("Not this.", encoding="utf-8")
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere")
    first, second = fit(str(folder)), fit(elsewhere)
    read = figures(first, "read-texts")
    assert (read["unit"], read["files"], read["texts"], read["encoding"]) == ("line", 2, len(SENTENCES), "utf-8")
    assert figures(first, "left-out") == {"kinds": {"*.odt files": 1}}
    assert first.vocabulary == nw.build_tokenizer(SENTENCES).vocabulary
    assert saved(first, tmp_path) == saved(second, tmp_path)  # equal, though the texts lie elsewhere


# What is held out.


def test_whole_texts_are_held_out(fitted: nw.LanguageModel, texts: list[str]) -> None:
    assert fitted.training is not None
    held_out = figures(fitted, "held-out-texts")
    assert held_out["runs"] == 2
    assert 0.03 < held_out["held_out"] / held_out["tokens"] < 0.12
    assert len(fitted.training.held_out_perplexities) == len(fitted.training.perplexities) == 1
    # The vocabulary is that of some 38 of the texts.
    counts = {text: len(nw.build_tokenizer([text]).split(text)) + 1 for text in texts}
    assert fitted.training.tokens + fitted.training.held_out_tokens == sum(counts.values())
    assert sum(fitted.vocabulary.counts) == fitted.training.tokens
    assert len(fitted.vocabulary) < len(nw.build_tokenizer(texts).vocabulary)


def test_nothing_is_held_out_where_it_is_not_wanted() -> None:
    lm = fit(SENTENCES * 20, replace(TINY, held_out=0.0))
    assert lm.training is not None
    assert figures(lm, "held-out-nothing")["reason"] == "as-asked"
    assert (lm.training.held_out_tokens, lm.training.held_out_perplexities) == (0, ())


# The options reach their stages.


def test_every_option_reaches_its_stage() -> None:
    config = nw.FitConfig(
        tokenizer=nw.TokenizerConfig(level="char", max_vocabulary=12),
        embedding=nw.EmbeddingConfig(embedding_dim=3, seed=4),
        cooccurrence=nw.CooccurrenceConfig(neighbours=4),
        network=nw.LSTMConfig(hidden_dim=5, num_layers=2, dropout=0.5, train_embeddings=False, seed=6),
        training=nw.TrainingConfig(epochs=2, batch_size=2, sequence_length=7, learning_rate=0.5, seed=8),
        ngram=nw.NgramConfig(order=3),
        cache=nw.CacheConfig(window=30),
    )
    lm = fit(SENTENCES, config)
    assert isinstance(lm.runtime, MixtureRuntime)
    network, ngram, cache = (part.runtime for part in parts_of(lm.runtime))
    assert isinstance(cache, CacheRuntime)
    assert cache.config == config.cache
    assert isinstance(ngram, NgramRuntime)
    assert len(ngram.orders) == 2
    lm = replace(lm, runtime=network)
    assert lm.tokenizer.config == config.tokenizer
    assert len(lm.vocabulary) == 12
    assert isinstance(lm.runtime, LSTMRuntime)
    assert lm.runtime.config == replace(config.network, cutoffs=())  # as there are few words
    assert lm.training is not None
    resolved = lm.training.config
    assert (resolved.epochs, resolved.batch_size, resolved.sequence_length) == (2, 2, 7)
    assert (resolved.learning_rate, resolved.seed, len(lm.training.perplexities)) == (0.5, 8, 2)
    # Frozen, so the matrix is still the one that the embedding stage drew.
    ids = nw.encode_texts(lm.tokenizer, SENTENCES)
    vectors = nw.build_cooccurrence_vectors(ids, lm.vocabulary, replace(config.cooccurrence, dimension=3))
    matrix = nw.build_embedding_matrix(lm.vocabulary, config.embedding, vectors)
    assert np.array_equal(weights(lm)["embedding/table"], matrix)


def make_vectors(words: tuple[str, ...], width: int) -> nw.Vectors:
    matrix = np.random.default_rng(3).standard_normal((len(words), width), np.float32)
    report = VectorsReport(
        format="GloVe text", rows_read=len(words), dimension=width, duplicates=0, wanted=len(words), found=len(words)
    )
    return nw.Vectors(words, matrix, report)


def test_pretrained_vectors_are_where_training_starts() -> None:
    vectors = make_vectors(("tea", "苹果", "elsewhere"), 8)
    lm = fit(SENTENCES, replace(TINY, network=nw.LSTMConfig(hidden_dim=8, train_embeddings=False)), vectors=vectors)
    for word in ("tea", "苹果"):
        row = weights(lm)["embedding/table"][lm.vocabulary.id_of(word)]
        assert np.array_equal(row, vectors.matrix[vectors.words.index(word)])


# The mixture.


def test_the_mixture_is_no_worse_than_the_network_alone() -> None:
    unseen = nw.sample_texts()[900:940]
    seen = nw.sample_texts()[:200]
    config = replace(TINY, training=nw.TrainingConfig(epochs=2))
    alone = nw.evaluate(fit(seen, config), unseen)
    lm = fit(seen, replace(config, ngram=nw.NgramConfig(), cache=nw.CacheConfig()))
    mixed = nw.evaluate(lm, unseen)
    assert mixed.perplexity < 0.6 * alone.perplexity  # a network of 8 units knows little after two passes
    assert mixed.recall_at[3] > alone.recall_at[3]
    assert "n-gram model" in figures(lm, "mixed")["weights"]


@pytest.mark.parametrize("texts", [["I like tea."], ["I like tea.", "You like tea.", "我喜欢吃苹果。", "tea"]])
def test_on_the_smallest_texts_the_ngrams_lead_the_network(texts: list[str]) -> None:
    lm = fit(texts, replace(TINY, ngram=nw.NgramConfig(), cache=nw.CacheConfig()))
    assert isinstance(lm.runtime, MixtureRuntime)
    assert lm.runtime.weights == pytest.approx((0.05, 0.2, 0.75))
    assert "usual-weights" in codes(lm)
    assert nw.predict_next_word(lm, "I like", top_k=1)[0].word == "tea"


# What it prints.


def test_progress_is_drawn_on_standard_error_only(capsys: pytest.CaptureFixture[str], texts: list[str]) -> None:
    nw.fit(texts, TINY, progress=True)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{fit(texts).training.notes[0]}\n")  # type: ignore[union-attr]
    assert "epoch 1/1" in printed.err
    fit(SENTENCES)
    assert capsys.readouterr() == ("", "")


# What is refused, and that it is refused before seconds go into importing Keras.


def test_refusals_do_not_wait_for_keras(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    code = """
import sys
import numpy as np
import nextword as nw
from nextword.vectors.values import VectorsReport

sys.modules.update(dict.fromkeys(["keras", "tensorflow", "jax"]))  # importing one is an error
vectors = nw.Vectors(
    ("tea",), np.ones((1, 5), np.float32),
    VectorsReport(format="", rows_read=1, dimension=5, duplicates=0, wanted=1, found=1),
)
config = nw.FitConfig(embedding=nw.EmbeddingConfig(embedding_dim=4))
rare = nw.FitConfig(tokenizer=nw.TokenizerConfig(min_count=9))
cases = [
    ([], {}), ([""], {}), (["   "], {}), (["\\n", "\\t", "\\u3000"], {}), (iter(()), {}),
    (sys.argv[1], {}), ("missing.txt", {}), ("", {}), (b"tea", {}), (None, {}), (5, {}), ([1], {}), ({"tea": 1}, {}),
    (["tea"], {"vectors": vectors, "config": config}), (["tea"], {"config": rare}),
]
for source, options in cases:
    try:
        nw.fit(source, progress=False, **options)
    except nw.NextwordError as error:
        print(type(error).__name__, error.code, error.figures.get("texts", ""))
"""
    command = [sys.executable, "-c", code, str(tmp_path / "empty.txt")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.strip() for line in done.stdout.splitlines()] == [
        "InputError no-words 0",
        *["InputError no-words 1"] * 2,
        "InputError no-words 3",
        *["InputError no-words 0"] * 2,
        *["MissingFileError path-missing"] * 2,
        *["InputTypeError texts-not-iterable"] * 3,
        "InputTypeError text-not-str",
        "InputTypeError texts-not-iterable",
        "ConfigError embedding-dim-mismatch",
        "InputError vocabulary-empty",
    ]


def test_a_text_given_as_a_path_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with refuses(nw.MissingFileError, "path-missing"):
        fit("I like tea and you like tea.")
    with pytest.raises(FileNotFoundError, match=r"fit\(\[text\]\)"):
        fit("我喜欢吃苹果。\n" * 500)
    with refuses(nw.MissingFileError, "path-missing"):
        fit("nothing.txt")
    with refuses(nw.InputError, "folder-empty"):
        fit(tmp_path)


def test_a_list_of_files_is_told_of_read_texts(tmp_path: Path) -> None:
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for file in files:
        file.write_text("I like tea.", encoding="utf-8")
    for source in (files, [str(file) for file in files], tuple(map(os.fspath, files[:1]))):
        with refuses(nw.InputError, "list-of-files"):
            fit(source)
    # One that is no file makes it a list of texts.
    assert "tea" in fit([str(files[0]), "tea \0 " * 3, "x" * 5000]).vocabulary


@pytest.mark.parametrize("value", [-0.1, 0.5, float("nan"), "0.1", True, None])
def test_held_out_is_a_share(value: Any) -> None:
    with refuses(nw.ConfigError, "option-out-of-range", option="held_out"):
        nw.FitConfig(held_out=value)


# The other kind of network.


def test_a_transformer_takes_the_place_of_the_lstm(fitted: nw.LanguageModel, texts: list[str], tmp_path: Path) -> None:
    network = nw.TransformerConfig(hidden_dim=8, num_layers=1, num_heads=2, context_length=16, seed=3)
    config = replace(TINY, network=network, training=nw.TrainingConfig(epochs=2, batch_size=4))
    lm = fit(texts, config)
    assert isinstance(lm.runtime, TransformerRuntime)
    assert lm.runtime.config == replace(network, cutoffs=())
    assert lm.vocabulary == fitted.vocabulary
    assert lm.training is not None
    resolved = lm.training.config
    assert (resolved.optimizer, resolved.sequence_length) == ("adam", network.block_length)
    for name, weight in lm.runtime.weights.items():
        assert np.array_equal(weight, weight.astype(np.float16)), name  # half the bytes in a bundle
    saved(lm, tmp_path)
    loaded = nw.load(tmp_path / "lm.nextword")
    long = " ".join(texts)  # many windows
    for text in ("", "I like", long):
        assert np.array_equal(nw.next_word_probabilities(loaded, text), nw.next_word_probabilities(lm, text))


# Conversations.


TALKS = tuple(
    nw.Conversation().say("user", question).say("assistant", answer)
    for question, answer in (
        ("Do you like tea?", "Yes, I like green tea."),
        ("What is your name?", "I have no name."),
        ("你喜欢吃什么？", "我喜欢吃苹果。"),
        ("你好！", "你好，很高兴见到你！"),
    )
)
TALKING = nw.FitConfig(
    network=nw.LSTMConfig(hidden_dim=32, num_layers=1, dropout=0.0),
    training=nw.TrainingConfig(epochs=40, batch_size=4, sequence_length=20),
    dialogue=nw.DialogueConfig(replies_only=True, window=64),
    held_out=0.0,
    ngram=None,
    cache=None,
)


def test_conversations_teach_replies_and_suggestions(tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    lines = [
        json.dumps({"messages": [{"role": role, "content": text} for role, text in talk.turns]}) for talk in TALKS * 8
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    lm = fit(path, TALKING)
    assert lm.template == nw.Template(window=64)
    assert codes(lm) == ["read-conversations", "replies-only", "held-out-nothing", "order"]
    for talk in TALKS:
        question, answer = talk.turns
        assert nw.reply(lm, nw.Conversation((question,)), nw.GenerationConfig(temperature=0.0)) == answer.text
        session = nw.start_session(lm, conversation=nw.Conversation((question,)))
        assert session.predict(1)[0].word == lm.tokenizer.split(answer.text)[0]
    saved(lm, tmp_path)
    loaded = nw.load(tmp_path / "lm.nextword")
    assert nw.reply(loaded, TALKS[0].say("user", "你好！")) == nw.reply(lm, TALKS[0].say("user", "你好！"))
