"""Loading: the same model to the last bit, and never a silent wrong one."""

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bundle_files
import numpy as np
import pytest
from bundle_files import (
    FORMAT_VERSION,
    KINDS,
    build,
    build_talking,
    build_tiny,
    load_bytes,
    options_of,
    probabilities,
    raw_parts,
    saved,
    sealed,
    with_options,
    with_tensors,
)
from hypothesis import given, settings, strategies as st
from refusals import refuses
from safetensors import numpy as safetensors

import nextword as nw
from nextword.bundle.runtimes import describe_runtime
from nextword.bundle.writing import bundle_bytes
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.prediction.shaping import unshaped
from nextword.tokens.segmentation import segment_characters

Refused = Callable[[bytes], nw.BundleError]


def in_new_process(code: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# What is saved comes back.


@pytest.mark.parametrize("kind", KINDS)
def test_loading_gives_back_the_same_model(kind: str, tmp_path: Path) -> None:
    lm, path = KINDS[kind](), tmp_path / "模型 1.nextword"
    nw.save(lm, path)
    loaded = nw.load(str(path))
    assert loaded.vocabulary == lm.vocabulary
    assert loaded.tokenizer.config == lm.tokenizer.config
    assert loaded.training == lm.training
    assert loaded.template == lm.template
    (runtime, shape), (loaded_runtime, loaded_shape) = unshaped(lm.runtime), unshaped(loaded.runtime)
    assert loaded_shape == shape
    options, weights = describe_runtime(runtime)
    loaded_options, loaded_weights = describe_runtime(loaded_runtime)
    assert loaded_options == options
    assert list(loaded_weights) == list(weights)
    assert probabilities(loaded) == probabilities(lm)
    assert nw.predict_next_word(loaded, "我喜欢吃") == nw.predict_next_word(lm, "我喜欢吃")


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
    content = bundle_bytes(lm)
    loaded = load_bytes(content, tmp_path_factory.getbasetemp())
    assert loaded.vocabulary == lm.vocabulary
    assert nw.next_word_probabilities(loaded, texts[0]).tobytes() == nw.next_word_probabilities(lm, texts[0]).tobytes()
    assert bundle_bytes(loaded) == content


def test_a_new_process_without_keras_agrees_to_the_last_bit(capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(['keras', 'tensorflow', 'jax', 'torch']))\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import bundle_files; bundle_files.save_and_print()"
    )
    bundle_files.save_and_print()  # this process has another seed of its hashes
    here = capsys.readouterr().out
    assert len(here.splitlines()) == len(KINDS)
    assert in_new_process(code, str(Path(bundle_files.__file__).parent)) == here


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
    with refuses(nw.BundleError, "segmenter-missing") as caught:
        nw.load(path)
    assert "load(path, segmenter=f)" in str(caught.value)
    assert probabilities(nw.load(path, segmenter=segment_characters)) == probabilities(lm)
    with refuses(nw.InputTypeError, "segmenter-not-a-function"):
        nw.load(path, segmenter="rjieba")  # type: ignore[arg-type]
    nw.save(build(), path)
    with refuses(nw.BundleError, "segmenter-not-needed"):
        nw.load(path, segmenter=segment_characters)


def test_a_model_of_conversations_replies_as_before(tmp_path: Path) -> None:
    lm = build_talking()
    loaded = load_bytes(bundle_bytes(lm), tmp_path)
    talk = nw.Conversation().say("user", "I like <assistant> tea")
    for temperature in (0.0, 1.0):
        config = nw.GenerationConfig(temperature=temperature)
        assert nw.reply(loaded, talk, config) == nw.reply(lm, talk, config)


# What a bundle says of itself.


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
    assert (info.shape, info.template) == ({}, None)
    saved(build_talking(), tmp_path)
    talking = nw.inspect(tmp_path / "saved.nextword")
    assert (talking.shape, talking.template) == ({"never": [3, 4, 5]}, {"window": 99})


def test_inspect_refuses_what_load_refuses(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "damaged.nextword"
    for damaged in (
        content[:-1],
        b"",
        b"PK\x03\x04" + content,
        with_tensors(content, lambda tensors: tensors.pop("vocabulary.counts")),
    ):
        path.write_bytes(damaged)
        with pytest.raises(nw.BundleError):
            nw.inspect(path)


# Forged files are refused.


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
        assert probabilities(load_bytes(forged, tmp_path)) == probabilities(build())


@pytest.mark.parametrize("kind", ["char, projection", "transformer"])
def test_the_tensors_are_exactly_those_of_the_model(kind: str, refused: Refused) -> None:
    content = bundle_bytes(KINDS[kind]())
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

        changed = with_tensors(content, change_one)
        if changed != with_tensors(content, lambda tensors: None):  # perplexities are float64 already
            refused(changed)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["word, tied", "transformer"])
