"""Every option survives a bundle, and a header with other ones is refused."""

import json
import math
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import LSTM, SUMMARY, build, load_bytes, options_of, with_options, with_tensors
from refusals import refuses
from safetensors import numpy as safetensors

import nextword as nw
from nextword.bundle.grown import unpacked
from nextword.bundle.options import build_options, shape_of_values, shape_values, training_of_values
from nextword.bundle.writing import bundle_bytes
from nextword.errors import Note
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.prediction.shaping import Shape

Refused = Callable[[bytes], nw.BundleError]

# A value for every option that is not its default. A new field without one fails below.
OPTIONS: dict[type, dict[str, Any]] = {
    nw.TokenizerConfig: {"level": "char", "segmenter": "characters", "min_count": 2, "max_vocabulary": 8},
    nw.LSTMConfig: {
        "hidden_dim": 7,
        "num_layers": 3,
        "dropout": 0.1234567890123,
        "tie_embeddings": False,
        "train_embeddings": False,
        "cutoffs": (4,),
        "seed": 2**40,
    },
    nw.TransformerConfig: {
        "hidden_dim": 8,
        "num_layers": 3,
        "num_heads": 2,
        "context_length": 10,
        "dropout": 0.1234567890123,
        "train_embeddings": False,
        "cutoffs": (4,),
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
        "shuffle": False,
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
# Small where a size is not the option that is tested.
SMALL = {
    nw.LSTMConfig: replace(LSTM, cutoffs=()),
    nw.TransformerConfig: nw.TransformerConfig(hidden_dim=12, num_layers=1, num_heads=1, cutoffs=()),
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, field.name) for kind in OPTIONS for field in fields(kind)], ids=lambda value: str(value)
)
def test_every_option_survives(kind: Any, name: str, tmp_path: Path) -> None:
    value = OPTIONS[kind][name]
    plain: Any = SUMMARY if kind is nw.TrainingSummary else SMALL.get(kind) or kind()
    changed: Any = replace(plain, **{name: value})
    assert changed != plain
    lm = {
        nw.TokenizerConfig: lambda: build(changed),
        nw.LSTMConfig: lambda: build(network=changed),
        nw.TransformerConfig: lambda: build(network=changed),
        nw.TrainingConfig: lambda: build(training=replace(SUMMARY, config=changed)),
        nw.TrainingSummary: lambda: build(training=changed),
    }[kind]()
    loaded = load_bytes(bundle_bytes(lm), tmp_path)
    assert isinstance(loaded.runtime, LSTMRuntime | TransformerRuntime)
    assert loaded.training is not None
    np.testing.assert_array_equal(nw.next_word_probabilities(loaded, "I"), nw.next_word_probabilities(lm, "I"))
    configs = (loaded.tokenizer.config, loaded.runtime.config, loaded.training.config, loaded.training)
    assert changed in configs
    assert all(getattr(config, name) == value for config in configs if type(config) is kind)


def test_notes_keep_their_codes_and_figures(tmp_path: Path) -> None:
    notes = (
        Note("Held out 5 of 100 texts.", code="held-out-texts", held_out=5, texts=100),
        Note("Mixed.", code="mixed", weights={"LSTM": 0.1 + 0.2, "recency cache": 1e-9}, left_out=["n-gram model"]),
        "A sentence.",
    )
    loaded = load_bytes(bundle_bytes(build(training=replace(SUMMARY, notes=notes))), tmp_path)
    assert loaded.training is not None
    loaded_notes: list[Any] = list(loaded.training.notes)
    assert loaded_notes == list(notes)
    assert [note.code for note in loaded_notes] == ["held-out-texts", "mixed", ""]
    assert [note.figures for note in loaded_notes] == [notes[0].figures, notes[1].figures, {}]


def test_figures_that_json_does_not_have_become_none(tmp_path: Path) -> None:
    # An impossible word has an infinite perplexity; that is no reason to lose a training.
    note = Note(
        "Perplexity inf.", code="mixed", perplexity=math.inf, without={"LSTM": math.nan, "cache": [-math.inf, 2]}
    )
    nw.save(build(training=replace(SUMMARY, notes=(note,))), tmp_path / "lm.nextword")
    training = nw.load(tmp_path / "lm.nextword").training
    assert training is not None
    loaded: Any = training.notes[0]
    assert loaded == note
    assert loaded.figures == {"perplexity": None, "without": {"LSTM": None, "cache": [None, 2]}}


