"""Files of format 1 load as the same models; each is made of a newer file by editing header and tensors."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundle_files import (
    KINDS,
    SUMMARY,
    as_format_2,
    build,
    build_mixture,
    build_talking,
    load_bytes,
    options_of,
    probabilities,
    with_options,
    with_tensors,
)

import nextword as nw
from nextword.bundle.writing import bundle_bytes
from nextword.prediction.shaping import Shape, unshaped

Refused = Callable[[bytes], nw.BundleError]
LATER_OPTIONS = ("precision", "optimizer", "weight_decay", "warmup_share")


def as_format_1(content: bytes) -> bytes:
    """Return a file of the newest format as format 1 would have written it."""
    content = as_format_2(content)

    def rename(tensors: dict[str, Any]) -> None:
        for name in [name for name in tensors if name.endswith("weight.input_projection/kernel")]:
            tensors[name.replace("input_projection", "entrance")] = tensors.pop(name)

    options = options_of(content)
    network, shape = options["network"], options.pop("shape")
    if "never" in shape:
        network = {"kind": "masked", "base": network}
    if "temperature" in shape:
        network = {"kind": "temperature", "temperature": shape["temperature"], "base": network}
    if "blocked" in shape:
        network = {"kind": "blocked", "words": shape["blocked"], "base": network}
    if options["training"] is not None:
        options["training"]["notes"] = [note["text"] for note in options["training"]["notes"]]
    return with_options(with_tensors(content, rename), {**options, "format_version": 1, "network": network})


def nested(*wrappers: dict[str, Any], lm: nw.LanguageModel | None = None) -> bytes:
    """Return a file of format 1 whose network is wrapped, the outermost wrapper first."""
    content = as_format_1(bundle_bytes(build() if lm is None else lm))
    options = options_of(content)
    while options["network"]["kind"] in ("masked", "temperature", "blocked"):
        options["network"] = options["network"]["base"]
    for wrapper in reversed(wrappers):
        options["network"] = {**wrapper, "base": options["network"]}
    return with_options(content, options)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "early mixture"])
def test_a_file_of_format_1_is_the_same_model(kind: str, tmp_path: Path) -> None:
    lm = KINDS[kind]()
    content = bundle_bytes(lm)
    loaded = load_bytes(as_format_1(content), tmp_path)
    assert unshaped(loaded.runtime)[1] == unshaped(lm.runtime)[1]
    assert loaded.training == lm.training
    assert loaded.template == lm.template
    assert probabilities(loaded) == probabilities(lm)
    assert bundle_bytes(loaded) == content  # saved again it is a file of the newest format


def test_nested_networks_are_one_shape(tmp_path: Path) -> None:
    blocked = {"kind": "blocked", "words": ["TEA", "苹果"]}
    heated = {"kind": "temperature", "temperature": 1.5}
    for wrappers, shape in {
        (): Shape(),
        ("blocked",): Shape(blocked=("tea", "苹果")),
        ("temperature",): Shape(temperature=1.5),
        ("blocked", "temperature"): Shape(blocked=("tea", "苹果"), temperature=1.5),
    }.items():
        content = nested(*({"blocked": blocked, "temperature": heated}[name] for name in wrappers))
        loaded = load_bytes(content, tmp_path)
        assert unshaped(loaded.runtime)[1] == shape
        assert nw.inspect(tmp_path / "forged.nextword").format_version == 1
        assert nw.inspect(tmp_path / "forged.nextword").network["kind"] == "lstm"
    talking = nested(blocked, heated, {"kind": "masked"}, lm=build_talking())
    shape = unshaped(load_bytes(talking, tmp_path).runtime)[1]
    assert shape == Shape(blocked=("tea", "苹果"), temperature=1.5, never=(3, 4, 5))
    assert nw.inspect(tmp_path / "forged.nextword").shape["never"] == [3, 4, 5]


def test_trainings_lack_the_later_options_and_notes_are_bare_sentences(tmp_path: Path) -> None:
    config = nw.TrainingConfig(
        epochs=2, optimizer="adam", precision="bfloat16", weight_decay=0.5, warmup_share=0.25, shuffle=False
    )
    content = as_format_1(bundle_bytes(build(training=replace(SUMMARY, config=config))))
    options = options_of(content)
    for name in LATER_OPTIONS:
        del options["training"]["config"][name]
    training = load_bytes(with_options(content, options), tmp_path).training
    assert training is not None
    assert training.config == nw.TrainingConfig(
        epochs=2, optimizer="sgd", precision="float32", warmup_share=0.0, shuffle=False
    )
    assert training.notes == SUMMARY.notes
    assert [(note.code, note.figures) for note in training.notes] == [("", {})] * 2  # type: ignore[attr-defined]


HEATED = {"kind": "temperature", "temperature": 1.5}
BLOCKED = {"kind": "blocked", "words": ["tea"]}
MASKED = {"kind": "masked"}


@pytest.mark.parametrize(
    "wrappers",
    [
        (HEATED, BLOCKED),  # in another order than format 1 had
        (MASKED, HEATED),
        (BLOCKED, BLOCKED),
        (HEATED, HEATED),
        (MASKED,),  # a model of texts has no role tokens
        ({"kind": "blocked", "words": "tea"},),
        ({"kind": "blocked", "words": [1]},),
        ({"kind": "blocked"},),
        ({**BLOCKED, "more": 1},),
        ({"kind": "temperature", "temperature": "1.5"},),
        ({"kind": "temperature", "temperature": 0.0},),
        ({"kind": "temperature"},),
        ({"kind": "shaped"},),
    ],
)
def test_networks_that_format_1_did_not_nest_so_are_refused(
    wrappers: tuple[dict[str, Any], ...], refused: Refused
) -> None:
    assert isinstance(refused(nested(*wrappers)), nw.BundleCorruptError)


def test_the_network_in_a_network_is_one(refused: Refused) -> None:
    options = options_of(nested(BLOCKED))
    content = nested(BLOCKED)
    for base in (None, [], "lstm", {}):
        options["network"]["base"] = base
        assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)
    del options["network"]["base"]
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)


def test_parts_of_a_mixture_have_no_shape(refused: Refused) -> None:
    content = as_format_1(bundle_bytes(build_mixture()))
    options = options_of(content)
    options["network"]["parts"][0] = {**BLOCKED, "base": options["network"]["parts"][0]}
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)


def test_role_tokens_are_masked_in_models_of_conversations(refused: Refused) -> None:
    assert isinstance(refused(nested(lm=build_talking())), nw.BundleCorruptError)


def test_formats_are_not_mixed(content: bytes, refused: Refused) -> None:
    first, second = options_of(as_format_1(content)), options_of(as_format_2(content))
    for shape in ({}, {"blocked": ["tea"]}):
        assert isinstance(refused(with_options(content, {**first, "shape": shape})), nw.BundleCorruptError)
    nested_network = {**BLOCKED, "base": second["network"]}
    for forged in (
        {**second, "network": nested_network},
        {**second, "training": {**second["training"], "notes": ["A bare sentence."]}},
        {**first, "training": {**first["training"], "notes": second["training"]["notes"]}},
        {**first, "format_version": 2},
        {**second, "format_version": 1},
        {name: value for name, value in first.items() if name != "network"},
    ):
        assert isinstance(refused(with_options(content, forged)), nw.BundleCorruptError)
    config = {name: value for name, value in second["training"]["config"].items() if name not in LATER_OPTIONS}
    forged = {**second, "training": {**second["training"], "config": config}}
    assert isinstance(refused(with_options(content, forged)), nw.BundleCorruptError)


def test_a_tensor_of_format_2_is_none_of_format_1(refused: Refused) -> None:
    content = as_format_1(bundle_bytes(KINDS["char, transformer, projection"]()))

    def rename(tensors: dict[str, Any]) -> None:
        tensors["weight.input_projection/kernel"] = tensors.pop("weight.entrance/kernel")

    assert "weight.input_projection/kernel" in str(refused(with_tensors(content, rename)))
