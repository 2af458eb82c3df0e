"""What saving and loading take at most: at each limit a model is saved and loads, and behind it both refuse.

Limits that would need gigabytes are made smaller for the test: "file_bytes", "words", "words_bytes" and "state_bytes".
All others are tested as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from bundle_files import (
    FORMAT_VERSION,
    SUMMARY,
    TRANSFORMER,
    build,
    build_tiny,
    load_bytes,
    options_of,
    with_options,
    with_tensors,
)
from refusals import refuses

import nextword as nw
from nextword.bundle.grown import packed, text_tensors
from nextword.bundle.writing import bundle_bytes
from nextword.errors import Note
from nextword.files import limits
from nextword.files.limits import LIMITS
from nextword.files.sealed import seal
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.kinds import kind_of
from nextword.networks.transformer.config import MAX_CONTEXT
from nextword.prediction.shaping import shaped

Refused = Callable[[bytes], nw.BundleError]


@pytest.fixture
def with_limits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes limits smaller."""

    def change(**changed: int) -> None:
        smaller: Mapping[str, int] = MappingProxyType({**LIMITS, **changed})
        monkeypatch.setattr(limits, "LIMITS", smaller)
        for module in ("reading", "writing"):
            monkeypatch.setattr(f"nextword.bundle.{module}.LIMITS", smaller)

    return change


def check_both_ends(lm: nw.LanguageModel, forged: bytes, limit: str, found: int, refused: Refused) -> None:
    """Check that a model with one too many is not saved, and a file with one too many is not loaded."""
    figures = {"limit": limit, "found": found, "most": limits.LIMITS[limit]}
    with refuses(nw.InputError, "over-limit", **figures):
        bundle_bytes(lm)
    error = refused(forged)
    assert isinstance(error, nw.BundleCorruptError)
    assert {name: error.figures.get(name) for name in figures} == figures


def with_epochs(count: int) -> nw.LanguageModel:
    return replace(build_tiny(), training=replace(SUMMARY, perplexities=(2.5,) * count))


@pytest.mark.slow
def test_epochs(tmp_path: Path, refused: Refused) -> None:
    most = LIMITS["epochs"]
    content = bundle_bytes(with_epochs(most))
    training = load_bytes(content, tmp_path).training
    assert training is not None
    assert len(training.perplexities) == most
    one_more = {"training.perplexities": np.full(most + 1, 2.5)}
    forged = with_tensors(content, lambda tensors: tensors.update(one_more))
    check_both_ends(with_epochs(most + 1), forged, "epochs", most + 1, refused)


def with_notes(notes: tuple[str, ...]) -> nw.LanguageModel:
    return replace(build_tiny(), training=replace(SUMMARY, notes=notes))


def test_notes(tmp_path: Path, refused: Refused) -> None:
    most = LIMITS["notes"]
    content = bundle_bytes(with_notes(("a",) * most))
    training = load_bytes(content, tmp_path).training
    assert training is not None
    assert training.notes == ("a",) * most
    text = b'[{"code":"","figures":{},"text":"a"}' + b',{"code":"","figures":{},"text":"a"}' * most + b"]"
    forged = with_tensors(content, lambda tensors: tensors.update({"training.notes": np.frombuffer(text, np.uint8)}))
    check_both_ends(with_notes(("a",) * (most + 1)), forged, "notes", most + 1, refused)


def test_bytes_of_notes(tmp_path: Path, refused: Refused) -> None:
    most = LIMITS["notes_bytes"]
    around = len(b'[{"code":"","figures":{"a":"b"},"text":""}]')

    def sized(size: int) -> nw.LanguageModel:
        return with_notes((Note("x" * (size - around), a="b"),))

    content = bundle_bytes(sized(most))
    training = load_bytes(content, tmp_path).training
    assert training is not None
    assert len(training.notes[0]) == most - around
    larger = np.full(most + 1, ord(" "), np.uint8)
    forged = with_tensors(content, lambda tensors: tensors.update({"training.notes": larger}))
    check_both_ends(sized(most + 1), forged, "notes_bytes", most + 1, refused)


def blocking(words: list[str]) -> bytes:
    """A file whose block list no `Shape` has checked."""
    _, tensors = packed({"shape": {"blocked": words}, "training": None})
    content = with_tensors(bundle_bytes(build_tiny()), lambda all_tensors: all_tensors.update(tensors))
    return with_options(content, {**options_of(content), "shape": {"blocked": len(words)}})


