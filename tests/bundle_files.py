"""Models of random weights for tests of bundles, and forged files: changed bundles whose digest is right.

A forged file passes the check of its digest, so the checks behind it have to find the fault.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import numpy as safetensors

import nextword as nw
from nextword.bundle.compression import inflated
from nextword.bundle.grown import GROWN_TENSORS, texts_of, unpacked
from nextword.bundle.ngrams import ngram_of
from nextword.bundle.writing import bundle_bytes
from nextword.corpus.stream import read_corpus
from nextword.files.sealed import METADATA_KEY
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.kinds import NetworkConfig, kind_of

FORMAT_VERSION = 5
DIGEST_BYTES = 32
TEXTS = ("I like tea, and you like milk.", "我喜欢吃苹果。", "我用 Python 3.11 😀")
CONTEXTS = ("", "I like", "我喜欢吃", "我喜欢 tea, and", "nobody knew", "I like tea.\n我")
LSTM = nw.LSTMConfig(hidden_dim=6, num_layers=1)
TRANSFORMER = nw.TransformerConfig(hidden_dim=6, num_layers=2, num_heads=3, context_length=4)
SUMMARY = nw.TrainingSummary(
    config=nw.TrainingConfig(epochs=2, batch_size=3, shuffle=False),
    tokens=17,
    held_out_tokens=4,
    perplexities=(12.5, 9.0000001),
    held_out_perplexities=(13.0, 12.75),
    best_epoch=2,
    stopped_by="epochs",
    notes=("我 read it.", "Nothing is held out."),
)


def random_network(network: NetworkConfig, vocabulary_size: int, embedding_dim: int = 6) -> Any:
    """A network with random weights, the same ones each time."""
    generator = np.random.default_rng(7)
    shapes = network.weight_shapes(vocabulary_size, embedding_dim)
    weights = {name: generator.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    return kind_of(network).runtime(network, weights)


def build(
    tokenizer: nw.TokenizerConfig = nw.TokenizerConfig(),
    network: NetworkConfig = LSTM,
    embedding_dim: int = 6,
    training: nw.TrainingSummary | None = SUMMARY,
    texts: tuple[str, ...] = TEXTS,
) -> nw.LanguageModel:
    """A language model of random weights, without Keras."""
    built = nw.build_tokenizer(texts, tokenizer)
    return nw.LanguageModel(built, random_network(network, len(built.vocabulary), embedding_dim), training)


def build_tiny() -> nw.LanguageModel:
    """The smallest model: two words, one unit."""
    return build(network=nw.LSTMConfig(hidden_dim=1, num_layers=1), embedding_dim=1, training=None, texts=("a 我",))


def build_talking() -> nw.LanguageModel:
    """A language model of conversations, of random weights, without Keras."""
    talks = [nw.Conversation().say("user", text).say("assistant", text) for text in TEXTS]
    corpus = read_corpus(talks, nw.TokenizerConfig())
    built = corpus.tokenizer_of(np.ones(len(corpus.loss_mask), np.bool_), nw.TokenizerConfig())
    network = random_network(LSTM, len(built.vocabulary))
    return replace(nw.build_language_model(built, network, template=nw.Template(window=99)), training=SUMMARY)


def build_mixture() -> nw.LanguageModel:
    """A language model of two networks, an n-gram model and a cache."""
    lm = build(network=TRANSFORMER, embedding_dim=3)
    size = len(lm.vocabulary)
    ngram = nw.build_ngram(nw.encode_texts(lm.tokenizer, TEXTS), nw.NgramConfig(order=3), vocabulary_size=size)
    cache = nw.build_cache(lm.vocabulary, nw.CacheConfig(window=40))
    parts = (lm.runtime, random_network(TRANSFORMER, size, 3), ngram, cache)
    return replace(lm, runtime=MixtureRuntime(parts, (0.25, 0.25, 0.25, 0.25)))


def build_early_mixture() -> nw.LanguageModel:
    """A mixture whose weights depend on how much was read."""
    lm = build_mixture()
    mixture = lm.runtime
    assert isinstance(mixture, MixtureRuntime)
    early = ((0.5, 0.25, 0.125, 0.125), (0.125, 0.125, 0.25, 0.5))
    return replace(lm, runtime=MixtureRuntime(mixture.models, mixture.weights, early))


# One model of every kind that a bundle can hold, by name.
KINDS: dict[str, Callable[[], nw.LanguageModel]] = {
    "word, tied": build,
    "whitespace, untied": lambda: build(
        nw.TokenizerConfig(level="whitespace"), nw.LSTMConfig(hidden_dim=5, tie_embeddings=False), 3
    ),
    "char, projection": lambda: build(nw.TokenizerConfig(level="char"), nw.LSTMConfig(hidden_dim=5, num_layers=3), 3),
    "transformer": lambda: build(network=TRANSFORMER),
    "char, transformer, projection": lambda: build(nw.TokenizerConfig(level="char"), TRANSFORMER, 3),
    "mixture": build_mixture,
    "early mixture": build_early_mixture,
    "blocked": lambda: nw.block(build(), ["TEA", "苹果", "unheard"]),
    "temperature": lambda: nw.with_temperature(build(), 1.5),
    "blocked, at a temperature": lambda: nw.with_temperature(nw.block(build(), ["tea"]), 0.5),
    "conversations": build_talking,
    "conversations, blocked, at a temperature": lambda: nw.block(nw.with_temperature(build_talking(), 1.5), ["tea"]),
    "characters, untrained": lambda: build(nw.TokenizerConfig(segmenter="characters", max_vocabulary=9), training=None),
}


def saved(lm: nw.LanguageModel, folder: Path) -> bytes:
    """Save a model as `saved.nextword` in a folder and return the content of the file."""
    path = folder / "saved.nextword"
    nw.save(lm, path)
    return path.read_bytes()


def load_bytes(content: bytes, folder: Path) -> nw.LanguageModel:
    """Load a model from the content of a file, which is written to a folder."""
    path = folder / "forged.nextword"
    path.write_bytes(content)
    return nw.load(path)


def probabilities(lm: nw.LanguageModel) -> bytes:
    """The next-word distributions of a model after some texts, as bytes."""
    return b"".join(nw.next_word_probabilities(lm, context).tobytes() for context in CONTEXTS)


def save_and_print() -> None:
    """Print what the bundle of every kind hashes to, and its predictions; run in a new process."""
    for lm in (build_kind() for build_kind in KINDS.values()):
        print(hashlib.sha256(bundle_bytes(lm)).hexdigest(), hashlib.sha256(probabilities(lm)).hexdigest())


def sealed(header: bytes, data: bytes) -> bytes:
    """The file of a raw safetensors header and data that ends with 32 bytes for the digest."""
    header += b" " * (-len(header) % 8)
    body = len(header).to_bytes(8, "little") + header + data[:-DIGEST_BYTES]
    return body + hashlib.sha256(body).digest()


def raw_parts(content: bytes) -> tuple[bytes, bytes]:
    """The raw safetensors header and data of a file."""
    end = 8 + int.from_bytes(content[:8], "little")
    return content[8:end], content[end:]


def options_of(content: bytes) -> dict[str, Any]:
    """The header of a bundle, a new value each time."""
    options: dict[str, Any] = json.loads(json.loads(raw_parts(content)[0])["__metadata__"][METADATA_KEY])
    return options


def with_metadata(content: bytes, metadata: object) -> bytes:
    """The bundle with other metadata."""
    header, data = raw_parts(content)
    return sealed(json.dumps({**json.loads(header), "__metadata__": metadata}).encode(), data)


def with_options(content: bytes, options: object) -> bytes:
    """The bundle with another header."""
    return with_metadata(content, {METADATA_KEY: json.dumps(options)})


def plain_tensors(content: bytes) -> dict[str, Any]:
    """The tensors of a bundle as they were before they were compressed."""
    return inflated(safetensors.load(content), options_of(content).get("compressed", {}))


def with_tensors(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The bundle with tensors that a function has changed in place; none of them is compressed."""
    tensors, options = plain_tensors(content), options_of(content)
    change(tensors)
    options = {**options, **({"compressed": {}} if "compressed" in options else {})}
    metadata = {METADATA_KEY: json.dumps(options)}
    return sealed(*raw_parts(safetensors.save(tensors, metadata=metadata)))


