import hashlib
import itertools
import json
import os
import pickle
import platform
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from safetensors import numpy as safetensors, safe_open

import nextword as nw
from nextword.bundle.format import FORMAT_VERSION
from nextword.bundle.runtimes import ADDED, describe_runtime
from nextword.corpus.stream import read_corpus
from nextword.files.sealed import DIGEST, DIGEST_BYTES, METADATA_KEY
from nextword.networks.kinds import NetworkConfig, kind_of
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.networks.weights import in_half_precision
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.masked import MaskedRuntime
from nextword.tokens.segmentation import segment_characters

TEXTS = ("I like tea, and you like milk.", "我喜欢吃苹果。", "我用 Python 3.11 😀")
CONTEXTS = ("", "I like", "我喜欢吃", "我喜欢 tea, and", "nobody knew", "I like tea.\n我")
TRANSFORMER = nw.TransformerConfig(hidden_dim=6, num_layers=2, num_heads=3, context_length=4)
SUMMARY = nw.TrainingSummary(
    config=nw.TrainingConfig(epochs=2, batch_size=3),
    tokens=17,
    held_out_tokens=4,
    perplexities=(12.5, 9.0000001),
    held_out_perplexities=(13.0, 12.75),
    best_epoch=2,
    stopped_by="epochs",
    notes=("我 read it.", "Nothing is held out."),
)


