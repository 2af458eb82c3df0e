"""Tensors in fewer bytes: the same after a round trip, and refused before they take memory that they should not."""

import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bundle_files import FORMAT_VERSION, build, build_mixture, load_bytes, options_of, probabilities, with_options
from hypothesis import given, settings, strategies as st
from refusals import refuses
from safetensors import numpy as safetensors

import nextword as nw
from nextword.bundle.compression import LEAST_BYTES, MOST_MORE, MOST_TIMES, compressed, inflated
from nextword.bundle.reading import language_model_of_bytes
from nextword.bundle.writing import bundle_bytes
from nextword.files.sealed import DIGEST, seal

Refused = Callable[[bytes], nw.BundleError]
KINDS = ("uint8", "uint16", "uint32", "uint64", "int64", "float32", "float64")


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(KINDS), st.integers(1, 9_000), st.sampled_from([2, 300, 70_000]), st.booleans(), st.integers(0, 99)
)
def test_any_numbers_come_back(kind: str, length: int, most: int, is_sorted: bool, seed: int) -> None:
    array = np.random.default_rng(seed).integers(0, most, length).astype(kind)
    array = np.sort(array)[::-1] if is_sorted else array
    before = array.copy()
    stored, table = compressed({"tea": array})
    again = inflated(stored, table)
    np.testing.assert_array_equal(again["tea"], before, strict=True)
    np.testing.assert_array_equal(array, before)
    assert not again["tea"].flags.writeable or again["tea"] is array
    assert stored["tea"].nbytes <= array.nbytes
    assert array.nbytes >= LEAST_BYTES or table == {}


def test_weights_and_what_gets_no_smaller_stay() -> None:
    noise = np.random.default_rng(1).integers(0, 256, 5_000).astype(np.uint8)
    zeros = np.zeros(5_000)
    tensors = {"noise": noise, "weight.a": zeros, "1:weight.a": zeros, "two": zeros.reshape(2, -1), "few": zeros[:9]}
    stored, table = compressed(tensors)
    assert table == {}
    assert all(stored[name] is array for name, array in tensors.items())


