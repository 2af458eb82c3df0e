"""Files of format 3 load as the same models; each is made of a newer file by moving its lists into the header."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import (
    KINDS,
    SUMMARY,
    as_format_3,
    build,
    load_bytes,
    options_of,
    probabilities,
    with_options,
    with_tensors,
)

import nextword as nw
from nextword.bundle.writing import bundle_bytes
from nextword.errors import Note
from nextword.prediction.shaping import unshaped

Refused = Callable[[bytes], nw.BundleError]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_format_3_is_the_same_model(kind: str, tmp_path: Path) -> None:
    lm = KINDS[kind]()
    content = bundle_bytes(lm)
    loaded = load_bytes(as_format_3(content), tmp_path)
    assert (loaded.training, loaded.template) == (lm.training, lm.template)
    assert unshaped(loaded.runtime)[1] == unshaped(lm.runtime)[1]
    assert probabilities(loaded) == probabilities(lm)
    assert bundle_bytes(loaded) == content  # saved again it is a file of the newest format
    assert nw.inspect(tmp_path / "forged.nextword").format_version == 3


def test_lists_stood_in_the_header(tmp_path: Path) -> None:
    notes = ("A sentence.", Note("Mixed.", code="mixed", weights={"LSTM": 0.1 + 0.2}))
    lm = nw.block(build(training=replace(SUMMARY, notes=notes)), ["tea", "苹果"])
    content = as_format_3(bundle_bytes(lm))
    options = options_of(content)
    assert options["shape"] == {"blocked": ["tea", "苹果"]}
    assert options["training"]["perplexities"] == list(SUMMARY.perplexities)
    assert options["training"]["notes"][1]["figures"] == {"weights": {"LSTM": 0.1 + 0.2}}
    loaded = load_bytes(content, tmp_path)
    assert loaded.training is not None
    assert loaded.training.notes[1].figures == notes[1].figures  # type: ignore[attr-defined, union-attr]
    assert nw.inspect(tmp_path / "forged.nextword").shape == {"blocked": ["tea", "苹果"]}


def test_an_empty_list_of_blocked_words_blocks_nothing(content: bytes, tmp_path: Path) -> None:
    third = as_format_3(content)
    forged = with_options(third, {**options_of(third), "shape": {"blocked": []}})
    assert bundle_bytes(load_bytes(forged, tmp_path)) == content


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("shape", "blocked", "tea"),
        ("shape", "blocked", ["tea", 1]),
        ("shape", "blocked", [""]),
        ("shape", "blocked", ["a\nb"]),
        ("shape", "blocked", 1),
        ("shape", "blocked", None),
        ("training", "perplexities", 2),
        ("training", "perplexities", [1]),
        ("training", "perplexities", ["12.5"]),
        ("training", "held_out_perplexities", None),
        ("training", "notes", 2),
        ("training", "notes", ["A bare sentence."]),
        ("training", "notes", [{"text": "a", "code": ""}]),
    ],
)
def test_forged_lists_are_refused(part: str, name: str, value: Any, content: bytes, refused: Refused) -> None:
    third = as_format_3(content)
    options = options_of(third)
    options[part][name] = value
    assert isinstance(refused(with_options(third, options)), nw.BundleCorruptError)


def test_formats_are_not_mixed(content: bytes, refused: Refused) -> None:
    third, newest = options_of(as_format_3(content)), options_of(content)
    for options in ({**third, "format_version": 4}, {**newest, "format_version": 3}):
        assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)
        assert isinstance(refused(with_options(as_format_3(content), options)), nw.BundleCorruptError)
    notes = np.frombuffer(b"[]", np.uint8)
    forged = with_tensors(as_format_3(content), lambda tensors: tensors.update({"training.notes": notes}))
    assert isinstance(refused(forged), nw.BundleCorruptError)
    for name in ("shape", "training"):
        left_out = {key: value for key, value in third.items() if key != name}
        assert isinstance(refused(with_options(as_format_3(content), left_out)), nw.BundleCorruptError)