def test_characters_of_a_blocked_word(tmp_path: Path, refused: Refused) -> None:
    most = LIMITS["blocked_characters"]
    tiny = build_tiny()
    lm = replace(tiny, runtime=shaped(tiny.runtime, tiny.tokenizer, blocked=("a" * most,)))
    for content in (bundle_bytes(lm), blocking(["a" * most])):
        assert bundle_bytes(load_bytes(content, tmp_path)) == bundle_bytes(lm)
    with refuses(nw.InputError, "over-limit", limit="blocked_characters", found=most + 1, most=most):
        shaped(tiny.runtime, tiny.tokenizer, blocked=("a" * (most + 1),))
    assert refused(blocking(["a" * (most + 1)])).figures["limit"] == "blocked_characters"


@pytest.mark.slow
def test_as_many_blocked_words_as_there_may_be(tmp_path: Path, refused: Refused) -> None:
    most = LIMITS["blocked"]
    words = [str(number) for number in range(most + 1)]
    lm = nw.block(build_tiny(), words[:most])
    assert bundle_bytes(load_bytes(bundle_bytes(lm), tmp_path)) == bundle_bytes(lm)
    assert refused(blocking(words)).figures["limit"] == "blocked"


def test_blocked_words(with_limits: Callable[..., None], tmp_path: Path, refused: Refused) -> None:
    lm = build_tiny()
    with_limits(blocked=5, blocked_bytes=40)
    for words in (["a", "b", "c", "d", "e"], ["a", "長" * 13]):
        fitting = nw.block(lm, words)
        assert bundle_bytes(load_bytes(bundle_bytes(fitting), tmp_path)) == bundle_bytes(fitting)
    with refuses(nw.InputError, "over-limit", limit="blocked", found=6):
        nw.block(lm, ["a", "b", "c", "d", "e", "f"])
    nw.block(lm, ["a", "A", "b", "c", "d", "e", "B"])  # equal ones count once
    with_limits(blocked=6)
    content = blocking(["a", "b", "c", "d", "e", "f"])
    with_limits(blocked=5)
    assert refused(content).figures == {
        "reason": "over-limit",
        "limit": "blocked",
        "found": 6,
        "most": 5,
    }


def with_words(*words: str) -> nw.LanguageModel:
    return build(network=nw.LSTMConfig(hidden_dim=1, num_layers=1), embedding_dim=1, training=None, texts=words)


def test_words(with_limits: Callable[..., None], tmp_path: Path, refused: Refused) -> None:
    three = with_words("a b c")
    content = bundle_bytes(three)
    with_limits(words=3)
    assert load_bytes(content, tmp_path).vocabulary == three.vocabulary
    with_limits(words=2)
    check_both_ends(three, content, "words", 3, refused)


def test_bytes_of_words(with_limits: Callable[..., None], tmp_path: Path, refused: Refused) -> None:
    lm = with_words("茶 ab c")  # 6 bytes
    content = bundle_bytes(lm)
    with_limits(words_bytes=6)
    assert bundle_bytes(load_bytes(content, tmp_path)) == content
    with_limits(words_bytes=5)
    check_both_ends(lm, content, "words_bytes", 6, refused)


@pytest.mark.parametrize("level", ["word", "whitespace", "char"])
def test_what_is_made_of_a_line_of_4_mb_comes_back(level: Any, tmp_path: Path) -> None:
    lines = ("a" * (4 << 20), "長" * (1 << 20), "1" * (1 << 20), "tea 長 " * 9)
    lm = build(nw.TokenizerConfig(level=level, segmenter="characters"), training=None, texts=lines)
    nw.save(lm, tmp_path / "lm.nextword")
    assert nw.load(tmp_path / "lm.nextword").vocabulary == lm.vocabulary


def test_a_word_may_have_all_the_bytes(tmp_path: Path) -> None:
    lm = build_tiny()
    vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", "a", "長" * (4 << 20)))
    nw.save(nw.LanguageModel(nw.Tokenizer(vocabulary), lm.runtime), tmp_path / "lm.nextword")
    assert nw.load(tmp_path / "lm.nextword").vocabulary == vocabulary


