"""Every kind of runtime and their mixtures come back from a bundle, and forged ones are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import (
    LSTM,
    TEXTS,
    TRANSFORMER,
    build,
    build_mixture,
    load_bytes,
    options_of,
    probabilities,
    random_network,
    with_options,
    with_tensors,
)
from refusals import refuses

import nextword as nw
from nextword.bundle.runtimes import describe_runtime, rebuild_runtime
from nextword.bundle.writing import bundle_bytes
from nextword.mixing.runtime import MixtureRuntime
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.shaping import shaped
from nextword.runtime import parts_of

Refused = Callable[[bytes], nw.BundleError]
TOKENIZER = nw.build_tokenizer(TEXTS)
V = len(TOKENIZER.vocabulary)
IDS = nw.encode_texts(TOKENIZER, TEXTS)
NGRAM = nw.build_ngram(IDS, nw.NgramConfig(order=3), vocabulary_size=V)
CACHE = nw.build_cache(TOKENIZER.vocabulary, nw.CacheConfig(window=9, half_life=3.5, smoothing=(4.0, 0.5)))
RUNTIMES = {
    "ngram": lambda: NGRAM,
    "ngram, unigrams": lambda: nw.build_ngram(IDS, nw.NgramConfig(order=1), vocabulary_size=V),
    "ngram, pruned": lambda: nw.build_ngram(IDS, nw.NgramConfig(min_counts=(1, 1, 2)), vocabulary_size=V),
    "cache": lambda: CACHE,
    "lstm": lambda: random_network(LSTM, V),
    "transformer": lambda: random_network(TRANSFORMER, V),
    "mixture": lambda: MixtureRuntime((random_network(LSTM, V), NGRAM, CACHE), (0.25, 0.5, 0.25)),
    "mixture, several of a kind": lambda: MixtureRuntime(
        (
            random_network(LSTM, V),
            NGRAM,
            random_network(TRANSFORMER, V),
            nw.build_ngram(np.arange(3, V), vocabulary_size=V),
            random_network(nw.LSTMConfig(hidden_dim=4), V),
        ),
        (0.2,) * 5,
    ),
}


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_runtime_comes_back(name: str, tmp_path: Path) -> None:
    lm = nw.LanguageModel(TOKENIZER, RUNTIMES[name]())
    content = bundle_bytes(lm)
    loaded = load_bytes(content, tmp_path)
    assert type(loaded.runtime) is type(lm.runtime)
    assert [type(part.runtime) for part in parts_of(loaded.runtime)] == [
        type(part.runtime) for part in parts_of(lm.runtime)
    ]
    assert probabilities(loaded) == probabilities(lm)
    assert bundle_bytes(loaded) == content
    assert options_of(content)["network"]["kind"] == name.split(",")[0]


def test_what_no_bundle_holds_is_refused() -> None:
    with refuses(nw.InputTypeError, "mixture-not-savable", parts=10):
        describe_runtime(MixtureRuntime((NGRAM,) * 10, (0.1,) * 10))
    inner = MixtureRuntime((NGRAM, CACHE), (0.5, 0.5))
    with refuses(nw.InputTypeError, "mixture-not-savable", parts=2):
        describe_runtime(MixtureRuntime((inner, NGRAM), (0.5, 0.5)))
    hot = shaped(NGRAM, TOKENIZER, temperature=2.0)
    for part in (hot, UnigramRuntime(TOKENIZER.vocabulary)):
        with refuses(nw.InputTypeError, "mixture-not-savable", parts=2):
            describe_runtime(MixtureRuntime((part, NGRAM), (0.5, 0.5)))
    with refuses(nw.InputTypeError, "runtime-not-savable", received="UnigramRuntime"):
        describe_runtime(UnigramRuntime(TOKENIZER.vocabulary))


@pytest.mark.parametrize("name", RUNTIMES)
def test_options_and_tensors_belong_to_one_vocabulary(name: str) -> None:
    network, tensors = describe_runtime(RUNTIMES[name]())
    assert rebuild_runtime(network, tensors, V).vocabulary_size == V
    with pytest.raises((nw.InputError, nw.ConfigError)):
        rebuild_runtime(network, tensors, V + 1)
    for tensor in tensors:
        with pytest.raises((nw.InputError, nw.ConfigError)):
            rebuild_runtime(network, {key: array for key, array in tensors.items() if key != tensor}, V)
    with pytest.raises(nw.InputError):
        rebuild_runtime(network, {**tensors, "more": np.zeros(2)}, V)


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
def test_forged_sizes_of_a_transformer_are_refused(name: str, value: Any, refused: Refused) -> None:
    content = bundle_bytes(build(network=TRANSFORMER))
    options = options_of(content)
    network = {**options["network"], name: value}
    assert isinstance(refused(with_options(content, {**options, "network": network})), nw.BundleCorruptError)
    if name in options["network"]:
        del network[name]
        refused(with_options(content, {**options, "network": network}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("weights", [0.5, 0.25, 0.25]),
        ("weights", [0.25, 0.25, 0.25, 0.5]),
        ("weights", [1.0, 0.0, 0.0, 0.0]),
        ("weights", [1, 0, 0, 0]),
        ("weights", ["0.25"] * 4),
        ("weights", None),
        ("early_weights", [[0.25] * 4]),
        ("early_weights", [[0.25] * 4, [0.5] * 4]),
        ("early_weights", [[0.25] * 4, [0.25] * 3]),
        ("early_weights", [[0.25] * 4, [1, 0, 0, 0]]),
        ("early_weights", [[0.25] * 4, None]),
        ("early_weights", None),
        ("parts", []),
        ("parts", [{"kind": "cache"}] * 4),
        ("parts", ["lstm"] * 4),
        ("parts", [{"kind": "ngram", "order": 3}] * 9),
        ("parts", None),
        ("more", 1),
    ],
)
def test_forged_mixtures_are_refused(name: str, value: Any, refused: Refused) -> None:
    content = bundle_bytes(build_mixture())
    options = options_of(content)
    options["network"][name] = value
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)


def test_a_mixture_in_a_mixture_is_refused(refused: Refused) -> None:
    content = bundle_bytes(build_mixture())
    options = options_of(content)
    parts = options["network"]["parts"]
    parts[3] = {"kind": "mixture", "parts": [parts[3]], "weights": [1.0], "early_weights": []}
    assert isinstance(refused(with_options(content, options)), nw.BundleCorruptError)


def test_tensors_of_a_part_stay_with_it(refused: Refused) -> None:
    content = bundle_bytes(build_mixture())

    def change_mark(tensors: dict[str, Any]) -> None:
        for name in [name for name in tensors if name.startswith("1:")]:
            tensors[name.replace("1:", "2:", 1)] = tensors.pop(name)

    def add_to_part(tensors: dict[str, Any]) -> None:
        tensors["1:weight.more"] = np.zeros(2, np.float32)

    for change in (change_mark, add_to_part):
        assert isinstance(refused(with_tensors(content, change)), nw.BundleCorruptError)
