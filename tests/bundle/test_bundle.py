import gzip
import hashlib
import io
import itertools
import json
import os
import pickle
import platform
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses
from safetensors import numpy as safetensors, safe_open

import nextword as nw
from nextword.bundle.format import FORMAT_VERSION
from nextword.bundle.runtimes import describe_runtime
from nextword.corpus.stream import read_corpus
from nextword.files.sealed import DIGEST, DIGEST_BYTES, METADATA_KEY
from nextword.networks.kinds import NetworkConfig, kind_of
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.networks.weights import in_half_precision
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.shaping import ShapedRuntime, shaped, unshaped
from nextword.tokens.segmentation import segment_characters

TESTS = str(Path(__file__).parents[1])
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
    (runtime, shape), (loaded_runtime, loaded_shape) = unshaped(lm.runtime), unshaped(loaded.runtime)
    assert loaded_shape == shape
    options, weights = describe_runtime(runtime)
    loaded_options, loaded_weights = describe_runtime(loaded_runtime)
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
        "sys.path.insert(0, sys.argv[3])\n"
        "runpy.run_path(sys.argv[1])['save_and_print'](sys.argv[2])"
    )
    lines = [
        f"{hashlib.sha256(saved(lm, tmp_path)).hexdigest()} {hashlib.sha256(probabilities(lm)).hexdigest()}"
        for lm in kinds().values()
    ]
    for hash_seed in ("1", "2"):
        assert in_new_process(code, __file__, str(tmp_path), TESTS, hash_seed=hash_seed).split("\n")[:-1] == lines


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