def build(
    tokenizer: nw.TokenizerConfig = nw.TokenizerConfig(),
    network: NetworkConfig = nw.LSTMConfig(hidden_dim=6, num_layers=1),
    embedding_dim: int = 6,
    training: nw.TrainingSummary | None = SUMMARY,
    texts: tuple[str, ...] = TEXTS,
) -> nw.LanguageModel:
    """A language model of random weights, without Keras."""
    built = nw.build_tokenizer(texts, tokenizer)
    generator = np.random.default_rng(7)
    shapes = network.weight_shapes(len(built.vocabulary), embedding_dim)
    weights = {name: generator.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    return nw.LanguageModel(built, kind_of(network).runtime(network, weights), training)


def talking() -> nw.LanguageModel:
    """A language model of conversations, of random weights, without Keras."""
    talks = [nw.Conversation().say("user", text).say("assistant", text) for text in TEXTS]
    corpus = read_corpus(talks, nw.TokenizerConfig())
    built = corpus.tokenizer_of(np.ones(len(corpus.loss_mask), np.bool_), nw.TokenizerConfig())
    network = nw.LSTMConfig(hidden_dim=6, num_layers=1)
    generator = np.random.default_rng(7)
    shapes = network.weight_shapes(len(built.vocabulary), 6)
    weights = {name: generator.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    lm = nw.build_language_model(built, LSTMRuntime(network, weights), template=nw.Template(window=99))
    return replace(lm, training=SUMMARY)


def kinds() -> dict[str, nw.LanguageModel]:
    """One model of every kind that a bundle can hold."""
    return {
        "word, tied": build(),
        "whitespace, untied": build(
            nw.TokenizerConfig(level="whitespace"), nw.LSTMConfig(hidden_dim=5, tie_embeddings=False), 3
        ),
        "char, projection": build(nw.TokenizerConfig(level="char"), nw.LSTMConfig(hidden_dim=5, num_layers=3), 3),
        "transformer": build(network=TRANSFORMER),
        "char, transformer, projection": build(nw.TokenizerConfig(level="char"), TRANSFORMER, 3),
        "blocked": nw.block(build(), ["TEA", "苹果", "unheard"]),
        "temperature": nw.with_temperature(build(), 1.5),
        "conversations": talking(),
        "conversations, blocked, at a temperature": nw.block(nw.with_temperature(talking(), 1.5), ["tea"]),
        "characters, untrained": build(nw.TokenizerConfig(segmenter="characters", max_vocabulary=9), training=None),
    }


def tiny() -> nw.LanguageModel:
    """The smallest model: two words, one unit."""
    return build(network=nw.LSTMConfig(hidden_dim=1, num_layers=1), embedding_dim=1, training=None, texts=("a 我",))


def saved(lm: nw.LanguageModel, folder: Path) -> bytes:
    path = folder / "saved.nextword"
    nw.save(lm, path)
    return path.read_bytes()


def probabilities(lm: nw.LanguageModel) -> bytes:
    return b"".join(nw.next_word_probabilities(lm, context).tobytes() for context in CONTEXTS)


def save_and_print(folder: str) -> None:
    """Run in a new process: build and save every kind, and print what each file and its predictions hash to."""
    for number, lm in enumerate(kinds().values()):
        path = Path(folder, f"{number}.nextword")
        nw.save(lm, path)
        print(hashlib.sha256(path.read_bytes()).hexdigest(), hashlib.sha256(probabilities(nw.load(path))).hexdigest())


def in_new_process(code: str, *arguments: str, hash_seed: str = "0") -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# Forging: a changed bundle whose digest is right, so that the checks behind the digest have to find the fault.


def sealed(header: bytes, data: bytes) -> bytes:
    """The file of a raw safetensors header and data that ends with 32 bytes for the digest."""
    header += b" " * (-len(header) % 8)
    body = len(header).to_bytes(8, "little") + header + data[:-DIGEST_BYTES]
    return body + hashlib.sha256(body).digest()


def raw_parts(content: bytes) -> tuple[bytes, bytes]:
    end = 8 + int.from_bytes(content[:8], "little")
    return content[8:end], content[end:]


def options_of(content: bytes) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(json.loads(raw_parts(content)[0])["__metadata__"][METADATA_KEY])
    return options


def with_metadata(content: bytes, metadata: object) -> bytes:
    header, data = raw_parts(content)
    return sealed(json.dumps({**json.loads(header), "__metadata__": metadata}).encode(), data)


def with_options(content: bytes, options: object) -> bytes:
    return with_metadata(content, {METADATA_KEY: json.dumps(options)})


def with_tensors(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    tensors = safetensors.load(content)
    change(tensors)
    metadata = {METADATA_KEY: json.dumps(options_of(content))}
    return sealed(*raw_parts(safetensors.save(tensors, metadata=metadata)))


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return saved(build(), tmp_path)


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[bytes], nw.BundleError]:
    """Write bytes to a file and return the error that loading it raises."""

    def load(damaged: bytes) -> nw.BundleError:
        path = tmp_path / "damaged.nextword"
        path.write_bytes(damaged)
        with pytest.raises(nw.BundleError) as caught:
            nw.load(path)
        return caught.value

    return load


# What is saved comes back.


@pytest.mark.parametrize("kind", kinds())
def test_loading_gives_back_the_same_model(kind: str, tmp_path: Path) -> None:
    lm, path = kinds()[kind], tmp_path / "模型 1.nextword"
    nw.save(lm, path)
    loaded = nw.load(str(path))
    assert loaded.vocabulary == lm.vocabulary
    assert loaded.tokenizer.config == lm.tokenizer.config
    assert loaded.training == lm.training
    options, weights = describe_runtime(lm.runtime)
    loaded_options, loaded_weights = describe_runtime(loaded.runtime)
    assert loaded_options == options
    assert list(loaded_weights) == list(weights)
    assert probabilities(loaded) == probabilities(lm)
    assert nw.predict_next_word(loaded, "我喜欢吃") == nw.predict_next_word(lm, "我喜欢吃")


@pytest.mark.parametrize("kind", kinds())
def test_equal_models_give_equal_bytes(kind: str, tmp_path: Path) -> None:
    first = saved(kinds()[kind], tmp_path)
    assert saved(kinds()[kind], tmp_path) == first
    assert saved(nw.load(tmp_path / "saved.nextword"), tmp_path) == first


def test_a_new_process_without_keras_agrees_to_the_last_bit(tmp_path: Path) -> None:
    code = (
        "import runpy, sys\n"
        "sys.modules.update(dict.fromkeys(['keras', 'tensorflow', 'jax', 'torch']))\n"
        "runpy.run_path(sys.argv[1])['save_and_print'](sys.argv[2])"
    )
    lines = [
        f"{hashlib.sha256(saved(lm, tmp_path)).hexdigest()} {hashlib.sha256(probabilities(lm)).hexdigest()}"
        for lm in kinds().values()
    ]
    for hash_seed in ("1", "2"):
        assert in_new_process(code, __file__, str(tmp_path), hash_seed=hash_seed).split("\n")[:-1] == lines


@settings(deadline=None, max_examples=25)
@given(
    texts=st.lists(st.text(max_size=20), min_size=1, max_size=4),
    level=st.sampled_from(["word", "whitespace", "char"]),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 5)),
    tied=st.booleans(),
)
def test_any_model_comes_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], level: Any, sizes: tuple[int, int, int], tied: bool
) -> None:
    network = nw.LSTMConfig(hidden_dim=sizes[0], num_layers=sizes[1], tie_embeddings=tied)
    lm = build(nw.TokenizerConfig(level=level), network, sizes[2], texts=("word", *texts))
    folder = tmp_path_factory.mktemp("any")
    first = saved(lm, folder)
    loaded = nw.load(folder / "saved.nextword")
    assert loaded.vocabulary == lm.vocabulary
    assert nw.next_word_probabilities(loaded, texts[0]).tobytes() == nw.next_word_probabilities(lm, texts[0]).tobytes()
    assert saved(loaded, folder) == first


