"""Saving: equal bytes for equal models, plain safetensors, and nothing that could not be loaded."""

import hashlib
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import KINDS, SUMMARY, build, build_talking, build_tiny, load_bytes, saved
from refusals import refuses
from safetensors import numpy as safetensors, safe_open

import nextword as nw
from nextword.bundle.writing import bundle_bytes
from nextword.errors import Note
from nextword.files.sealed import DIGEST, METADATA_KEY
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.weights import half_precision_weights
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.shaping import ShapedRuntime, shaped


@pytest.mark.parametrize("kind", KINDS)
def test_equal_models_give_equal_bytes(kind: str, tmp_path: Path) -> None:
    first = bundle_bytes(KINDS[kind]())
    assert bundle_bytes(KINDS[kind]()) == first
    assert bundle_bytes(load_bytes(first, tmp_path)) == first
    assert saved(KINDS[kind](), tmp_path) == first


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


def test_weights_of_half_precision_take_half_the_bytes(build_tiny_runtime: Any, tmp_path: Path) -> None:
    tokenizer = nw.build_tokenizer(nw.sample_texts()[:200])
    runtime = build_tiny_runtime(len(tokenizer.vocabulary), embedding_dim=64)
    sizes = []
    halved = type(runtime)(runtime.config, half_precision_weights(runtime.config, runtime.weights))
    for saved_runtime in (runtime, halved):
        content = bundle_bytes(nw.build_language_model(tokenizer, saved_runtime))
        loaded = load_bytes(content, tmp_path).runtime
        assert isinstance(loaded, LSTMRuntime)
        for name, weight in saved_runtime.weights.items():
            assert loaded.weights[name].dtype == np.float32
            assert loaded.weights[name].tobytes() == weight.tobytes()
        sizes.append(len(content))
    numbers = sum(weight.size for weight in runtime.weights.values())
    assert sizes[0] - sizes[1] == pytest.approx(2 * numbers, rel=0.01)


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "lm.nextword"
    with refuses(nw.InputTypeError, "not-a-language-model", received="str"):
        nw.save("lm", path)  # type: ignore[arg-type]
    tiny = build_tiny()
    with refuses(nw.InputTypeError, "runtime-not-savable", received="UnigramRuntime"):
        nw.save(nw.build_language_model(tiny.tokenizer, UnigramRuntime(tiny.vocabulary)), path)
    for word in ("", "a\nb", "\x1b[31m", "\ud800"):
        vocabulary = nw.Vocabulary(("<pad>", "<unk>", "<eos>", "a", word))
        lm = nw.LanguageModel(nw.Tokenizer(vocabulary), tiny.runtime)
        with refuses(nw.InputError, "control-characters" if word else "word-empty"):
            nw.save(lm, path)
    for summary in (
        replace(SUMMARY, notes=(Note("Kept.", code="kept", figures_of=object()),)),
        replace(SUMMARY, notes=(Note("Kept.", code="kept", weights={(1, 2): 0.5}),)),
    ):
        with refuses(nw.InputError, "record-not-json"):
            nw.save(replace(tiny, training=summary), path)
    for changes in ({"best_epoch": -1}, {"perplexities": (float("inf"), 9.0)}, {"held_out_perplexities": (12, 9.0)}):
        with refuses(nw.InputError, "training-fields"):
            nw.save(replace(tiny, training=replace(SUMMARY, **changes)), path)
    assert not path.exists()


def test_a_model_of_conversations_that_could_say_role_tokens_is_not_saved(tmp_path: Path) -> None:
    lm = build_talking()
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
