"""The networks and their training on the other Keras backends: one test a contract on JAX, training on PyTorch."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")
@pytest.mark.skipif(os.environ.get("KERAS_BACKEND") == "jax", reason="this is the run on jax")
@pytest.mark.slow
def test_one_test_a_contract_passes_on_jax():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "backend"]
    command += [str(TESTS / name) for name in ("networks", "training", "test_purity.py")]
    run = subprocess.run(
        command,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:]
    assert " passed" in run.stdout


TRAIN_ON_PYTORCH = """
import keras
import nextword as nw

assert keras.backend.backend() == "torch"
texts = nw.sample_texts()[:60]
tokenizer = nw.build_tokenizer(texts)
ids = nw.encode_texts(tokenizer, texts)
matrix = nw.build_embedding_matrix(tokenizer.vocabulary, nw.EmbeddingConfig(embedding_dim=12))
model = nw.build_lstm(matrix, nw.LSTMConfig(hidden_dim=12, num_layers=1))
for negatives in (0, 32):
    config = nw.TrainingConfig(epochs=3, negatives=negatives, batch_size=2, sequence_length=10)
    epochs = nw.train(model, ids, config, progress=False).history.epochs
    assert epochs[-1].perplexity < 0.7 * epochs[0].perplexity, epochs
model = nw.build_transformer(matrix, nw.TransformerConfig(hidden_dim=16, num_layers=2, num_heads=2, context_length=20))
for negatives in (0, 32):
    # At a rate of its own: the derived one is too low to show in so few steps.
    config = nw.TrainingConfig(epochs=3, negatives=negatives, batch_size=2, sequence_length=10, learning_rate=0.01)
    epochs = nw.train(model, ids, config, progress=False).history.epochs
    assert epochs[-1].perplexity < 0.7 * epochs[0].perplexity, epochs
print("trained")
"""


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.slow
def test_training_works_on_pytorch():
    run = subprocess.run(
        [sys.executable, "-c", TRAIN_ON_PYTORCH],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-6000:]
    assert "trained" in run.stdout