# A value for every option that is not its default. A new field without one fails below.
OPTIONS: dict[type, dict[str, Any]] = {
    nw.TokenizerConfig: {"level": "char", "segmenter": "characters", "min_count": 2, "max_vocabulary": 8},
    nw.LSTMConfig: {
        "hidden_dim": 7,
        "num_layers": 3,
        "dropout": 0.1234567890123,
        "tie_embeddings": False,
        "train_embeddings": False,
        "seed": 2**40,
    },
    nw.TransformerConfig: {
        "hidden_dim": 8,
        "num_layers": 3,
        "num_heads": 2,
        "context_length": 10,
        "dropout": 0.1234567890123,
        "train_embeddings": False,
        "seed": 2**40,
    },
    nw.TrainingConfig: {
        "epochs": 3,
        "batch_size": 4,
        "sequence_length": 5,
        "optimizer": "adam",
        "learning_rate": 0.1,
        "weight_decay": 0.25,
        "warmup_share": 0.125,
        "clip_norm": 1.0 / 3.0,
        "constant_share": 0.75,
        "negatives": 6,
        "precision": "bfloat16",
        "unknown_rate": 0.25,
        "patience": 9,
        "time_limit": 61.5,
        "seed": 11,
    },
    nw.TrainingSummary: {
        "config": nw.TrainingConfig(seed=12),
        "tokens": 13,
        "held_out_tokens": 14,
        "perplexities": (1.5, 1e300, 0.1 + 0.2),
        "held_out_perplexities": (),
        "best_epoch": 15,
        "stopped_by": "time_limit",
        "notes": ("One.", "二"),
    },
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, field.name) for kind in OPTIONS for field in fields(kind)], ids=lambda value: str(value)
)
def test_every_option_survives(kind: Any, name: str, tmp_path: Path) -> None:
    value = OPTIONS[kind][name]
    plain = SUMMARY if kind is nw.TrainingSummary else kind()
    changed: Any = replace(plain, **{name: value})
    assert changed != plain
    lm = {
        nw.TokenizerConfig: lambda: build(changed),
        nw.LSTMConfig: lambda: build(network=changed),
        nw.TransformerConfig: lambda: build(network=changed),
        nw.TrainingConfig: lambda: build(training=replace(SUMMARY, config=changed)),
        nw.TrainingSummary: lambda: build(training=changed),
    }[kind]()
    saved(lm, tmp_path)
    loaded = nw.load(tmp_path / "saved.nextword")
    assert isinstance(loaded.runtime, LSTMRuntime | TransformerRuntime)
    assert loaded.training is not None
    np.testing.assert_array_equal(nw.next_word_probabilities(loaded, "I"), nw.next_word_probabilities(lm, "I"))
    found = (loaded.tokenizer.config, loaded.runtime.config, loaded.training.config, loaded.training)
    assert changed in found
    assert all(getattr(part, name) == value for part in found if type(part) is kind)


def test_the_file_is_plain_safetensors_with_one_metadata_key(tmp_path: Path) -> None:
    lm = build()
    content = saved(lm, tmp_path)
    with safe_open(tmp_path / "saved.nextword", "np") as file:
        assert list(file.metadata()) == [METADATA_KEY]
    tensors = safetensors.load_file(tmp_path / "saved.nextword")
    assert isinstance(lm.runtime, LSTMRuntime)
    for name, weight in lm.runtime.weights.items():
        assert np.array_equal(tensors[f"weight.{name}"], weight)
    assert tensors[DIGEST].tobytes() == content[-32:] == hashlib.sha256(content[:-32]).digest()