def test_tensors(content: bytes, tmp_path: Path, refused: Refused) -> None:
    most = LIMITS["tensors"]

    def filled(count: int) -> bytes:
        def fill(tensors: dict[str, Any]) -> None:
            names = iter(range(count))
            while len(tensors) < count:
                tensors[f"weight.{next(names)}"] = np.zeros(1, np.float32)

        return with_tensors(content, fill)

    assert refused(filled(most)).figures["reason"] != "over-limit"  # they belong to nothing
    assert refused(filled(most + 1)).figures["limit"] == "tensors"


def test_the_largest_mixture_keeps_to_tensors_and_header(tmp_path: Path) -> None:
    lm = build(texts=("a b",), training=None)
    deepest = nw.TransformerConfig(hidden_dim=2, num_layers=48, num_heads=1, context_length=2)
    size = len(lm.vocabulary)
    generator = np.random.default_rng(3)
    parts = tuple(
        kind_of(deepest).runtime(
            deepest,
            {name: generator.standard_normal(s, np.float32) for name, s in deepest.weight_shapes(size, 2).items()},
        )
        for _ in range(8)
    )
    mixed = replace(lm, runtime=MixtureRuntime(parts, (0.125,) * 8))
    nw.save(mixed, tmp_path / "lm.nextword")
    content = (tmp_path / "lm.nextword").read_bytes()
    assert int.from_bytes(content[:8], "little") < LIMITS["header_bytes"] / 2
    assert len(options_of(content)["network"]["parts"]) == 8


def test_the_header(tmp_path: Path, refused: Refused) -> None:
    def sized(padding: int) -> nw.LanguageModel:
        return replace(build_tiny(), training=replace(SUMMARY, stopped_by="x" * padding))

    def header_bytes(content: bytes) -> int:
        return int.from_bytes(content[:8], "little")

    most = LIMITS["header_bytes"]
    fitting = most - header_bytes(bundle_bytes(sized(0)))
    content = bundle_bytes(sized(fitting))
    assert header_bytes(content) == most
    assert bundle_bytes(load_bytes(content, tmp_path)) == content
    with refuses(nw.InputError, "bundle-too-large", header_bytes=most + 8):
        bundle_bytes(sized(fitting + 8))
    options = options_of(content)
    options["training"]["stopped_by"] = "x" * (most + 8)
    del options["format_version"]
    assert refused(seal(options, {}, version=FORMAT_VERSION)).code == "header-too-large"


def test_the_file(with_limits: Callable[..., None], content: bytes, tmp_path: Path, refused: Refused) -> None:
    lm = build()
    with_limits(file_bytes=len(content))
    nw.save(lm, tmp_path / "lm.nextword")
    assert bundle_bytes(nw.load(tmp_path / "lm.nextword")) == content
    for size in (len(content) - 1, 100):  # the second is below the size of the tensors alone
        with_limits(file_bytes=size)
        with refuses(nw.InputError, "bundle-too-large"):
            nw.save(lm, tmp_path / "lm.nextword")
        with refuses(nw.BundleError, "file-too-large", file_bytes=len(content), max_bytes=size):
            nw.load(tmp_path / "lm.nextword")


def test_the_state(with_limits: Callable[..., None], tmp_path: Path, refused: Refused) -> None:
    lm = build(network=TRANSFORMER)
    content = bundle_bytes(lm)
    state_bytes = 4 * 2 * TRANSFORMER.context_length * TRANSFORMER.hidden_dim * TRANSFORMER.num_layers
    with_limits(state_bytes=state_bytes)
    assert bundle_bytes(load_bytes(content, tmp_path)) == content
    with_limits(state_bytes=state_bytes - 1)
    check_both_ends(lm, content, "state_bytes", state_bytes, refused)


def test_a_state_that_no_memory_holds_is_refused(refused: Refused) -> None:
    content = bundle_bytes(build(network=TRANSFORMER))
    options = options_of(content)
    options["network"] |= {"context_length": MAX_CONTEXT, "hidden_dim": 4096, "num_layers": 48, "num_heads": 1}
    assert refused(with_options(content, options)).figures["limit"] == "state_bytes"


def test_bytes_of_words_are_looked_at_before_they_are_joined(with_limits: Callable[..., None]) -> None:
    with_limits(words_bytes=3)
    with refuses(nw.InputError, "over-limit", limit="words_bytes", found=4):
        text_tensors("vocabulary", ["茶", "a"])
