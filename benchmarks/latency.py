"""Latency of one suggestion, against Keras on the same weights and in the same run.

    python benchmarks/latency.py --vocabulary 10000

A 2x200 LSTM with random weights: time does not depend on what was learnt. Every figure is over single calls; the thread
settings of NumPy's BLAS are the number given by --threads (2 cores have one thread each to win at most, and products as
small as these gain nothing from it).
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from environment import describe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabulary", type=int, default=10_000, metavar="V")
    parser.add_argument("--threads", type=int, default=1, help="threads of NumPy's BLAS")
    parser.add_argument("--calls", type=int, default=2_000, help="calls measured of what takes under a millisecond")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    print(describe(options.seed))
    print(f"2x200 LSTM, V = {options.vocabulary:,}, {options.threads} BLAS threads\n")
    report_imports()
    report_calls(options.vocabulary, options.calls, options.seed)


def report_imports() -> None:
    """Print how much longer `import nextword` takes than `import numpy`, in new processes."""

    def seconds(statement: str) -> float:
        program = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        runs = [
            subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
            for _ in range(7)
        ]
        return statistics.median(float(run.stdout) for run in runs)

    numpy, nextword = seconds("import numpy"), seconds("import nextword")
    print(f"import numpy {numpy:.3f} s, import nextword {nextword:.3f} s, {nextword - numpy:.3f} s more\n")


def report_calls(vocabulary_size: int, calls: int, seed: int) -> None:
    """Print the latencies of nextword and of Keras."""
    import keras
    import numpy as np

    import nextword as nw
    from nextword.prediction.next_word import top_positions

    words = tuple(f"w{number}" for number in range(vocabulary_size - 3))
    tokenizer = nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words)))
    model = nw.build_lstm(nw.build_embedding_matrix(tokenizer.vocabulary), nw.LSTMConfig(seed=seed))
    lm = nw.build_language_model(tokenizer, model)
    generator = np.random.default_rng(seed)
    ids = generator.integers(3, vocabulary_size, 21)
    text = tokenizer.decode(ids[:20])
    window = np.array(ids[None, :20], np.int32)

    runtime = lm.runtime
    state = runtime.advance(runtime.initial_state(), ids[:20])

    def carried() -> None:
        logs = runtime.log_probabilities(runtime.advance(state, ids[20:]))[0]
        top_positions(logs, 5)

    vector = np.ones((1, 200), np.float32)
    kernels = [np.ones((400, 800), np.float32), np.ones((400, 800), np.float32)]
    table = np.ones((vocabulary_size, 200), np.float32)
    inputs = np.ones((1, 400), np.float32)

    def products() -> None:
        for kernel in kernels:
            inputs @ kernel
        vector @ table.T

    import tensorflow as tf

    compiled = tf.function(lambda x: tf.math.top_k(model(x, training=False)[:, -1], 5), jit_compile=False)
    tensor = tf.constant(window)
    print(f"{'':44}{'p50 ms':>9}{'p99 ms':>9}")
    base = show("the bare products of one word", products, calls)
    one = show("one word on a carried state, top 5", carried, calls)
    fresh = show("a fresh text of 20 words, top 5", lambda: nw.predict_next_word(lm, text), calls // 4)
    function = show("compiled Keras function, 20 words, top 5", lambda: compiled(tensor), calls // 4)
    predict = show("keras.Model.predict, 20 words", lambda: model.predict(window, verbose=0), 50)
    print(
        f"\none word: {one / base:.1f} times its products, {predict / one:,.0f}x faster than predict, "
        f"{function / one:.1f}x than the compiled function; fresh: {predict / fresh:.0f}x and {function / fresh:.1f}x"
    )
    print(f"backend of Keras: {keras.backend.backend()}")


def show(name: str, call: Callable[[], object], calls: int) -> float:
    """Print the median and the 99th percentile of single calls in milliseconds; return the median."""
    for _ in range(max(5, calls // 20)):
        call()
    milliseconds = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        milliseconds.append(1e3 * (time.perf_counter() - start))
    median, p99 = statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[98]
    print(f"{name:44}{median:9.3f}{p99:9.3f}", flush=True)
    return median


if __name__ == "__main__":
    main()