def test_a_bundle_tells_nothing_of_where_it_was_made(content: bytes) -> None:
    for secret in (str(Path.cwd()), str(Path.home()), platform.node()):
        assert len(secret) < 4 or secret.encode() not in content


def test_inspect_gives_the_facts(tmp_path: Path) -> None:
    lm = build(nw.TokenizerConfig(segmenter=segment_characters))
    content = saved(lm, tmp_path)
    info = nw.inspect(tmp_path / "saved.nextword")
    assert (info.format_version, info.bytes, info.vocabulary_size) == (FORMAT_VERSION, len(content), len(lm.vocabulary))
    assert isinstance(lm.runtime, LSTMRuntime)
    assert info.parameters == sum(weight.size for weight in lm.runtime.weights.values())
    assert info.tokenizer["segmenter"] == "callable"
    assert (info.network["kind"], info.network["hidden_dim"]) == ("lstm", 6)
    assert info.training is not None
    assert info.training["config"]["batch_size"] == 3


def test_a_segmenter_of_ones_own_is_given_again(tmp_path: Path) -> None:
    class Locked:
        """As jieba's tokenizer has: a lock cannot be copied."""

        def __init__(self) -> None:
            self.lock = threading.Lock()

        def cut(self, run: str) -> list[str]:
            with self.lock:
                return segment_characters(run)

    lm = build(nw.TokenizerConfig(segmenter=Locked().cut))
    path = tmp_path / "own.nextword"
    nw.save(lm, path)
    with pytest.raises(nw.BundleError, match=r"segmenter of its own.*load\(path, segmenter=f\)"):
        nw.load(path)
    assert probabilities(nw.load(path, segmenter=segment_characters)) == probabilities(lm)
    with pytest.raises(nw.InputTypeError, match="must be a function"):
        nw.load(path, segmenter="rjieba")  # type: ignore[arg-type]
    nw.save(build(), path)
    with pytest.raises(nw.BundleError, match="'rjieba'; give none"):
        nw.load(path, segmenter=segment_characters)


def test_loading_opens_one_file_and_runs_nothing(tmp_path: Path) -> None:
    code = (
        "import json, sys, nextword as nw\n"
        "nw.load(sys.argv[1])\n"
        "events = []\n"
        "def hook(name, arguments):\n"
        "    if name.split('.')[0] in ('open', 'import', 'exec', 'compile', 'socket', 'subprocess', 'os', 'pickle'):\n"
        "        events.append((name, str(arguments[0])))\n"
        "sys.addaudithook(hook)\n"
        "nw.load(sys.argv[1]); nw.inspect(sys.argv[1])\n"
        "assert not {'keras', 'tensorflow', 'rjieba'} & set(sys.modules)\n"
        "print(json.dumps(events))"
    )
    path = tmp_path / "saved.nextword"
    nw.save(build(), path)
    # Python reports opening by `open` and by the `os.open` inside it.
    events = json.loads(in_new_process(code, str(path)))
    assert len(events) == 4
    assert all(event == ["open", str(path)] for event in events)


def test_a_language_model_is_not_pickled() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(nw.InputTypeError, match=r"nextword\.save"):
            pickle.dumps(tiny(), protocol)


# Saving.


def test_an_interrupted_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = saved(build(), tmp_path)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        nw.save(tiny(), tmp_path / "saved.nextword")
    assert [file.name for file in tmp_path.iterdir()] == ["saved.nextword"]
    assert (tmp_path / "saved.nextword").read_bytes() == old


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "lm.nextword"
    with pytest.raises(nw.InputTypeError, match="expected a LanguageModel"):
        nw.save("lm", path)  # type: ignore[arg-type]
    unigram = nw.build_language_model(tiny().tokenizer, UnigramRuntime(tiny().vocabulary))
    with pytest.raises(nw.InputTypeError, match="a bundle holds a network"):
        nw.save(unigram, path)
    for word in ("", "a\nb", "\x1b[31m", "\ud800"):
        vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", "a", word))
        lm = nw.LanguageModel(nw.Tokenizer(vocabulary), tiny().runtime)
        with pytest.raises(nw.InputError, match=r"empty|control characters"):
            nw.save(lm, path)
    assert not path.exists()


