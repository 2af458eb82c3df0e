"""What grows is kept in tensors: long block lists and long trainings are saved, loaded and told by `inspect`."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import SUMMARY, build, build_tiny, load_bytes, options_of, plain_tensors, with_tensors
from hypothesis import given, settings, strategies as st
from refusals import refuses
from safetensors import numpy as safetensors

import nextword as nw
from nextword.bundle.grown import packed, text_tensors, texts_of, unpacked
from nextword.bundle.writing import bundle_bytes
from nextword.errors import Note
from nextword.files.limits import LIMITS
from nextword.prediction.shaping import unshaped

Refused = Callable[[bytes], nw.BundleError]


def header_bytes(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[:8], "little")


def chinese_words(count: int) -> list[str]:
    return [chr(0x4E00 + i % 5000) + chr(0x4E00 + i // 5000) + chr(0x5E00 + i % 77) for i in range(count)]


@pytest.mark.parametrize("count", [40_000, pytest.param(200_000, marks=pytest.mark.slow)])
def test_long_block_lists_come_back(count: int, tmp_path: Path) -> None:
    lm = nw.block(build_tiny(), chinese_words(count))
    path = tmp_path / "lm.nextword"
    nw.save(lm, path)
    assert header_bytes(path) < 4_000
    blocked = unshaped(nw.load(path).runtime)[1].blocked
    assert len(blocked) == count
    assert blocked == unshaped(lm.runtime)[1].blocked
    assert nw.inspect(path).shape["blocked"] == list(blocked)


def test_a_long_block_list_still_blocks(tmp_path: Path) -> None:
    path = tmp_path / "lm.nextword"
    nw.save(nw.block(build(), [*chinese_words(40_000), "TEA"]), path)
    assert nw.word_probability(nw.load(path), "I like", "tea") == 0.0


@pytest.mark.parametrize("epochs", [40_000, 300_000])
def test_long_trainings_come_back(epochs: int, tmp_path: Path) -> None:
    perplexities = tuple((1000.0 + np.random.default_rng(1).random(epochs)).tolist())
    training = replace(SUMMARY, perplexities=perplexities, held_out_perplexities=perplexities[::-1], best_epoch=epochs)
    path = tmp_path / "lm.nextword"
    nw.save(replace(build_tiny(), training=training), path)
    assert header_bytes(path) < 4_000
    assert nw.load(path).training == training
    info = nw.inspect(path).training
    assert info is not None
    assert info["perplexities"] == list(perplexities)


def test_many_notes_with_many_figures_come_back(tmp_path: Path) -> None:
    notes = tuple(
        Note(f"Note {i}: 你好 \ud800.", code="a-note", rows=[i / 3] * 50, names={"苹果": i, "\udcff": None})
        for i in range(3_000)
    )
    path = tmp_path / "lm.nextword"
    nw.save(replace(build_tiny(), training=replace(SUMMARY, notes=notes)), path)
    assert header_bytes(path) < 4_000
    training = nw.load(path).training
    assert training is not None
    found: tuple[Any, ...] = training.notes
    assert [(note, note.code, note.figures) for note in found] == [(note, note.code, note.figures) for note in notes]


def test_numbers_and_containers_of_other_kinds_are_saved_as_plain_ones(tmp_path: Path) -> None:
    note = Note("One.", rate=np.float32(0.5), kept=np.bool_(True), sizes=np.arange(3), by={1: np.int64(2), "b": (1,)})
    training: Any = replace(
        SUMMARY,
        tokens=np.int64(SUMMARY.tokens),
        perplexities=[np.float64(2.5), np.float32(1.25)],
        notes=[note],
    )
    path = tmp_path / "lm.nextword"
    nw.save(replace(build_tiny(), training=training), path)
    loaded: Any = nw.load(path).training
    assert loaded == replace(SUMMARY, perplexities=(2.5, 1.25), notes=("One.",))
    assert loaded.notes[0].figures == {"rate": 0.5, "kept": True, "sizes": [0, 1, 2], "by": {"1": 2, "b": [1]}}


def test_a_model_without_lists_has_no_tensors_of_them() -> None:
    tensors = safetensors.load(bundle_bytes(build(training=None)))
    assert not [name for name in tensors if name.startswith(("blocked", "training"))]


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | FLOATS | st.text(max_size=5)


@settings(deadline=None, max_examples=60)
@given(
    words=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9), max_size=5),
    epochs=st.lists(FLOATS, max_size=5),
    held_out=st.lists(FLOATS, max_size=5),
    figures=st.lists(st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3), max_size=3),
)
def test_any_lists_come_back(
    words: list[str], epochs: list[float], held_out: list[float], figures: list[dict[str, Any]]
) -> None:
    header = {
        "shape": {"temperature": 2.0, **({"blocked": words} if words else {})},
        "training": {"tokens": 3, "perplexities": epochs, "held_out_perplexities": held_out, "notes": figures},
        "more": 1,
    }
    short, tensors = packed(header)
    assert short["training"]["notes"] == len(figures)
    assert short["shape"].get("blocked", 0) == len(words)
    again = unpacked(short, {**tensors, "vocabulary.bytes": np.zeros(3, np.uint8)})
    assert again == header
    assert [math.copysign(1.0, value) for value in again["training"]["perplexities"]] == [
        math.copysign(1.0, value) for value in epochs
    ]
    assert unpacked(*packed({**header, "training": None}))["training"] is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9), max_size=9))
def test_any_words_come_back(words: list[str]) -> None:
    for name in ("vocabulary", "blocked"):
        assert texts_of(name, text_tensors(name, words)) == words


def test_a_list_fits_its_length_and_has_its_tensor(content: bytes, refused: Refused) -> None:
    blocked = bundle_bytes(nw.block(build(), ["tea", "苹果"]))
    tensors = safetensors.load(blocked)
    for name in ("blocked.lines", "training.perplexities", "training.notes"):
        array = tensors[name]
        for changed in (None, array[:0], array[:-1], array[None], np.concatenate([array, array])):
            new = {key: value for key, value in tensors.items() if key != name}
            new |= {} if changed is None else {name: changed}

            def change(all_tensors: dict[str, Any], new: dict[str, Any] = new) -> None:
                all_tensors.clear()
                all_tensors.update(new)

            assert isinstance(refused(with_tensors(blocked, change)), nw.BundleCorruptError)
    extra = with_tensors(content, lambda all_tensors: all_tensors.update({"blocked.lines": tensors["blocked.lines"]}))
    assert refused(extra).figures["reason"] == "lists-damaged"


def test_wrong_lists_are_told() -> None:
    header: dict[str, Any] = {"shape": {}, "training": None}
    for words in ("tea", None, [1], ("tea",), {"tea": 1}):
        with refuses(nw.InputError, "lists-damaged", name="blocked"):
            packed({**header, "shape": {"blocked": words}})
    with refuses(nw.InputError, "lists-damaged", name="perplexities"):
        packed({**header, "training": {}})
    with refuses(nw.InputError, "lists-damaged", name="blocked"):
        unpacked({**header, "shape": {"blocked": 2}}, text_tensors("blocked", ["tea"]))
    with refuses(nw.InputError, "words-damaged", name="blocked"):
        texts_of("blocked", {"blocked.bytes": np.zeros(3, np.uint8), "blocked.lengths": np.array([2, 2])})


def test_the_widest_phrases_that_block_takes_are_saved(tmp_path: Path) -> None:
    # Signs that become 18 characters, two characters, and two bytes more in comparison form.
    widest = nw.block(build_tiny(), [sign * 256 for sign in ("ﷺ", "ß", "İ", "長", "…", "😀")])
    loaded = load_bytes(bundle_bytes(widest), tmp_path)
    blocked = unshaped(loaded.runtime)[1].blocked
    assert blocked == unshaped(widest.runtime)[1].blocked
    assert 256 < max(map(len, blocked)) <= LIMITS["blocked_characters"]


def test_options_of_a_file_tell_how_long_its_lists_are(content: bytes, tmp_path: Path) -> None:
    options = options_of(content)["training"]
    assert [options[name] for name in ("perplexities", "held_out_perplexities", "notes")] == [2, 2, 2]
    assert load_bytes(content, tmp_path).training == SUMMARY


def test_words_that_have_line_breaks_stay_as_they_are() -> None:
    words = ["茶", "tea", "a\nb", "\n", "😀", "x"] * 50
    assert texts_of("vocabulary", text_tensors("vocabulary", words)) == words
    assert texts_of("vocabulary", text_tensors("vocabulary", [])) == []
    assert list(text_tensors("vocabulary", words[:2])) == ["vocabulary.lines"]


def test_words_that_are_cut_are_refused() -> None:
    content = np.frombuffer("茶茶".encode(), np.uint8)
    for lengths in ([2, 4], [1, 5], [4, 2]):
        with pytest.raises(UnicodeDecodeError):
            texts_of("vocabulary", {"vocabulary.bytes": content, "vocabulary.lengths": np.array(lengths)})
    for lengths in ([3, 4], [0, 6], [-1, 7], [2**62, 2**62, 2**62, 2**62, 6]):
        with refuses(nw.InputError, "words-damaged"):
            texts_of("vocabulary", {"vocabulary.bytes": content, "vocabulary.lengths": np.array(lengths)})
    for lines in (b"", b"\n", b"a\n", b"\na", b"a\n\nb"):
        with refuses(nw.InputError, "words-damaged", name="blocked"):
            texts_of("blocked", {"blocked.lines": np.frombuffer(lines, np.uint8)})
    with pytest.raises(UnicodeDecodeError):
        texts_of("blocked", {"blocked.lines": np.insert(content, 2, ord("\n"))})


def test_words_are_in_lines_or_have_lengths(content: bytes, refused: Refused) -> None:
    tensors = plain_tensors(content)
    both = text_tensors("vocabulary", ["a\n"])
    for extra in (both, {"vocabulary.bytes": both["vocabulary.bytes"]}, {"vocabulary.lengths": np.zeros(2, np.int64)}):
        error = refused(with_tensors(content, lambda tensors, extra=extra: tensors.update(extra)))  # type: ignore[misc]
        assert error.code == "bundle-tensor"
    assert tensors["vocabulary.lines"].dtype == np.uint8
