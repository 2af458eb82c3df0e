"""Every public function and class answers wrong arguments in its own words: which argument, what came, what to give.

A row is a good call. Each of its arguments in turn is replaced by a value of every kind in `WRONG`; what comes out is
an error of nextword that names the argument, or success where the row says that the value is a good one.
"""

import inspect
import itertools
import math
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import nextword as nw
from nextword.tokens.template import ROLE_TOKENS
from nextword.tokens.tokenizer import tokenizer_from_counts
from nextword.training import loop
from nextword.vectors.values import VectorsReport

TEXTS = ("I like green tea.", "You like black tea, too!", "我喜欢吃苹果，你呢？")
IDS = [3, 4, 5, 2] * 10
DECODING = {"encoding": None, "errors": "strict"}
REPORT = VectorsReport(format="by hand", rows_read=1, dimension=2, duplicates=0, wanted=1, found=1)

# What may be given in place of what was meant; each is made anew, as generators are read once.
WRONG = {
    "None": lambda given: None,
    "0": lambda given: 0,
    "-1": lambda given: -1,
    "3.5": lambda given: 3.5,
    "nan": lambda given: math.nan,
    "True": lambda given: True,
    "''": lambda given: "",
    "'text'": lambda given: "text",
    "bytes": lambda given: b"bytes",
    "[]": lambda given: [],
    "[1, 2]": lambda given: [1, 2],
    "{}": lambda given: {},
    "object": lambda given: object(),
    "zeros": lambda given: np.zeros(3),
    "no axes": lambda given: np.array(3),
    "closed": lambda given: given.closed,
    "huge": lambda given: -(10**5000),
    "ragged": lambda given: [[1, 2], [3]],
    "path": lambda given: Path("no-such-file.txt"),
    "model": lambda given: given.lm,
    "runtime": lambda given: given.lm.runtime,
    "tokenizer": lambda given: given.lm.tokenizer,
    "vocabulary": lambda given: given.lm.vocabulary,
    "conversation": lambda given: given.talk,
    "config": lambda given: nw.EmbeddingConfig(),
    "kind": lambda given: nw.GenerationConfig,
    "generator": lambda given: (number for number in range(3)),
}
# Good values among them, by what an argument is.
NOTHING: frozenset[str] = frozenset()
NONE = frozenset({"None"})
TEXT = frozenset({"''", "'text'"})
COUNT = NOTHING  # of at least 1
FROM_0 = frozenset({"0"})
ABOVE_0 = frozenset({"3.5"})
SHARE = frozenset({"0"})
FLAG = frozenset({"True"})
MODEL = frozenset({"model"})
SEVERAL = frozenset({"[]", "vocabulary"})  # texts; a vocabulary is a sequence of `str`
WORDS = frozenset({"[]", "vocabulary", "'text'"})
STREAM = frozenset({"[]", "[1, 2]"})
PATH = frozenset({"path", "'text'"})
ANY = frozenset(WRONG)


@dataclass(frozen=True)
class Row:
    """A good call of a public name.

    Attributes:
        arguments: Makes the arguments by name, in the order of the signature.
        good: Values of `WRONG` that an argument takes, by its name.
        of: Makes the value whose method it is; None for functions and classes.
        costly: Whether a good call takes long: then it is not made.
        swapped: Pairs of positional arguments that may change places.
    """

    arguments: Any
    good: dict[str, frozenset[str]] = field(default_factory=dict)
    of: Any = None
    costly: bool = False
    swapped: tuple[tuple[str, str], ...] = ()


def never_read():
    """Yield nothing: arguments are checked before texts are read."""
    raise AssertionError("read before the other arguments were checked")
    yield


JUDGING = {"texts": SEVERAL, "as_stream": FLAG}
MIXING = {
    "held_out_ids": frozenset({"[1, 2]"}),
    "loss_mask": NONE,
    "starts": NONE,
    "prior": NONE | {"[1, 2]"},
    "prior_tokens": ABOVE_0,
}


def config_row(kind, **good):
    """Return the row of a config: its defaults, and what else each option may be."""
    names = inspect.signature(kind).parameters
    return Row(lambda given: {name: getattr(kind(), name) for name in names}, good)