# Damage: never a silent wrong load.


def test_damage_is_found(tmp_path: Path, refused: Callable[[bytes], nw.BundleError]) -> None:
    # Every bit, cut and byte too many is tried in tests/files.
    content = saved(tiny(), tmp_path)
    for position in range(0, len(content), 31):
        refused(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        refused(content[:position])
        refused(content[:position] + content[position + 1 :])


def test_forging_is_sound(content: bytes, tmp_path: Path) -> None:
    unchanged = (
        sealed(*raw_parts(content)),
        with_options(content, options_of(content)),
        with_tensors(content, lambda tensors: tensors),
        with_tensors(
            content, lambda tensors: tensors.update({"weight.logits/bias": tensors["weight.logits/bias"] + 0})
        ),
    )
    for forged in unchanged:
        (tmp_path / "forged.nextword").write_bytes(forged)
        assert probabilities(nw.load(tmp_path / "forged.nextword")) == probabilities(build())


def test_the_tensors_are_exactly_those_of_the_model(tmp_path: Path, refused: Callable[[bytes], nw.BundleError]) -> None:
    content = saved(kinds()["char, projection"], tmp_path)
    changes: list[Callable[[dict[str, Any], str], object]] = [
        lambda tensors, name: tensors.pop(name),
        lambda tensors, name: tensors.update({f"{name}2": tensors[name]}),
        lambda tensors, name: tensors.update({f"{name}2": tensors.pop(name)}),
        lambda tensors, name: tensors.update({name: tensors[name].astype(np.float64)}),
        lambda tensors, name: tensors.update({name: tensors[name].astype(np.int32)}),
        lambda tensors, name: tensors.update({name: tensors[name][None]}),
        lambda tensors, name: tensors.update({name: tensors[name][:-1]}),
        lambda tensors, name: tensors.update({name: np.concatenate([tensors[name], tensors[name][-1:]])}),
    ]
    for change, name in itertools.product(changes, safetensors.load(content)):

        def change_one(tensors: dict[str, Any], change: Any = change, name: str = name) -> None:
            change(tensors, name)

        refused(with_tensors(content, change_one))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_are_finite(value: float, content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    for name in safetensors.load(content):
        if name.startswith("weight."):

            def spoil(tensors: dict[str, Any], name: str = name) -> None:
                tensors[name] = tensors[name].copy()
                tensors[name].flat[-1] = value

            assert f"{name.removeprefix('weight.')!r} holds 1 NaN" in str(refused(with_tensors(content, spoil)))


def with_words(content: bytes, words: list[bytes], counts: list[int] | None = None) -> bytes:
    def change(tensors: dict[str, Any]) -> None:
        tensors["vocabulary.bytes"] = np.frombuffer(b"".join(words), np.uint8)
        tensors["vocabulary.lengths"] = np.array([len(word) for word in words], np.int64)
        if counts is not None:
            tensors["vocabulary.counts"] = np.array(counts, np.int64)

    return with_tensors(content, change)


def test_the_vocabulary_fits(tmp_path: Path, refused: Callable[[bytes], nw.BundleError]) -> None:
    content = saved(tiny(), tmp_path)
    (tmp_path / "other.nextword").write_bytes(with_words(content, [b"b", b"c"]))
    assert nw.load(tmp_path / "other.nextword").vocabulary[3:] == ("b", "c")  # without a fault it is a bundle
    for words, reason in {
        (b"a", b"a"): "'a' is there twice",
        (b"a", b"<eos>"): "'<eos>' is there twice",
        (b"a",): "`counts` needs one count a word, 4",
        (b"a", b"b", b"c"): "`counts` needs one count a word, 6",
        (b"a", b""): "the lengths of the words",
        (b"a", b"\xff"): "can't decode byte 0xff",
        (b"a", b"b\n"): "control characters",
        (b"a", "\u202eb".encode()): "control characters",
        (b"a", b"\xed\xa0\x80"): "can't decode byte 0xed",
        (): "the lengths of the words|`counts`|none of them",
    }.items():
        error = refused(with_words(content, list(words)))
        assert any(part in str(error) for part in reason.split("|")), error
    assert "6 words and 5 rows" in str(refused(with_words(content, [b"a", b"b", b"c"], [0] * 6)))
    assert "4 words and 5 rows" in str(refused(with_words(content, [b"a"], [0] * 4)))
    assert "less than 0 times" in str(refused(with_words(content, [b"a", b"b"], [0, 0, 1, -1, 1])))
    for lengths in ([2**62] * 4, [-1, 5], [5, -1], [4, 4]):  # the first sum wraps around to 0
        change = {"vocabulary.lengths": np.array(lengths, np.int64)}
        assert "the lengths of the words" in str(refused(with_tensors(content, lambda t, c=change: t.update(c))))  # type: ignore[misc]


@pytest.mark.parametrize("part", ["format_version", "tokenizer", "network", "training"])
def test_the_header_has_its_parts(part: str, content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    options = options_of(content)
    values: list[Any] = [None, True, 1.0, "1", [], [["a", 1]], 0, -1, {}]
    for value in values:
        if value is not None or part != "training":
            refused(with_options(content, {**options, part: value}))
    refused(with_options(content, {name: value for name, value in options.items() if name != part}))
    refused(with_options(content, {**options, "more": 1}))


def test_options_are_exactly_the_known_ones(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    options = options_of(content)
    for part in (options["tokenizer"], options["network"], options["training"], options["training"]["config"]):
        for name in list(part):
            value = part.pop(name)
            if name not in ADDED.get(nw.TrainingConfig, {}):  # which the first bundles lack, such as the golden one
                refused(with_options(content, options))
            part[f"{name}_2"] = value
            refused(with_options(content, options))
            del part[f"{name}_2"]
            part[name] = value
    for part, name, value in (
        ("network", "hidden_dim", 7),
        ("network", "hidden_dim", 10**9),
        ("network", "num_layers", 2),
        ("network", "num_layers", 1.0),
        ("network", "tie_embeddings", False),
        ("network", "dropout", "0.2"),
        ("network", "kind", "os.system"),
        ("network", "kind", ["lstm"]),
        ("tokenizer", "level", "byte"),
        ("tokenizer", "level", ["word"]),
        ("tokenizer", "segmenter", "os.system"),
        ("tokenizer", "min_count", 0),
        ("training", "config", None),
        ("training", "config", []),
    ):
        assert isinstance(refused(with_options(content, {**options, part: {**options[part], name: value}})), ValueError)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_dim", 12),
        ("hidden_dim", 7),
        ("hidden_dim", 10**9),
        ("hidden_dim", 6.0),
        ("num_layers", 1),
        ("num_layers", 3),
        ("num_layers", 10**9),
        ("num_heads", 2),  # heads of 3 numbers make no pairs
        ("num_heads", 0),
        ("num_heads", 10**9),
        ("num_heads", True),
        ("context_length", 5),
        ("context_length", 0),
        ("context_length", 10**9),  # a cache that no memory holds
        ("context_length", "4"),
        ("dropout", 1.0),
        ("train_embeddings", 1),
        ("seed", -1),
        ("kind", "lstm"),
        ("tie_embeddings", True),
    ],
)
def test_forged_sizes_of_a_transformer_are_refused(
    name: str, value: Any, tmp_path: Path, refused: Callable[[bytes], nw.BundleError]
) -> None:
    content = saved(build(network=TRANSFORMER), tmp_path)
    options = options_of(content)
    network = {**options["network"], name: value}
    assert isinstance(refused(with_options(content, {**options, "network": network})), nw.BundleCorruptError)
    if name in options["network"]:
        del network[name]
        refused(with_options(content, {**options, "network": network}))


def test_weights_of_a_transformer_fit_and_are_finite(
    tmp_path: Path, refused: Callable[[bytes], nw.BundleError]
) -> None:
    content = saved(build(network=TRANSFORMER), tmp_path)
    for name in TRANSFORMER.weight_shapes(5, 6):
        key = f"weight.{name}"
        weight = safetensors.load(content)[key]
        for change in (None, weight[:-1], weight[None], np.full_like(weight, np.nan), weight.astype(np.int32)):

            def spoil(tensors: dict[str, Any], key: str = key, change: Any = change) -> None:
                if change is None:
                    del tensors[key]
                else:
                    tensors[key] = np.ascontiguousarray(change)

            refused(with_tensors(content, spoil))


def test_offsets_that_lie(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    header, data = raw_parts(content)
    for name in json.loads(header):
        for field, values in {
            "data_offsets": ([0, 1], [-4, 0], [0, 2**62], [8, 4], [0], "0"),
            "shape": ([1], [-1], [2**62, 4], [0], None),
            "dtype": ("BF16", "F8_E4M3", "I128", "os", 5, None),
        }.items():
            for value in values:
                named = json.loads(header)
                if name != "__metadata__" and named[name][field] != value:
                    named[name][field] = value
                    refused(sealed(json.dumps(named).encode(), data))


@pytest.mark.parametrize("version", [2, 3, 10**6, 10**100])
def test_a_newer_format_says_so(version: int, content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    error = refused(with_options(content, {**options_of(content), "format_version": version}))
    assert isinstance(error, nw.BundleVersionError)
    assert f"format version {version!r:.80}; this nextword reads versions up to {FORMAT_VERSION}" in str(error)
    assert "pip install --upgrade nextword" in str(error)


# Files of other kinds.


class Canary:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


def test_a_pickle_is_not_opened(tmp_path: Path, refused: Callable[[bytes], nw.BundleError]) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        error = refused(pickle.dumps([Canary(tmp_path / "canary"), "x" * 99], protocol))
        assert isinstance(error, nw.UnsafeFormatError)
        assert protocol < 2 or "looks like a pickle" in str(error)
    assert not (tmp_path / "canary").exists()


def test_paths_are_checked(tmp_path: Path) -> None:
    # More of it is in tests/files.
    for read in (nw.load, nw.inspect):
        with pytest.raises(nw.MissingFileError):
            read(tmp_path / "missing.nextword")
    for path, error in ((tmp_path / "missing" / "lm", nw.MissingFileError), (tmp_path, nw.InputError)):
        with pytest.raises(error):
            nw.save(tiny(), path)
    assert not list(tmp_path.iterdir())


def test_inspect_refuses_what_load_refuses(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "damaged.nextword"
    for damaged in (
        content[:-1],
        b"",
        b"PK\x03\x04" + bytes(64),
        with_tensors(content, lambda tensors: tensors.pop("vocabulary.counts")),
    ):
        path.write_bytes(damaged)
        with pytest.raises(nw.BundleError):
            nw.inspect(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tokens", 1.5),
        ("tokens", -1),
        ("best_epoch", True),
        ("stopped_by", 3),
        ("perplexities", [1]),
        ("perplexities", "12"),
        ("held_out_perplexities", None),
        ("notes", [["a"]]),
    ],
)
def test_a_record_of_the_training_of_a_wrong_kind_is_refused(
    name: str, value: Any, content: bytes, refused: Callable[[bytes], nw.BundleError]
) -> None:
    options = options_of(content)
    options["training"][name] = value
    assert "record of the training" in str(refused(with_options(content, options)))


@pytest.mark.parametrize(
    "network",
    [
        {"words": "tea"},
        {"words": [1]},
        {"words": ["tea"], "more": 1},
        {"base": None},
        {"base": {"kind": "blocked", "words": [], "base": {"kind": "lstm"}}},
        {"base": {"kind": "unheard of"}},
    ],
)
def test_blocked_words_of_a_wrong_kind_are_refused(
    network: dict[str, Any], tmp_path: Path, refused: Callable[[bytes], nw.BundleError]
) -> None:
    content = saved(nw.block(build(), ["tea"]), tmp_path)
    options = options_of(content)
    options["network"] |= network
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)


@pytest.mark.parametrize(
    "network",
    [
        {"temperature": "1"},
        {"temperature": 0.0},
        {"temperature": True},
        {"temperature": 2.0, "more": 1},
        {"base": None},
        {"base": {"kind": "blocked", "words": [], "base": {"kind": "lstm"}}},
    ],
)
def test_a_temperature_of_a_wrong_kind_is_refused(
    network: dict[str, Any], tmp_path: Path, refused: Callable[[bytes], nw.BundleError]
) -> None:
    content = saved(nw.with_temperature(build(), 1.5), tmp_path)
    options = options_of(content)
    options["network"] |= network
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)


def test_weights_of_half_precision_take_half_the_bytes(build_tiny_runtime: Any, tmp_path: Path) -> None:
    tokenizer = nw.build_tokenizer(nw.sample_texts()[:200])
    runtime = build_tiny_runtime(len(tokenizer.vocabulary), embedding_dim=64)
    sizes = []
    for number, saved_runtime in enumerate((runtime, in_half_precision(runtime))):
        path = tmp_path / f"{number}.nextword"
        nw.save(nw.build_language_model(tokenizer, saved_runtime), path)
        loaded = nw.load(path).runtime
        assert isinstance(loaded, LSTMRuntime)
        for name, weight in saved_runtime.weights.items():
            assert loaded.weights[name].dtype == np.float32
            assert loaded.weights[name].tobytes() == weight.tobytes()
        sizes.append(path.stat().st_size)
    numbers = sum(weight.size for weight in runtime.weights.values())
    assert sizes[0] - sizes[1] == pytest.approx(2 * numbers, rel=0.01)


# Conversations.


def test_a_model_of_conversations_comes_back(tmp_path: Path) -> None:
    lm = talking()
    saved(lm, tmp_path)
    loaded, info = nw.load(tmp_path / "saved.nextword"), nw.inspect(tmp_path / "saved.nextword")
    assert (loaded.template, loaded.vocabulary) == (nw.Template(window=99), lm.vocabulary)
    assert (info.template, info.network["kind"]) == ({"window": 99}, "masked")
    talk = nw.Conversation().say("user", "I like <assistant> tea")
    for temperature in (0.0, 1.0):
        config = nw.GenerationConfig(temperature=temperature)
        assert nw.reply(loaded, talk, config) == nw.reply(lm, talk, config)
    nw.save(build(), tmp_path / "texts.nextword")
    assert nw.load(tmp_path / "texts.nextword").template is None
    assert nw.inspect(tmp_path / "texts.nextword").template is None


@pytest.mark.parametrize(
    "template",
    [
        None,
        [],
        "window",
        {},
        {"window": 7},
        {"window": "99"},
        {"window": True},
        {"window": 9.0},
        {"window": None},
        {"window": 10**12},
        {"window": 99, "more": 1},
        {"windows": 99},
    ],
)
def test_forged_templates_are_refused(
    template: object, tmp_path: Path, refused: Callable[[bytes], nw.BundleError]
) -> None:
    content = saved(talking(), tmp_path)
    error = refused(with_options(content, {**options_of(content), "template": template}))
    assert isinstance(error, nw.BundleCorruptError)


def test_role_tokens_and_their_mask_belong_together(tmp_path: Path, refused: Callable[[bytes], nw.BundleError]) -> None:
    content = saved(talking(), tmp_path)
    options = options_of(content)
    network = options["network"]
    wrong = (
        network["base"],
        {"kind": "masked", "base": network},
        {"kind": "masked"},
        {**network, "ids": [7]},
        {"kind": "masked", "base": None},
        {"kind": "masked", "base": {"kind": "temperature", "temperature": 2.0, "base": network["base"]}},
        {"kind": "blocked", "words": [], "base": network["base"]},
        {"kind": "mixture", "weights": [1.0], "parts": [network]},
    )
    for forged in wrong:
        assert isinstance(refused(with_options(content, {**options, "network": forged})), nw.BundleCorruptError)
    del options["template"]
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)
    plain = saved(build(), tmp_path)
    given = {**options_of(plain), "template": {"window": 99}}
    assert isinstance(refused(with_options(plain, given)), nw.BundleCorruptError)
    unneeded = {**options_of(plain), "network": {"kind": "masked", "base": options_of(plain)["network"]}}
    assert "role tokens are masked where there are any" in str(refused(with_options(plain, unneeded)))


def test_a_model_of_conversations_that_could_say_role_tokens_is_not_saved(tmp_path: Path) -> None:
    lm = talking()
    assert isinstance(lm.runtime, MaskedRuntime)
    for broken in (
        replace(lm, template=None),
        replace(lm, runtime=lm.runtime.base),
        replace(build(), template=nw.Template()),
    ):
        with pytest.raises(nw.InputTypeError, match=r"has a template, the role tokens .* and masks them"):
            nw.save(broken, tmp_path / "broken.nextword")
    with pytest.raises(nw.InputTypeError, match="masked once, below a temperature"):
        nw.save(replace(lm, runtime=MaskedRuntime(lm.runtime, (3,))), tmp_path / "broken.nextword")
    assert not list(tmp_path.iterdir())