def without_cutoffs(network: dict[str, Any]) -> dict[str, Any]:
    """Return what a header says of a runtime without the option of networks that came with format 5."""
    if "parts" in network:
        return {**network, "parts": [without_cutoffs(part) for part in network["parts"]]}
    return {name: value for name, value in network.items() if name != "cutoffs"}


def as_format_4(content: bytes) -> bytes:
    """Return a file of the newest format as format 4 would have written it, without ranks and lines."""

    def to_words(tensors: dict[str, Any]) -> None:
        for name in [name for name in tensors if name.endswith("ngram.1.probabilities")]:
            mark = name.removesuffix("ngram.1.probabilities")
            own = {key.removeprefix(mark): array for key, array in tensors.items() if key.startswith(f"{mark}ngram.")}
            order = max(int(key.split(".")[1]) for key in own)
            for length, ngrams in enumerate(ngram_of(own, order, len(tensors[name])).orders, start=2):
                for ranks in ("ranks", "ranks.large"):
                    tensors.pop(f"{mark}ngram.{length}.{ranks}", None)
                tensors[f"{mark}ngram.{length}.words"] = ngrams.words.astype(np.uint32)

        for name in ("vocabulary", "blocked"):
            if f"{name}.lines" in tensors:
                words = [word.encode() for word in texts_of(name, tensors)]
                del tensors[f"{name}.lines"]
                tensors[f"{name}.bytes"] = np.frombuffer(b"".join(words), np.uint8)
                tensors[f"{name}.lengths"] = np.array([len(word) for word in words], np.int64)

    options = {name: value for name, value in options_of(content).items() if name != "compressed"}
    options["network"] = without_cutoffs(options["network"])
    return with_options(with_tensors(content, to_words), {**options, "format_version": 4})


def as_format_3(content: bytes) -> bytes:
    """Return a file of the newest format as format 3 would have written it, which had its lists in the header."""
    content = as_format_4(content)
    options = unpacked(options_of(content), safetensors.load(content))
    content = with_tensors(content, lambda tensors: [tensors.pop(name, None) for name in GROWN_TENSORS])
    return with_options(content, {**options, "format_version": 3})


def as_format_2(content: bytes) -> bytes:
    """Return a file of the newest format as format 2 would have written it; what that did not have is left out."""
    content = as_format_3(content)
    options = options_of(content)
    if options["network"]["kind"] == "mixture":
        options["network"] = {name: value for name, value in options["network"].items() if name != "early_weights"}
    if options["training"] is not None:
        config = {name: value for name, value in options["training"]["config"].items() if name != "shuffle"}
        options["training"] = {**options["training"], "config": config}
    return with_options(content, {**options, "format_version": 2})