def mixing_row(**more):
    return Row(
        lambda given: {
            "parts": [given.ngram, given.ngram],
            "held_out_ids": IDS,
            "loss_mask": None,
            "starts": None,
            "prior": None,
            "prior_tokens": 50.0,
            **{name: None for name in more},
        },
        {**MIXING, **more},
    )


def generating_row():
    return Row(
        lambda given: {"lm": given.lm, "prompt": "I like", "config": nw.GenerationConfig(max_words=1)},
        {"lm": MODEL, "prompt": TEXT},
    )


ROWS = {
    "build_tokenizer": Row(lambda given: {"texts": TEXTS, "config": nw.TokenizerConfig()}, {"texts": SEVERAL}),
    "encode_texts": Row(
        lambda given: {"tokenizer": given.lm.tokenizer, "texts": TEXTS},
        {"tokenizer": frozenset({"tokenizer"}), "texts": SEVERAL},
    ),
    "report_oov": Row(
        lambda given: {"tokenizer": given.lm.tokenizer, "texts": TEXTS, "most_common": 20},
        {"tokenizer": frozenset({"tokenizer"}), "texts": SEVERAL, "most_common": FROM_0},
    ),
    "Conversation": Row(
        lambda given: {"turns": (("user", "Hello."),), "weights": (1,)},
        {"turns": frozenset({"[]"}), "weights": frozenset({"[]"})},
    ),
    "Conversation.say": Row(
        lambda given: {"role": "user", "text": "Hello."}, {"text": frozenset({"'text'"})}, of=lambda given: given.talk
    ),
    "DialogueConfig": config_row(nw.DialogueConfig, replies_only=FLAG, window=NONE),
    "DialogueConfig.template_for": Row(
        lambda given: {"network": nw.LSTMConfig()}, {"network": ANY}, of=lambda given: nw.DialogueConfig()
    ),
    "Template": config_row(nw.Template),
    "Template.encode": Row(
        lambda given: {"tokenizer": given.talking.tokenizer, "conversation": given.talk, "role": "assistant"},
        {"conversation": frozenset({"conversation"})},
        of=lambda given: nw.Template(),
    ),
    "Tokenizer": Row(
        lambda given: {"vocabulary": given.lm.vocabulary, "config": nw.TokenizerConfig()},
        {"vocabulary": frozenset({"vocabulary"})},
    ),
    "Tokenizer.split": Row(lambda given: {"text": "I like"}, {"text": TEXT}, of=lambda given: given.lm.tokenizer),
    "Tokenizer.encode": Row(lambda given: {"text": "I like"}, {"text": TEXT}, of=lambda given: given.lm.tokenizer),
    "Tokenizer.ids_of": Row(lambda given: {"words": ["I"]}, {"words": SEVERAL}, of=lambda given: given.lm.tokenizer),
    "Tokenizer.join": Row(lambda given: {"words": ["I"]}, {"words": SEVERAL}, of=lambda given: given.lm.tokenizer),
    "Tokenizer.decode": Row(lambda given: {"ids": [3]}, {"ids": STREAM}, of=lambda given: given.lm.tokenizer),
    "TokenizerConfig": config_row(
        nw.TokenizerConfig, max_vocabulary=NONE, segmenter=frozenset({"kind"})
    ),  # a class can be called
    "Vocabulary": Row(
        lambda given: {"words": given.lm.vocabulary.words, "counts": (), "roles": ()},
        {"words": frozenset({"vocabulary"}), "counts": frozenset({"[]"}), "roles": frozenset({"[]"})},
    ),
    "Vocabulary.id_of": Row(lambda given: {"word": "tea"}, {"word": TEXT}, of=lambda given: given.lm.vocabulary),
    "Vocabulary.exact_ids": Row(
        lambda given: {"words": ["tea"]}, {"words": SEVERAL}, of=lambda given: given.lm.vocabulary
    ),
    "Vocabulary.ids_with_prefix": Row(
        lambda given: {"prefix": "te"}, {"prefix": TEXT}, of=lambda given: given.lm.vocabulary
    ),
    "Vocabulary.prefix_index": Row(lambda given: {}, of=lambda given: given.lm.vocabulary),
    "Vocabulary.counts_array": Row(lambda given: {}, of=lambda given: given.lm.vocabulary),
    "read_texts": Row(
        lambda given: {"paths": given.file, "unit": "line", "encoding": None, "errors": "strict"}, {"encoding": NONE}
    ),
    "read_conversations": Row(lambda given: {"paths": given.conversations, **DECODING}, {"encoding": NONE}),
    "read_chat": Row(
        lambda given: {"paths": given.chat, "me": None, "pause_hours": 6.0, **DECODING},
        {"me": NONE, "pause_hours": frozenset({"0", "3.5"}), "encoding": NONE},
    ),
    "read_subtitles": Row(lambda given: {"paths": given.subtitles, **DECODING}, {"encoding": NONE}),
    "read_table": Row(
        lambda given: {"paths": given.table, "column": "text", **DECODING},
        {"column": frozenset({"0", "'text'"}), "encoding": NONE},
    ),
    "read_mail": Row(lambda given: {"paths": given.file, **DECODING}, {"encoding": NONE}),
    "read_html": Row(lambda given: {"paths": given.file, **DECODING}, {"encoding": NONE}),
    "read_markdown": Row(lambda given: {"paths": given.file, **DECODING}, {"encoding": NONE}),
    "read_epub": Row(lambda given: {"paths": given.book, **DECODING}, {"encoding": NONE}),
    "sample_texts": Row(lambda given: {"language": "english"}, {"language": NONE}),
    "sample_conversations": Row(lambda given: {"language": "english"}, {"language": NONE}),
    "build_cooccurrence_vectors": Row(
        lambda given: {"ids": IDS, "vocabulary": given.lm.vocabulary, "config": nw.CooccurrenceConfig()},
        {"ids": frozenset({"[1, 2]"}), "vocabulary": frozenset({"vocabulary"})},
    ),
    "build_embedding_matrix": Row(
        lambda given: {
            "vocabulary": given.lm.vocabulary,
            "config": nw.EmbeddingConfig(embedding_dim=4),
            "vectors": None,
        },
        {"vocabulary": frozenset({"vocabulary"}), "config": frozenset({"config"}), "vectors": NONE},
    ),
    "CooccurrenceConfig": config_row(nw.CooccurrenceConfig, dimension=NONE, seed=FROM_0),
    "EmbeddingConfig": config_row(nw.EmbeddingConfig, embedding_dim=NONE, seed=FROM_0),
    "load_vectors": Row(lambda given: {"path": given.vectors, "words": ["tea"]}, {"words": SEVERAL | NONE}),
    "Vectors": Row(lambda given: {"words": ("tea",), "matrix": np.zeros((1, 2), np.float32), "report": REPORT}),
    "build_lstm": Row(lambda given: {"matrix": np.zeros((8, 4), np.float32), "config": nw.LSTMConfig()}, costly=True),
    "build_transformer": Row(
        lambda given: {"matrix": np.zeros((8, 4), np.float32), "config": nw.TransformerConfig()}, costly=True
    ),
    "LSTMConfig": config_row(
        nw.LSTMConfig,
        dropout=SHARE,
        tie_embeddings=FLAG,
        train_embeddings=FLAG,
        cutoffs=NONE | frozenset({"[]"}),
        seed=FROM_0,
    ),
    "LSTMConfig.weight_shapes": Row(
        lambda given: {"vocabulary_size": 8, "embedding_dim": 4},
        of=lambda given: nw.LSTMConfig(),
        swapped=(("vocabulary_size", "embedding_dim"),),
    ),
    "TransformerConfig": config_row(
        nw.TransformerConfig, dropout=SHARE, train_embeddings=FLAG, cutoffs=NONE | frozenset({"[]"}), seed=FROM_0
    ),
    "TransformerConfig.from_depth": Row(
        lambda given: {"depth": 2, "context_length": 16, "dropout": 0.1, "seed": 0},
        {"dropout": SHARE, "seed": FROM_0},
        of=lambda given: nw.TransformerConfig,
    ),
    "TransformerConfig.weight_shapes": Row(
        lambda given: {"vocabulary_size": 8, "embedding_dim": 4},
        of=lambda given: nw.TransformerConfig(),
        swapped=(("vocabulary_size", "embedding_dim"),),
    ),
    "to_runtime": Row(lambda given: {"model": given.keras_model, "half_precision": False}, {"half_precision": FLAG}),
    "build_ngram": Row(
        lambda given: {
            "ids": IDS,
            "config": nw.NgramConfig(order=2),
            "vocabulary_size": 8,
            "temporary_folder": None,
        },
        {"ids": frozenset({"[1, 2]"}), "temporary_folder": NONE | PATH},
    ),
    "NgramConfig": config_row(nw.NgramConfig, min_counts=frozenset({"[1, 2]"}), max_ngrams=NONE),
    "train": Row(
        lambda given: {
            "model": given.keras_model,
            "ids": IDS,
            "config": nw.TrainingConfig(epochs=1),
            "loss_mask": None,
            "starts": None,
            "counts": None,
            "validation_ids": IDS,
            "validation_loss_mask": None,
            "validation_starts": None,
            "checkpoint_dir": None,
            "checkpoint_seconds": None,
            "callbacks": (),
            "progress": False,
        },
        {
            "ids": frozenset({"[1, 2]"}),
            "loss_mask": NONE,
            "starts": NONE,
            "counts": NONE,
            "validation_ids": NONE | {"[1, 2]"},
            "validation_loss_mask": NONE,
            "validation_starts": NONE,
            "checkpoint_dir": NONE | PATH,
            "checkpoint_seconds": NONE,
            "callbacks": frozenset({"[]"}),
            "progress": FLAG,
        },
        costly=True,
    ),
    "TrainingConfig": config_row(
        nw.TrainingConfig,
        epochs=NONE,
        batch_size=NONE,
        sequence_length=NONE,
        optimizer=NONE,
        learning_rate=NONE | ABOVE_0,
        weight_decay=SHARE,
        warmup_share=NONE | SHARE,
        clip_norm=ABOVE_0,
        constant_share=SHARE,
        negatives=NONE | FROM_0,
        precision=NONE,
        unknown_rate=SHARE,
        shuffle=FLAG,
        patience=NONE,
        time_limit=NONE | ABOVE_0,
        seed=FROM_0,
    ),
    "TrainingConfig.resolve": Row(
        lambda given: {
            "num_tokens": 1000,
            "vocabulary_size": 100,
            "num_validation_tokens": 10,
            "network": nw.LSTMConfig(),
        },
        {"num_validation_tokens": FROM_0},
        of=lambda given: nw.TrainingConfig(),
        swapped=tuple(itertools.combinations(("num_tokens", "vocabulary_size", "num_validation_tokens"), 2)),
    ),
    "build_cache": Row(
        lambda given: {"vocabulary": given.lm.vocabulary, "config": nw.CacheConfig()},
        {"vocabulary": frozenset({"vocabulary"})},
    ),
    "CacheConfig": config_row(nw.CacheConfig, half_life=ABOVE_0, smoothing=frozenset({"[1, 2]"})),
    "mix": mixing_row(),
    "describe_mixture": mixing_row(names=NONE),
    "block": Row(lambda given: {"lm": given.lm, "words": ["tea"]}, {"lm": MODEL, "words": SEVERAL}),
    "build_language_model": Row(
        lambda given: {
            "tokenizer": given.talking.tokenizer,
            "model": given.talking.runtime,
            "history": None,
            "notes": (),
            "template": nw.Template(),
        },
        {"history": NONE, "notes": frozenset({"[]", "vocabulary"}), "template": NONE},
    ),
    "calibrate": Row(lambda given: {"lm": given.lm, "texts": TEXTS[:1], "as_stream": False}, {"lm": MODEL, **JUDGING}),
    "fit_temperature": Row(
        lambda given: {"lm": given.lm, "texts": TEXTS[:1], "as_stream": False}, {"lm": MODEL, **JUDGING}
    ),
    "complete_word": Row(
        lambda given: {"lm": given.lm, "text": "I like", "prefix": "te", "top_k": 5},
        {"lm": MODEL, "text": TEXT, "prefix": TEXT | NONE},
        swapped=(("text", "prefix"),),
    ),
    "generate": generating_row(),
    "generate_predictions": generating_row(),
    "generate_words": generating_row(),
    "GenerationConfig": config_row(
        nw.GenerationConfig,
        temperature=FROM_0 | ABOVE_0,
        top_k=NONE,
        min_p=SHARE,
        repetition_penalty=ABOVE_0,
        no_repeat_ngram=FROM_0,
        stop_words=frozenset({"[]", "vocabulary"}),
        seed=FROM_0,
    ),
    "LanguageModel": Row(
        lambda given: {
            "tokenizer": given.lm.tokenizer,
            "runtime": given.lm.runtime,
            "training": None,
            "template": None,
        },
        {"tokenizer": frozenset({"tokenizer"}), "runtime": frozenset({"runtime"}), "training": NONE, "template": NONE},
    ),
    "most_probable": Row(
        lambda given: {"runtime": given.lm.runtime, "state": given.session.state, "k": 2},
        {"runtime": frozenset({"runtime"})},
    ),
    "log_probabilities_at": Row(
        lambda given: {"runtime": given.lm.runtime, "state": given.session.state, "ids": [3, 4]},
        {"runtime": frozenset({"runtime"}), "ids": STREAM},
    ),
    "next_word_probabilities": Row(lambda given: {"lm": given.lm, "text": "I like"}, {"lm": MODEL, "text": TEXT}),
    "predict_next_word": Row(lambda given: {"lm": given.lm, "text": "I like", "top_k": 5}, {"lm": MODEL, "text": TEXT}),
    "predict_next_words": Row(
        lambda given: {"lm": given.lm, "texts": TEXTS, "top_k": 5}, {"lm": MODEL, "texts": SEVERAL}
    ),
    "rank_candidates": Row(
        lambda given: {"lm": given.lm, "text": "I like", "candidates": ["tea"]},
        {"lm": MODEL, "text": TEXT, "candidates": SEVERAL},
    ),
    "reply": Row(
        lambda given: {
            "lm": given.talking,
            "conversation": given.talk,
            "config": nw.GenerationConfig(max_words=1),
            "role": "assistant",
        },
        {"conversation": frozenset({"conversation"})},
    ),
    "score": Row(
        lambda given: {"lm": given.lm, "text": "I like", "complete": False, "spell_unknown": False},
        {"lm": MODEL, "text": TEXT, "complete": FLAG, "spell_unknown": FLAG},
    ),
    "start_session": Row(
        lambda given: {"lm": given.talking, "text": "I", "conversation": given.talk, "role": "user"},
        {"text": TEXT, "conversation": frozenset({"conversation"}), "role": NONE},
    ),
    "Session.with_text": Row(lambda given: {"text": "I like"}, {"text": TEXT}, of=lambda given: given.session),
    "Session.advance": Row(
        lambda given: {"word": "tea"}, {"word": frozenset({"'text'"})}, of=lambda given: given.session
    ),
    "Session.accept": Row(
        lambda given: {"word": "tea", "space": False},
        {"word": frozenset({"'text'"}), "space": FLAG},
        of=lambda given: given.session,
    ),
    "Session.predict": Row(lambda given: {"top_k": 5}, of=lambda given: given.session),
    "Session.complete": Row(lambda given: {"top_k": 5}, of=lambda given: given.session),
    "with_temperature": Row(lambda given: {"lm": given.lm, "temperature": 2.0}, {"lm": MODEL, "temperature": ABOVE_0}),
    "word_probability": Row(
        lambda given: {"lm": given.lm, "text": "I like", "word": "tea"},
        {"lm": MODEL, "text": TEXT, "word": frozenset({"'text'"})},
        swapped=(("text", "word"),),
    ),
    "evaluate": Row(
        lambda given: {
            "lm": given.lm,
            "texts": TEXTS[:1],
            "baselines": None,
            "as_stream": False,
            "keystrokes": False,
        },
        {"lm": MODEL, "baselines": NONE | frozenset({"{}"}), "keystrokes": FLAG, **JUDGING},
    ),
    "find_copies": Row(
        lambda given: {"tokenizer": given.lm.tokenizer, "generated": TEXTS, "training_texts": TEXTS, "min_words": 8},
        {"tokenizer": frozenset({"tokenizer"}), "generated": SEVERAL, "training_texts": SEVERAL},
    ),
    "inspect": Row(lambda given: {"path": given.bundle}),
    "load": Row(lambda given: {"path": given.bundle, "segmenter": None}, {"segmenter": NONE | frozenset({"kind"})}),
    "save": Row(
        lambda given: {"lm": given.lm, "path": given.folder / "lm.nextword"}, {"lm": MODEL, "path": PATH}, costly=True
    ),
    "save_arpa": Row(
        lambda given: {"ngram": given.ngram, "vocabulary": given.small_vocabulary, "path": given.folder / "lm.arpa"},
        {"path": PATH},
        costly=True,
    ),
    "fit": Row(
        lambda given: {
            "source": never_read(),
            "config": None,
            "vectors": None,
            "start_from": None,
            "checkpoint_dir": None,
            "unit": None,
            "encoding": None,
            "errors": "strict",
            "progress": False,
        },
        {
            "config": NONE,
            "vectors": NONE,
            "start_from": NONE | MODEL,
            "checkpoint_dir": NONE | PATH,
            "progress": FLAG,
            "unit": NONE,
            "encoding": NONE,
            "source": frozenset({"vocabulary"}),
        },
        costly=True,
    ),
    "FitConfig": config_row(
        nw.FitConfig,
        embedding=frozenset({"config"}),
        cooccurrence=NONE,
        network=NONE,
        ngram=NONE,
        cache=NONE,
        held_out=SHARE,
        time_limit=NONE | ABOVE_0,
        words=NONE,
        temporary_folder=NONE | PATH,
    ),
    "FitConfig.start_of": Row(
        lambda given: {"network": nw.LSTMConfig(), "has_vectors": False},
        {"has_vectors": FLAG},
        of=lambda given: nw.FitConfig(),
    ),
    "recipe": Row(
        lambda given: {"words": 1000, "minutes": 1.0, "network": "lstm"},
        {"minutes": ABOVE_0},
        swapped=(("words", "minutes"),),
    ),
}
FILES = ("path", "paths", "source")  # whose messages may name the file itself
# Rooms that are being rewritten; to be emptied.
# What functions return. Who makes one by hand gets what they wrote.
RESULTS = {
    "BundleInfo", "CopiedPassage", "CopyReport", "Evaluation", "History", "MixtureReport", "OovReport", "Prediction",
    "ReliabilityBin", "Score", "Session", "TrainingResult", "TrainingSummary", "Turn",
}  # fmt: skip