def test_weights_are_finite(kind: str, value: float, refused: Refused) -> None:
    content = bundle_bytes(KINDS[kind]())
    for name in safetensors.load(content):
        if name.startswith("weight."):

            def spoil(tensors: dict[str, Any], name: str = name) -> None:
                tensors[name] = tensors[name].copy()
                tensors[name].flat[-1] = value

            assert repr(name.removeprefix("weight.")) in str(refused(with_tensors(content, spoil)))


def with_words(content: bytes, words: list[bytes], counts: list[int] | None = None, *, in_lines: bool = False) -> bytes:
    def change(tensors: dict[str, Any]) -> None:
        del tensors["vocabulary.lines"]
        if in_lines:
            tensors["vocabulary.lines"] = np.frombuffer(b"\n".join(words), np.uint8)
        else:
            tensors["vocabulary.bytes"] = np.frombuffer(b"".join(words), np.uint8)
            tensors["vocabulary.lengths"] = np.array([len(word) for word in words], np.int64)
        if counts is not None:
            tensors["vocabulary.counts"] = np.array(counts, np.int64)

    return with_tensors(content, change)


@pytest.mark.parametrize(
    "words",
    [
        [b"a", b"a"],
        [b"a", b"<eos>"],
        [b"a"],
        [b"a", b"b", b"c"],
        [b"a", b""],
        [b"a", b"\xff"],
        [b"a", b"b\n"],
        [b"a", "\u202eb".encode()],
        [b"a", b"\xed\xa0\x80"],
        [],
    ],
)
def test_words_that_do_not_fit_are_refused(words: list[bytes], tmp_path: Path, refused: Refused) -> None:
    content = bundle_bytes(build_tiny())
    for in_lines in (False, True):
        loaded = load_bytes(with_words(content, [b"b", b"c"], in_lines=in_lines), tmp_path)
        assert loaded.vocabulary[3:] == ("b", "c")  # without a fault it is a bundle
        assert isinstance(refused(with_words(content, words, in_lines=in_lines)), nw.BundleCorruptError)


def test_counts_and_lengths_of_words_fit(refused: Refused) -> None:
    content = bundle_bytes(build_tiny())
    for words, counts in (
        ([b"a", b"b", b"c"], [0] * 6),
        ([b"a"], [0] * 4),
        ([b"a", b"b"], [0, 0, 1, -1, 1]),
        ([b"a", b"b"], [0] * 4),
    ):
        for in_lines in (False, True):
            assert isinstance(refused(with_words(content, words, counts, in_lines=in_lines)), nw.BundleCorruptError)
    content = with_words(content, [b"a", b"\xe6\x88\x91"])
    for lengths in ([2**62] * 4, [-1, 5], [5, -1], [4, 4]):  # the first sum wraps around to 0
        change = {"vocabulary.lengths": np.array(lengths, np.int64)}
        error = refused(with_tensors(content, lambda tensors, change=change: tensors.update(change)))  # type: ignore[misc]
        assert isinstance(error, nw.BundleCorruptError)


@pytest.mark.parametrize("part", ["format_version", "tokenizer", "network", "shape", "training"])
def test_the_header_has_its_parts(part: str, content: bytes, refused: Refused) -> None:
    options = options_of(content)
    values: list[Any] = [None, True, 1.0, "1", [], [["a", 1]], 0, -1, {}]
    for value in values:
        if (value is not None or part != "training") and (value != {} or part != "shape"):
            refused(with_options(content, {**options, part: value}))
    refused(with_options(content, {name: value for name, value in options.items() if name != part}))
    refused(with_options(content, {**options, "more": 1}))


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
def test_forged_templates_are_refused(template: object, refused: Refused) -> None:
    content = bundle_bytes(build_talking())
    error = refused(with_options(content, {**options_of(content), "template": template}))
    assert isinstance(error, nw.BundleCorruptError)


def test_role_tokens_and_their_mask_belong_together(content: bytes, refused: Refused) -> None:
    talking = bundle_bytes(build_talking())
    options = options_of(talking)
    for never in ([], [3, 4], [3, 4, 5, 6], [4, 5, 6], [-1], [10**9], [3.0, 4, 5], None):
        forged = {**options, "shape": {"never": never}}
        assert isinstance(refused(with_options(talking, forged)), nw.BundleCorruptError)
    del options["template"]
    assert isinstance(refused(with_options(talking, options)), nw.BundleCorruptError)
    for change in ({"template": {"window": 99}}, {"shape": {"never": [3, 4, 5]}}):
        assert isinstance(refused(with_options(content, {**options_of(content), **change})), nw.BundleCorruptError)