# Saving.


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_an_interrupted_save_leaves_the_old_file(
    function: str, failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = saved(build(), tmp_path)

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(type(failure)):
        nw.save(tiny(), tmp_path / "saved.nextword")
    assert [file.name for file in tmp_path.iterdir()] == ["saved.nextword"]
    assert (tmp_path / "saved.nextword").read_bytes() == old


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    saved(build(), tmp_path)
    saved(tiny(), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["saved.nextword"]


@pytest.mark.skipif(os.name != "posix", reason="file rights of POSIX")
def test_file_rights(tmp_path: Path) -> None:
    path = tmp_path / "saved.nextword"
    before = os.umask(0o027)
    try:
        nw.save(tiny(), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640  # a new file's, not a temporary file's
        path.chmod(0o600)
        nw.save(tiny(), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600  # a private file stays private
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    old = saved(build(), tmp_path)
    for name in ("link", "dangling"):
        link = tmp_path / name
        link.symlink_to(tmp_path / ("saved.nextword" if name == "link" else "nowhere"))
        nw.save(tiny(), link)
        assert nw.load(link).vocabulary == tiny().vocabulary
        assert not link.is_symlink()
    assert (tmp_path / "saved.nextword").read_bytes() == old


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("长" * 85)  # 255 bytes
    nw.save(tiny(), path)
    assert nw.load(path).vocabulary == tiny().vocabulary


def test_where_nothing_can_be_saved(tmp_path: Path) -> None:
    with pytest.raises(nw.MissingFileError, match="make it first"):
        nw.save(tiny(), tmp_path / "missing" / "lm.nextword")
    with pytest.raises(nw.InputError, match="a folder or a device"):
        nw.save(tiny(), tmp_path)
    with pytest.raises(nw.InputError, match="a folder or a device"):
        nw.save(tiny(), os.devnull)
    for path in (None, 3, b"lm.nextword"):
        with pytest.raises(nw.InputTypeError, match="a path is a `str` or `Path`"):
            nw.save(tiny(), path)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


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


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    content, path = bytearray(saved(tiny(), tmp_path)), tmp_path / "damaged.nextword"
    assert len(content) < 2048
    found = 0
    for position, bit in itertools.product(range(len(content)), range(8)):
        content[position] ^= 1 << bit
        path.write_bytes(content)
        content[position] ^= 1 << bit
        try:
            nw.load(path)
        except nw.BundleError:
            found += 1
    assert found == 8 * len(content)


def test_every_cut_and_every_byte_too_many_is_found(tmp_path: Path) -> None:
    content, path = saved(tiny(), tmp_path), tmp_path / "damaged.nextword"
    cuts = [content[:length] for length in range(len(content))]
    cuts += [content[length:] for length in range(1, len(content))]
    missing = [content[:i] + content[i + 1 :] for i in range(len(content))]
    more = [content[:i] + byte + content[i:] for i in range(len(content) + 1) for byte in (b"\0", b" ", b"7")]
    found = 0
    for damaged in cuts + missing + more:
        path.write_bytes(damaged)
        try:
            nw.load(path)
        except nw.BundleError:
            found += 1
    assert found == len(cuts + missing + more)


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


def duplicates(value: object) -> Iterator[str]:
    """The JSON of a value with one of its keys, at any depth, written twice; each key in turn."""
    if not isinstance(value, dict):
        return
    pairs = {key: f"{json.dumps(key)}:{json.dumps(item)}" for key, item in value.items()}
    for key, item in value.items():
        yield "{" + ",".join([*pairs.values(), pairs[key]]) + "}"
        for inner in duplicates(item):
            yield "{" + ",".join({**pairs, key: f"{json.dumps(key)}:{inner}"}.values()) + "}"


def test_no_key_stands_twice(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    header, data = raw_parts(content)
    outer = [sealed(text.encode(), data) for text in duplicates(json.loads(header))]
    inner = [with_metadata(content, {METADATA_KEY: text}) for text in duplicates(options_of(content))]
    assert len(outer) > 30
    assert len(inner) > 30
    for damaged in outer + inner:
        assert "twice" in str(refused(damaged))


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


@pytest.mark.parametrize("part", ["format_version", "tokenizer", "network", "shape", "training"])
def test_the_header_has_its_parts(part: str, content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    options = options_of(content)
    values: list[Any] = [None, True, 1.0, "1", [], [["a", 1]], 0, -1, {}]
    for value in values:
        if (value is not None or part != "training") and (value != {} or part != "shape"):
            refused(with_options(content, {**options, part: value}))
    refused(with_options(content, {name: value for name, value in options.items() if name != part}))
    refused(with_options(content, {**options, "more": 1}))


def test_options_are_exactly_the_known_ones(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    options = options_of(content)
    for part in (options["tokenizer"], options["network"], options["training"], options["training"]["config"]):
        for name in list(part):
            value = part.pop(name)
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


def test_malformed_json(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    header, data = raw_parts(content)
    for text in (
        b"{",
        b"{}",
        b"{\xff}",
        b'{"a": NaN}',
        b'{"a": ' + b"[" * 100_000 + b"}",
        b"{'a': 1}",
        b'{"a": 1' + b"0" * 5000 + b"}",
    ):
        refused(sealed(text, data))
        refused(with_metadata(content, {METADATA_KEY: text.decode("latin-1")}))
    no_metadata: list[Any] = [
        None,
        5,
        "x",
        [],
        {},
        {METADATA_KEY: 5},
        {METADATA_KEY: {}},
        {METADATA_KEY: None},
        {METADATA_KEY: "5"},
    ]
    for metadata in no_metadata:
        refused(with_metadata(content, metadata))
    refused(with_metadata(content, {METADATA_KEY: json.dumps(options_of(content)), "more": "x"}))
    refused(sealed(header + b" " * (1 << 20), data))
    refused(sealed(header, data + b"12345678"))
    refused((2**63).to_bytes(8, "little") + content[8:])


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


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 10**6, 10**100])
def test_a_newer_format_says_so(version: int, content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    error = refused(with_options(content, {**options_of(content), "format_version": version}))
    assert isinstance(error, nw.BundleVersionError)
    assert f"format version {version!r:.80}; this nextword reads versions up to {FORMAT_VERSION}" in str(error)
    assert "pip install --upgrade nextword" in str(error)


@pytest.mark.parametrize("size", [0x480, 0x580])
def test_a_header_whose_size_begins_like_a_pickle(size: int, tmp_path: Path) -> None:
    # The first bytes of such a file are those of pickle protocols 4 and 5.
    def header_of(digits: int) -> int:
        network = nw.LSTMConfig(hidden_dim=1, num_layers=1, seed=10**digits)
        content = saved(build(network=network, embedding_dim=1, training=None, texts=("a 我",)), tmp_path)
        return len(raw_parts(content)[0])

    assert header_of(size - header_of(0)) == size
    assert (tmp_path / "saved.nextword").read_bytes()[:2] in (b"\x80\x04", b"\x80\x05")
    assert nw.load(tmp_path / "saved.nextword").vocabulary == tiny().vocabulary


# Files of other kinds.


class Canary:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", "{}")
    return stream.getvalue()


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros(8))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (zipped(), "a zip archive .a Keras `.keras` file"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "an HDF5 file"),
        (gzip.compress(b"text"), "a gzip file"),
        (npy(), "a NumPy array"),
        (b"GGUF" + b"\0" * 64, "a GGUF model"),
        (b"\\data\\\nngram 1=5\n", "an ARPA n-gram model"),
        (b"mmap lm http://kheafield.com/code format version 5\n\0", "a kenlm model"),
        (b"", "is empty"),
        (b"I like tea.\n" * 9, "a text file"),
        ("我喜欢吃苹果。\n".encode() * 9, "a text file"),
        (b'{"a": {"b": 1}}' * 9, "a text file|no whole bundle"),
        (b"\0" * 100, "no nextword bundle"),
        (b"\xff" * 100, "no nextword bundle"),
        (safetensors.save({"a": np.zeros(9, np.float32)}), "a safetensors file but no nextword bundle"),
        (
            safetensors.save({"a": np.zeros(9, np.float32)}, {"format": "pt"}),
            "a safetensors file but no nextword bundle",
        ),
    ],
)
def test_other_kinds_of_file(other: bytes, kind: str, refused: Callable[[bytes], nw.BundleError]) -> None:
    error = refused(other)
    assert isinstance(error, nw.UnsafeFormatError)
    assert any(part.replace(".a ", "(a ") in str(error) for part in kind.split("|")), error
    assert "nextword.save" in str(error)


def test_a_pickle_is_not_opened(tmp_path: Path, refused: Callable[[bytes], nw.BundleError]) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        error = refused(pickle.dumps([Canary(tmp_path / "canary"), "x" * 99], protocol))
        assert isinstance(error, nw.UnsafeFormatError)
        assert protocol < 2 or "looks like a pickle" in str(error)
    assert not (tmp_path / "canary").exists()


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(nw.MissingFileError, match=r"there is no file .*Bundles are written by"):
        nw.load(tmp_path / "missing.nextword")
    with pytest.raises(nw.BundleError, match=r"is a folder; give the `\.nextword` file in it"):
        nw.load(tmp_path)
    for address in ("https://example.com/lm.nextword", "hf://a/b", "file:///tmp/x"):
        with pytest.raises(nw.BundleError, match="Download it first"):
            nw.load(address)
    for path in (None, 0, b"lm.nextword", ["lm.nextword"]):
        with pytest.raises(nw.InputTypeError, match="a path is a `str` or `Path`"):
            nw.load(path)  # type: ignore[arg-type]
    with pytest.raises(nw.InputError, match="NUL"):
        nw.load("lm\0.nextword")


@pytest.mark.skipif(os.name != "posix", reason="named pipes and devices of POSIX")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    errors: list[str] = []

    def load(path: str | Path) -> None:
        try:
            nw.load(path)
        except nw.BundleError as error:
            errors.append(str(error))

    for path in (tmp_path / "pipe", "/dev/zero", os.devnull):
        thread = threading.Thread(target=load, args=(path,), daemon=True)
        thread.start()
        thread.join(5.0)
        assert not thread.is_alive(), path
    assert len(errors) == 3
    assert all("is no regular file" in error for error in errors)


def test_inspect_refuses_what_load_refuses(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "damaged.nextword"
    for damaged in (
        content[:-1],
        b"",
        zipped(),
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
    "shape",
    [
        {"blocked": "tea"},
        {"blocked": [1]},
        {"blocked": None},
        {"temperature": "1"},
        {"temperature": 0.0},
        {"temperature": True},
        {"temperature": None},
        {"never": [3]},
        {"never": ["<user>"]},
        {"never": 3},
        {"more": 1},
    ],
)
def test_shapes_of_a_wrong_kind_are_refused(
    shape: dict[str, Any], tmp_path: Path, refused: Callable[[bytes], nw.BundleError]
) -> None:
    content = saved(nw.with_temperature(nw.block(build(), ["tea"]), 1.5), tmp_path)
    options = options_of(content)
    assert options["shape"] == {"blocked": ["tea"], "temperature": 1.5}
    options["shape"] |= shape
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
    assert (info.template, info.network["kind"], info.shape) == ({"window": 99}, "lstm", {"never": [3, 4, 5]})
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
    for never in ([], [3, 4], [3, 4, 5, 6], [4, 5, 6], [-1], [10**9], [3.0, 4, 5], None):
        forged = {**options, "shape": {"never": never}}
        assert isinstance(refused(with_options(content, forged)), nw.BundleCorruptError)
    del options["template"]
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)
    plain = saved(build(), tmp_path)
    for change in ({"template": {"window": 99}}, {"shape": {"never": [3, 4, 5]}}):
        assert isinstance(refused(with_options(plain, {**options_of(plain), **change})), nw.BundleCorruptError)


def test_a_model_of_conversations_that_could_say_role_tokens_is_not_saved(tmp_path: Path) -> None:
    lm = talking()
    assert isinstance(lm.runtime, ShapedRuntime)
    for broken in (
        replace(lm, template=None),
        replace(lm, runtime=lm.runtime.base),
        replace(lm, runtime=shaped(lm.runtime, lm.tokenizer, never=(3, 4))),
        replace(build(), template=nw.Template()),
    ):
        with refuses(nw.InputTypeError, "roles-do-not-fit"):
            nw.save(broken, tmp_path / "broken.nextword")
    assert not list(tmp_path.iterdir())