def public_names():
    """Return the public functions and classes, and the public methods of these classes."""
    for name in dir(nw):
        value = getattr(nw, name)
        is_error = inspect.isclass(value) and issubclass(value, BaseException)
        if name.startswith("_") or inspect.ismodule(value) or is_error or not callable(value):
            continue
        yield name
        if inspect.isclass(value):
            for method in vars(value):
                if not method.startswith("_") and callable(getattr(value, method)):
                    yield f"{name}.{method}"


@pytest.fixture(scope="module")
def given(build_tiny_runtime, tmp_path_factory):
    """Return the values that good calls are made of."""
    folder = tmp_path_factory.mktemp("arguments")
    tokenizer = nw.build_tokenizer(TEXTS)
    lm = nw.LanguageModel(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    counts = Counter(("Hello", ".", "tea", "\n"))
    of_roles = tokenizer_from_counts(counts, nw.TokenizerConfig(), dict.fromkeys(ROLE_TOKENS, 1))
    talking = nw.build_language_model(of_roles, build_tiny_runtime(len(of_roles.vocabulary)))
    nw.save(lm, folder / "tea.nextword")
    (folder / "tea.txt").write_text("tea\n", encoding="utf-8")
    (folder / "vectors.txt").write_text("tea 1 2\n", encoding="utf-8")
    (folder / "talks.jsonl").write_text('{"messages": [{"role": "user", "content": "Tea?"}]}\n', encoding="utf-8")
    (folder / "chat.txt").write_text("1/2/24, 10:00 AM - Anna: tea\n", encoding="utf-8")
    (folder / "film.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\ntea\n", encoding="utf-8")
    (folder / "table.csv").write_text("id,text\n1,tea\n", encoding="utf-8")
    with zipfile.ZipFile(folder / "book.epub", "w") as book:
        book.writestr(
            "META-INF/container.xml", '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
        )
        book.writestr("b.opf", '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine/></package>')
    small = nw.build_tokenizer(["a b c d e"]).vocabulary
    with (folder / "tea.txt").open(encoding="utf-8") as closed:
        pass
    return SimpleNamespace(
        lm=lm,
        closed=closed,
        talking=talking,
        talk=nw.Conversation().say("user", "Hello."),
        session=nw.start_session(lm, "I like"),
        ngram=nw.build_ngram(IDS, vocabulary_size=len(small)),
        small_vocabulary=small,
        keras_model=nw.build_lstm(np.zeros((8, 4), np.float32), nw.LSTMConfig(hidden_dim=4, num_layers=1)),
        folder=folder,
        file=folder / "tea.txt",
        conversations=folder / "talks.jsonl",
        chat=folder / "chat.txt",
        subtitles=folder / "film.srt",
        table=folder / "table.csv",
        book=folder / "book.epub",
        vectors=folder / "vectors.txt",
        bundle=folder / "tea.nextword",
    )


@pytest.fixture(autouse=True)
def no_training(monkeypatch, tmp_path):
    """Fail where a training begins: what is wrong is told before. Relative paths go to a folder of the test."""

    def begun(*arguments, **options):
        raise AssertionError("trained before the arguments were checked")

    monkeypatch.setattr(loop, "_train", begun)
    monkeypatch.chdir(tmp_path)


def target(name, row, given):
    """Return what is called."""
    return getattr(nw, name) if row.of is None else getattr(row.of(given), name.partition(".")[2])


def call(function, arguments):
    """Call a function with arguments by name, those that have no name by place; read what it yields."""
    parameters = inspect.signature(function).parameters
    listed = {name for name, parameter in parameters.items() if parameter.kind is parameter.VAR_POSITIONAL}
    named = {name: value for name, value in arguments.items() if name not in listed}
    result = function(*(arguments[name] for name in sorted(listed)), **named)
    return list(result) if inspect.isgenerator(result) else result


def names(words, name):
    """Return whether the words of an error name an argument, or one of its items, or speak of the file that it is."""
    return re.search(rf"`{name}(\[\d+])?`", words) or (name in FILES and re.search("path|file|folder", words))


def fault_of(function, arguments, name, *, is_good):
    """Return what is wrong with the answer to an argument; "" where nothing is."""
    try:
        call(function, arguments)
    except nw.NextwordError as error:
        if not error.code:
            return f"no code: {error}"
        words = str(error)
        return "" if is_good or names(words, name) else f"not named (code {error.code!r}): {words}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if is_good else "accepted"


def test_every_public_name_has_a_row():
    assert set(public_names()) - RESULTS == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_every_argument_is_in_its_row(name, given):
    assert set(ROWS[name].arguments(given)) == set(inspect.signature(target(name, ROWS[name], given)).parameters)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if not row.costly])
