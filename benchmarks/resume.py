"""Kill trainings at random moments, resume them, and compare the weights bit by bit: nextword against itself.

python benchmarks/resume.py                       # 20 kills on TensorFlow and 20 on JAX, some minutes
python benchmarks/resume.py --kills 100 --backends tensorflow
python benchmarks/resume.py --cost                # what checkpoints cost in time, at a size that people train
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from environment import describe

# Small, so that a process spends its time starting; many steps, so that a kill meets every moment of them.
EPOCHS, STEPS = 12, 25
SEED = 0


def main() -> int:
    options = parse()
    if options.worker:
        return work(options)
    print(describe(options.seed))
    if options.cost:
        return measure_cost()
    return max(resume_on(backend, options) for backend in options.backends)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="kills on every backend (default 20)")
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax"], metavar="NAME")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the moments")
    parser.add_argument("--cost", action="store_true", help="measure the time that checkpoints take instead")
    parser.add_argument("--worker", metavar="DIR", help=argparse.SUPPRESS)
    return parser.parse_args()


def work(options: argparse.Namespace) -> int:
    """Train in this process, saying when the first step is done, and print what came out."""
    import keras

    import nextword as nw
    from nextword.networks.network import network_weights
    from nextword.training.checkpoint import digest_of

    def slow(batch: int, logs: Any) -> None:
        # Training has begun; and there is time for a kill.
        print(f"step {batch}", flush=True)
        time.sleep(0.005)

    generator = np.random.default_rng(SEED)
    ids = generator.integers(2, 40, 8 * 10 * STEPS)
    matrix = generator.normal(0.0, 0.3, (40, 8)).astype(np.float32)
    model = nw.build_lstm(matrix, nw.LSTMConfig(hidden_dim=12, num_layers=2, dropout=0.4))
    config = nw.TrainingConfig(
        epochs=EPOCHS, batch_size=8, sequence_length=10, learning_rate=2.0, negatives=16, patience=EPOCHS
    )
    result = nw.train(
        model,
        ids,
        config,
        validation_ids=ids[:300],
        checkpoint_dir=options.worker,
        checkpoint_seconds=0.05,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=slow)],
        progress=False,
    )
    records = [
        [r.epoch, r.steps, r.learning_rate, r.perplexity, r.validation_perplexity] for r in result.history.epochs
    ]
    summary = [digest_of(network_weights(result.model)), records, result.history.best_epoch, result.history.stopped_by]
    print("done " + json.dumps(summary), flush=True)
    return 0


def resume_on(backend: str, options: argparse.Namespace) -> int:
    """Kill trainings on a backend until there were enough kills; returns the exit status."""
    moments = random.Random(options.seed)
    environment = {**os.environ, "KERAS_BACKEND": backend}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        expected = run(folder, environment)
    kills = trainings = equal = 0
    while kills < options.kills:
        folder, outcome = tempfile.mkdtemp(), None
        while outcome is None:
            steps = moments.randint(1, EPOCHS * STEPS // 2) if kills < options.kills else None
            outcome = run(folder, environment, steps, moments.uniform(0.0, 0.03))
            kills += outcome is None
        trainings += 1
        equal += outcome == expected
        left = os.listdir(folder)
        clean = len(left) <= 4 and all(name.startswith("ckpt-") and name.endswith(".nextword") for name in left)
        verdict = "equal" if outcome == expected else "DIFFERENT"
        print(f"  {backend}: after {kills} kills {verdict}, folder {'clean' if clean else left}", flush=True)
        shutil.rmtree(folder)
    seconds = time.perf_counter() - start
    print(f"{backend}: {equal}/{trainings} trainings with {kills} kills in all are bit-identical ({seconds:.0f} s)")
    return int(equal != trainings)


def run(folder: str, environment: dict[str, str], steps: int | None = None, delay: float = 0.0) -> Any:
    """Train in a process, killed so many seconds after so many of its steps; returns what came out, None if killed."""
    command = [sys.executable, __file__, "--worker", folder]
    done = 0
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        for line in process.stdout or ():
            if line.startswith("done "):
                return json.loads(line.removeprefix("done "))
            done += 1
            if done == steps:
                time.sleep(delay)
                process.kill()
    if process.returncode != -signal.SIGKILL:
        raise SystemExit(f"a training ended with {process.returncode}; run it by hand: {' '.join(command)}")
    return None


def measure_cost() -> int:
    """Print what a checkpoint of a network of 2x200 over 10,000 words takes, after every step of a short training."""
    import nextword as nw

    generator = np.random.default_rng(SEED)
    ids = (generator.zipf(1.2, 20_000) % 9_997 + 3).astype(np.int32)
    matrix = generator.normal(0.0, 0.1, (10_000, 200)).astype(np.float32)
    model = nw.build_lstm(matrix, nw.LSTMConfig(hidden_dim=200, num_layers=2))
    config = nw.TrainingConfig(epochs=2, batch_size=20, sequence_length=35)
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, checkpoint_dir in (("without", None), ("with", folder)):
            # The second epoch: the first compiles.
            records = nw.train(
                model,
                ids,
                config,
                validation_ids=ids[:700],
                checkpoint_dir=checkpoint_dir,
                checkpoint_seconds=0.0,
                progress=False,
            ).history.epochs
            seconds[name] = records[1].seconds - records[0].seconds
        size = max(Path(folder).iterdir()).stat().st_size / 1e6
    steps = records[0].steps
    one = (seconds["with"] - seconds["without"]) / steps
    print(f"an epoch of {steps} steps: {seconds['without']:.1f} s; with a checkpoint a step: {seconds['with']:.1f} s")
    print(f"one checkpoint, {size:.1f} MB: {one * 1000:.0f} ms; one every 60 s: {one / 60:.2%} of the time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