@pytest.mark.parametrize(
    "shape",
    [
        Shape(),
        Shape(temperature=0.1 + 0.2),
        Shape(never=(3, 4, 5)),
        Shape(blocked=("tea", "苹果")),
        Shape(temperature=3.0, never=(7,), blocked=("tea",)),
    ],
)
def test_a_shape_survives_and_default_fields_are_left_out(shape: Shape) -> None:
    values = shape_values(shape)
    assert shape_of_values(values) == shape
    assert set(values) == {field.name for field in fields(Shape) if getattr(shape, field.name) != field.default}


def test_options_are_exactly_the_known_ones(content: bytes, refused: Refused) -> None:
    with refuses(nw.InputError, "options-differ", kind="CacheConfig", names=("half_life", "smoothing", "windows")):
        build_options(nw.CacheConfig, {"window": 3, "windows": 3})
    options = options_of(content)
    for part in (options["tokenizer"], options["network"], options["training"], options["training"]["config"]):
        for name in list(part):
            value = part.pop(name)
            refused(with_options(content, options))
            part[f"{name}_2"] = value
            refused(with_options(content, options))
            del part[f"{name}_2"]
            part[name] = value


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
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
        ("training", "tokens", 1.5),
        ("training", "tokens", -1),
        ("training", "best_epoch", True),
        ("training", "stopped_by", 3),
        *(
            ("training", name, value)
            for name in ("perplexities", "held_out_perplexities", "notes")
            for value in (None, [], [1.5, 2.5], "2", 1, 3, -1, 2.0, True)
        ),
    ],
)
def test_forged_options_are_refused(part: str, name: str, value: Any, content: bytes, refused: Refused) -> None:
    options = options_of(content)
    options[part][name] = value
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)


@pytest.mark.parametrize(
    "notes",
    [
        "notes",
        {},
        None,
        ["A bare sentence."] * 2,
        [["a"]] * 2,
        [{"text": "a", "code": ""}] * 2,
        [{"text": "a", "code": "", "figures": {}, "more": 1}] * 2,
        [{"text": 1, "code": "", "figures": {}}] * 2,
        [{"text": "a", "code": None, "figures": {}}] * 2,
        [{"text": "a", "code": "", "figures": [1]}] * 2,
        [{"text": "a", "code": "", "figures": {"code": "b"}}] * 2,
        [{"text": "a", "code": "", "figures": {}}],
    ],
)
def test_forged_notes_are_refused(notes: Any, content: bytes, refused: Refused) -> None:
    text = np.frombuffer(json.dumps(notes).encode(), np.uint8)
    forged = with_tensors(content, lambda tensors: tensors.update({"training.notes": text}))
    assert isinstance(refused(forged), nw.BundleCorruptError)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["training.perplexities", "training.held_out_perplexities"])
def test_forged_perplexities_are_refused(name: str, value: float, content: bytes, refused: Refused) -> None:
    forged = with_tensors(content, lambda tensors: tensors.update({name: np.array([9.0, value])}))
    assert isinstance(refused(forged), nw.BundleCorruptError)


def test_a_record_of_the_training_of_a_wrong_kind_says_so(content: bytes) -> None:
    values = unpacked(options_of(content), safetensors.load(content))["training"]
    assert training_of_values(values) == SUMMARY
    with refuses(nw.InputError, "training-fields"):
        training_of_values({**values, "tokens": -1})


@pytest.mark.parametrize(
    "change",
    [
        {"blocked": "tea"},
        {"blocked": ["tea"]},
        {"blocked": None},
        {"blocked": 0},
        {"blocked": 2},
        {"blocked": True},
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
def test_forged_shapes_are_refused(change: dict[str, Any], refused: Refused) -> None:
    content = bundle_bytes(nw.with_temperature(nw.block(build(), ["tea"]), 1.5))
    options = options_of(content)
    assert options["shape"] == {"blocked": 1, "temperature": 1.5}
    options["shape"] |= change
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)