def test_good_calls_are_good(name, given):
    call(target(name, ROWS[name], given), ROWS[name].arguments(given))


@pytest.mark.parametrize("name", ROWS)
def test_a_wrong_argument_is_named(name, given):
    row = ROWS[name]
    function = target(name, row, given)
    faults = []
    for argument in row.arguments(given).keys():
        for value_name, make in WRONG.items():
            is_good = value_name in row.good.get(argument, NOTHING)
            if row.costly and is_good:
                continue
            arguments = {**row.arguments(given), argument: make(given)}
            fault = fault_of(function, arguments, argument, is_good=is_good)
            if fault:
                faults.append(f"{argument}={value_name}: {fault:.200}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if not row.costly])
def test_numbers_of_numpy_are_as_good(name, given):
    function = target(name, ROWS[name], given)
    arguments = ROWS[name].arguments(given)
    kinds = {bool: np.bool_, int: np.int64, float: np.float64}
    call(function, {key: kinds.get(type(value), lambda same: same)(value) for key, value in arguments.items()})


def places_of(function):
    """Return the names of the arguments that may be given by place."""
    parameters = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]


@pytest.mark.parametrize("name", ROWS)
def test_swapped_arguments_are_told(name, given):
    row = ROWS[name]
    function = target(name, row, given)
    faults = []
    for first, second in itertools.combinations(places_of(function), 2):
        arguments = row.arguments(given)
        arguments[first], arguments[second] = arguments[second], arguments[first]
        are_alike = (first, second) in row.swapped or type(arguments[first]) is type(arguments[second])
        if row.costly and are_alike:
            continue
        # Which of the two is named is left open.
        if (fault := fault_of(function, arguments, first, is_good=are_alike)) and fault_of(
            function, arguments, second, is_good=are_alike
        ):
            faults.append(f"{first} and {second}: {fault}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", ROWS)
def test_missing_arguments_are_told_by_python(name, given):
    function = target(name, ROWS[name], given)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL:
            arguments = ROWS[name].arguments(given)
            del arguments[parameter.name]
            with pytest.raises(TypeError, match=f"'{parameter.name}'"):
                call(function, arguments)