def test_what_would_become_too_much_stays_as_it_is() -> None:
    alike = {f"tea {number}": np.zeros(MOST_MORE // 4, np.uint8) for number in range(9)}
    stored, table = compressed(alike)
    assert 4 <= len(table) < 9
    for name, array in inflated(stored, table).items():
        np.testing.assert_array_equal(array, alike[name], strict=True)


def deflated(length: int) -> np.ndarray[Any, Any]:
    way = zlib.compressobj(9)
    chunk = bytes(1 << 16)
    pieces = [way.compress(chunk) for _ in range(length >> 16)]
    return np.frombuffer(b"".join(pieces) + way.compress(bytes(length % (1 << 16))) + way.flush(), np.uint8)


def test_a_small_file_does_not_become_a_large_one() -> None:
    bomb = deflated(1 << 30)
    assert bomb.nbytes < 2 << 20
    most = MOST_TIMES * bomb.nbytes + MOST_MORE
    with refuses(nw.InputError, "compressed-too-much", becomes=1 << 30):
        inflated({"tea": bomb}, {"tea": ["uint8", 1 << 30, 0]})
    with refuses(nw.InputError, "compressed-too-much", becomes=8 * (1 << 62)):
        inflated({"tea": bomb}, {"tea": ["float64", 1 << 62, 0]})
    with refuses(nw.InputError, "compressed-too-much"):
        inflated({"tea": bomb, "rum": bomb[:9]}, {"tea": ["uint8", most, 0], "rum": ["uint8", 999, 0]})
    # One that lies about it is inflated to what it says, and no further.
    for length in (1, 999, most):
        with refuses(nw.InputError, "compressed-damaged", tensor="tea"):
            inflated({"tea": bomb}, {"tea": ["uint8", length, 0]})


def test_damaged_tensors_and_tables_are_refused() -> None:
    array = np.arange(5_000, dtype=np.int64) // 7
    stored, table = compressed({"tea": array, "rum": np.zeros(3)})
    good = stored["tea"]
    flipped = good.copy()
    flipped[len(good) // 2] ^= 4
    for damaged in (flipped, good[:-1], good[1:], good[:0], np.append(good, good), np.append(good, np.uint8(0))):
        with refuses(nw.InputError, "compressed-damaged", tensor="tea"):
            inflated({**stored, "tea": damaged}, table)
    for other in (good.astype(np.uint16), good.astype(np.int8), good[None]):
        with refuses(nw.InputError, "compressed-damaged", tensor="tea"):
            inflated({**stored, "tea": other}, table)
    good_entry = ["int64", 5_000, 2]
    assert table == {"tea": good_entry}
    entries: list[Any] = [None, [], "uint8", good_entry[:2], [*good_entry, 1], {"int64": 5_000}]
    entries += [["int64", length, 2] for length in (-1, 0, 4_999, 5_001, 2_500, 5_000.0, True, "5000", 10_000)]
    entries += [["int64", 5_000, kept] for kept in (-1, 0, 1, 3, 8, 9, 2.0, "2", None)]
    entries += [[kind, 5_000, 2] for kind in ("object", 8, "float16", "<i8", ["int64"], "uint8", "uint16", "float64")]
    for entry in entries:
        with refuses(nw.InputError, "compressed-damaged", tensor="tea"):
            inflated(stored, {"tea": entry})
    with refuses(nw.InputError, "compressed-damaged", tensor="milk"):
        inflated(stored, {**table, "milk": ["uint8", 5, 0]})


def test_few_different_numbers_stand_apart() -> None:
    generator = np.random.default_rng(2)
    values = np.concatenate([generator.random(300), [np.nan, -np.nan, np.inf, -0.0, 0.0]])
    array = values[generator.integers(0, 305, 5_000)]
    stored, table = compressed({"tea": array})
    assert table == {"tea": ["float64", 5_000, 305]}
    assert inflated(stored, table)["tea"].tobytes() == array.tobytes()
    raw = zlib.decompress(stored["tea"].tobytes())
    beyond = np.frombuffer(zlib.compress(b"\xff" * 10_000 + raw[10_000:]), np.uint8)
    for damaged, kept in ((beyond, 305), (stored["tea"], 304), (stored["tea"], 5_001)):
        with refuses(nw.InputError, "compressed-damaged", tensor="tea"):
            inflated({"tea": damaged}, {"tea": ["float64", 5_000, kept]})


def large_texts() -> tuple[str, ...]:
    return tuple(f"tea {number} and milk {number + 1}" for number in range(300))


def test_a_bundle_is_smaller_and_the_same(tmp_path: Path) -> None:
    lm = build(texts=large_texts())
    content = bundle_bytes(lm)
    table = options_of(content)["compressed"]
    assert {"vocabulary.lines", "vocabulary.counts"} <= set(table)
    loaded = load_bytes(content, tmp_path)
    assert (loaded.vocabulary, probabilities(loaded)) == (lm.vocabulary, probabilities(lm))
    assert bundle_bytes(loaded) == content
    assert nw.inspect(tmp_path / "forged.nextword").vocabulary_size == len(lm.vocabulary)


def test_what_travels_to_other_processes_is_not_compressed(tmp_path: Path) -> None:
    lm = build(texts=large_texts())
    content = bundle_bytes(lm, is_small=False)
    assert options_of(content)["compressed"] == {}
    assert len(content) > len(bundle_bytes(lm))
    assert bundle_bytes(load_bytes(content, tmp_path)) == bundle_bytes(lm)
    assert content in pickle.dumps(lm)


def forged(content: bytes, **changes: Any) -> bytes:
    options, tensors = options_of(content), safetensors.load(content)
    del options["format_version"], tensors[DIGEST]
    return seal({**options, **changes}, tensors, version=FORMAT_VERSION)


def test_forged_tables_are_refused(refused: Refused) -> None:
    content = bundle_bytes(build(texts=large_texts()))
    table = options_of(content)["compressed"]
    kind, length, _ = table["vocabulary.lines"]
    for entry in (
        [kind, length - 1, 0],
        [kind, length + 1, 0],
        ["float64", length, 0],
        [kind, 1 << 40, 0],
        [kind, length],
        5,
    ):
        error = refused(forged(content, compressed={**table, "vocabulary.lines": entry}))
        assert isinstance(error, nw.BundleCorruptError)
        assert error.figures["reason"] in ("compressed-damaged", "compressed-too-much")
    for changed in ({}, {**table, DIGEST: ["uint8", 32, 0]}, {**table, "weight.logits/bias": ["float32", 5, 0]}):
        assert isinstance(refused(forged(content, compressed=changed)), nw.BundleCorruptError)
    for wrong in ([], None, 5, "tea"):
        assert refused(forged(content, compressed=wrong)).code == "bundle-header-unknown"


def test_ngrams_whose_sizes_lie_take_no_memory(refused: Refused) -> None:
    content = bundle_bytes(build_mixture())
    tensors = safetensors.load(content)
    sizes = tensors["ngram.2.sizes"]
    tensors["ngram.2.sizes"] = np.full(len(sizes), 255, np.uint8)
    tensors["ngram.2.sizes.large"] = np.full(len(sizes), 2**31 - 1, np.uint32)
    del tensors[DIGEST]
    options = options_of(content)
    version = options.pop("format_version")
    assert refused(seal(options, tensors, version=version)).figures["reason"] == "tensors-contradict"


def test_formats_are_not_mixed(refused: Refused) -> None:
    content = bundle_bytes(build_mixture())
    options = options_of(content)
    for changed in (
        {**options, "format_version": 4},
        {name: value for name, value in options.items() if name != "compressed"},
        {**{name: value for name, value in options.items() if name != "compressed"}, "format_version": 4},
    ):
        assert isinstance(refused(with_options(content, changed)), nw.BundleCorruptError)


def test_any_change_of_tensors_is_a_model_or_damage() -> None:
    lm = build_mixture()
    content = bundle_bytes(nw.block(lm, [f"no{number}" for number in range(200)]))
    options, tensors = options_of(content), safetensors.load(content)
    del options["format_version"], tensors[DIGEST]
    assert "blocked.lines" in options["compressed"]
    generator = np.random.default_rng(6)
    names = [name for name in tensors if tensors[name].size and "weight" not in name]
    refusals = 0
    for number in range(400):
        name = names[number % len(names)]
        array = tensors[name]
        changed = array.copy()
        if number % 3:
            raw = changed.view(np.uint8)
            raw[generator.integers(len(raw))] ^= np.uint8(1 << generator.integers(8))
        else:
            changed = np.resize(array, generator.integers(0, 2 * len(array) + 1))
        forged_content = seal(options, {**tensors, name: changed}, version=FORMAT_VERSION)
        try:
            nw.predict_next_word(language_model_of_bytes(forged_content), "I like")
        except nw.BundleCorruptError:
            refusals += 1
    assert refusals > 200
