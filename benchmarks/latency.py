"""Latency of suggestions, beside Keras and PyTorch on networks of the same size, in one run.

    python benchmarks/latency.py

A 2x200 LSTM with random weights, since time does not depend on what was learnt. Figures are over single calls. The
number of threads of NumPy's BLAS is set before NumPy is imported, and each number runs in a process of its own:
OpenBLAS would otherwise take all cores, which for products as small as these mostly costs time. PyTorch is measured
where it is installed (`pip install torch==2.13.0`).
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from environment import describe

LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="threads of NumPy's BLAS")
    parser.add_argument("--calls", type=int, default=3_000, help="calls of what takes under a millisecond")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--here", action="store_true", help="measure in this process")
    options = parser.parse_args()
    if options.here:
        report_words(10_000, options.calls, options.seed)
        report_large_vocabulary(options.calls, options.seed)
        report_memory(options.seed)
        return
    print(describe(options.seed), flush=True)
    report_imports()
    report_cold_start(options.seed)
    for threads in options.threads:
        print(f"\n== {threads} BLAS thread{'s' * (threads > 1)}", flush=True)
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        command = [sys.executable, __file__, "--here", "--calls", str(options.calls), "--seed", str(options.seed)]
        subprocess.run(command, env={**os.environ, **dict.fromkeys(names, str(threads))}, check=True)


def build_tokenizer(vocabulary_size: int, seed: int) -> Any:
    """Return a tokenizer of words of 3 to 9 letters."""
    import nextword as nw

    generator = random.Random(seed)
    words = dict.fromkeys(["tea", "我", "喜欢", "吃", "苹果"])
    while len(words) < vocabulary_size - 3:
        words["".join(generator.choices(LETTERS, range(26, 0, -1), k=generator.randint(3, 9)))] = None
    return nw.Tokenizer(nw.Vocabulary(("<pad>", "<unk>", "<eos>", *words)))


def build_language_model(vocabulary_size: int, seed: int, config: Any = None) -> Any:
    """Return a language model with random weights, a 2x200 LSTM by default, without Keras."""
    import numpy as np

    import nextword as nw
    from nextword.networks.kinds import kind_of

    tokenizer = build_tokenizer(vocabulary_size, seed)
    config = config or nw.LSTMConfig()
    generator = np.random.default_rng(seed)
    shapes = config.weight_shapes(vocabulary_size, config.hidden_dim)
    weights = {name: generator.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}
    return nw.LanguageModel(tokenizer, kind_of(config).runtime(config, weights))


def advance_and_predict(session: Any, word: str) -> None:
    """Read a word and suggest the next one."""
    session.advance(word).predict(5)


def build_mixture(lm: Any, seed: int) -> Any:
    """Return the model mixed with 5-grams of 500,000 random words, distributed as in a text (Zipf), and a cache."""
    from dataclasses import replace

    import numpy as np

    import nextword as nw
    from nextword.mixing.runtime import MixtureRuntime

    size = len(lm.vocabulary)
    shares = 1.0 / np.arange(1, size - 2)
    ids = np.random.default_rng(seed).choice(np.arange(3, size), 500_000, p=shares / shares.sum())
    ngram = nw.build_ngram(ids, vocabulary_size=size)
    cache = nw.build_cache(lm.vocabulary)
    return replace(lm, runtime=MixtureRuntime((lm.runtime, ngram, cache), (0.65, 0.25, 0.1)))


def shape(lm: Any) -> Any:
    """Return the model at a temperature, with 1,000 words blocked and 300 Chinese ones, which could come in parts."""
    import nextword as nw

    chinese = [chr(0x4E00 + number) + chr(0x4E01 + 2 * number) for number in range(300)]
    return nw.with_temperature(nw.block(lm, [*lm.vocabulary[100:1100], *chinese]), 1.3)


def report_imports() -> None:
    """Print how much longer `import nextword` takes than `import numpy`, in new processes."""

    def seconds(statement: str) -> float:
        program = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        command = [sys.executable, "-c", program]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(9)]
        return statistics.median(float(run.stdout) for run in runs)

    numpy, nextword = seconds("import numpy"), seconds("import nextword")
    print(f"import numpy {numpy:.3f} s, import nextword {nextword:.3f} s: {nextword - numpy:.3f} s more")


COLD = """
import sys, time
import nextword as nw
lm = nw.load(sys.argv[1])
nw.predict_next_word(lm, sys.argv[2])
print(int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024 / 1e6)
"""
COLD_KERAS = """
import sys
import keras, numpy as np
import nextword.networks.layers
model = keras.models.load_model(sys.argv[1])
model.predict(np.ones((1, 3), "int32"), verbose=0)
print(int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024 / 1e6)
"""


def report_cold_start(seed: int) -> None:
    """Print seconds and memory of new processes that import, load and predict once."""
    import nextword as nw

    def run(name: str, program: str, *arguments: str, runs: int) -> None:
        seconds, megabytes = [], []
        for _ in range(runs):
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
            )
            seconds.append(time.perf_counter() - start)
            megabytes.append(float(done.stdout.split()[-1]))
        print(f"{name:48}{statistics.median(seconds):9.2f} s{statistics.median(megabytes):9.0f} MB", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.nextword")
        lm = build_language_model(10_000, seed)
        nw.save(lm, path)
        print(f"\nnew process: import, load {Path(path).stat().st_size / 1e6:.1f} MB, first prediction")
        run("nextword, English", COLD, path, "I like green", runs=9)
        run("nextword, Chinese", COLD, path, "我喜欢吃", runs=9)
        keras_path = str(Path(folder) / "model.keras")
        program = (
            "import sys, numpy as np, nextword as nw\n"
            "nw.build_lstm(np.zeros((10_000, 200), np.float32)).save(sys.argv[1])"
        )
        subprocess.run([sys.executable, "-c", program, keras_path], capture_output=True, check=True)
        run("Keras, the same network", COLD_KERAS, keras_path, runs=3)


def report_words(vocabulary_size: int, calls: int, seed: int) -> None:
    """Print the latencies of one word and of a short text, and those of the peers."""
    import numpy as np

    import nextword as nw
    from nextword.prediction.completion import complete_from

    lm = build_language_model(vocabulary_size, seed)
    generator = np.random.default_rng(seed)
    words = [lm.vocabulary[i] for i in generator.integers(3, vocabulary_size, 21).tolist()]
    text, word = " ".join(words[:20]), words[20]
    session = nw.start_session(lm, text)
    state = session.state
    token_id = [lm.vocabulary.id_of(word)]
    one_key_before = nw.start_session(lm, text + " te")

    def type_a_key() -> None:
        one_key_before.with_text(text + " tea").complete(5)

    table = [("bare products of one word", bare_products(vocabulary_size), calls)]
    table += [
        ("log-probabilities of a state", lambda: lm.runtime.log_probabilities(state), calls),
        ("one token on a carried state, distribution", lambda: distribution(lm, state, token_id), calls),
        ("session.advance and top 5", lambda: session.advance(word).predict(5), calls),
        ("session.with_text and complete, a key", type_a_key, calls),
        ("completion of a 3-letter prefix in a state", lambda: complete_from(lm, state, "tea", 5), calls),
        ("a fresh text of 20 words, top 5", lambda: nw.predict_next_word(lm, text), calls // 5),
    ]
    transformer = build_language_model(vocabulary_size, seed, nw.TransformerConfig.from_depth(4))
    for number in (20, 200, 2000):
        far = nw.start_session(transformer, " ".join(words[:20] * (number // 20)))
        table += [(f"Transformer, depth 4, after {number} words", partial(advance_and_predict, far, word), calls)]
    mixture = build_mixture(lm, seed)
    for name, model in (
        ("the LSTM at a temperature, 1,300 words blocked", shape(lm)),
        ("mixed with 5-grams and a cache", mixture),
        ("the mixture at a temperature, words blocked", shape(mixture)),
    ):
        table += [(name, partial(advance_and_predict, nw.start_session(model, text), word), calls)]
    long_text = (text + ". ") * (10_000_000 // len(text))
    tail = long_text[-(len(long_text) % 4096 + 4096) :]
    table += [
        ("a fresh text of 10 MB, top 5", lambda: nw.predict_next_word(lm, long_text), 20),
        ("the tail of it that counts, top 5", lambda: nw.predict_next_word(lm, tail), 20),
    ]
    print(f"\n2x200 LSTM, V = {vocabulary_size:,}\n{'':48}{'p50 ms':>10}{'p99 ms':>10}")
    figures = {name: show(name, call, number) for name, call, number in table}
    peers = {name: show(name, call, number) for name, call, number in keras_calls(lm, words, calls)}
    peers |= {name: show(name, call, number) for name, call, number in torch_calls(vocabulary_size, calls)}
    own = figures["session.advance and top 5"]
    print(f"session.advance and top 5 is {own / figures['bare products of one word']:.2f} times the bare products")
    print("and faster than " + ", ".join(f"{name} {value / own:,.1f}x" for name, value in peers.items()))
    completion = figures["completion of a 3-letter prefix in a state"] - figures["log-probabilities of a state"]
    print(f"completion adds {completion:.3f} ms to the distribution")


def distribution(lm: Any, state: Any, token_id: list[int]) -> Any:
    """Return the log-probabilities after one more token."""
    return lm.runtime.log_probabilities(lm.runtime.advance(state, token_id))


def bare_products(vocabulary_size: int) -> Callable[[], object]:
    """Return the matrix products that one word of a 2x200 LSTM cannot do without."""
    import numpy as np

    kernels = [np.ones((400, 800), np.float32), np.ones((400, 800), np.float32)]
    table, inputs, hidden = (
        np.ones((vocabulary_size, 200), np.float32),
        np.ones((1, 400), np.float32),
        np.ones((1, 200), np.float32),
    )

    def products() -> object:
        return inputs @ kernels[0], inputs @ kernels[1], hidden @ table.T

    return products


def keras_calls(lm: Any, words: list[str], calls: int) -> list[tuple[str, Callable[[], object], int]]:
    """Return calls of the same network in Keras: `predict`, a compiled window and a compiled step."""
    import keras
    import numpy as np

    import nextword as nw
    from nextword.networks.lstm.training import hidden_with_state
    from nextword.networks.network import assign_weights

    if keras.backend.backend() != "tensorflow":
        return []
    import tensorflow as tf

    model = nw.build_lstm(lm.runtime.weights["embedding/table"])
    assign_weights(model, lm.runtime.weights)
    ids = np.array([[lm.vocabulary.id_of(word) for word in words[:20]]], np.int32)
    window = tf.constant(ids)
    compiled = tf.function(lambda x: tf.math.top_k(model(x, training=False)[:, -1], 5))

    def step(token: Any, *states: Any) -> Any:
        hidden, after = hidden_with_state(model, token, keras.ops.ones(token.shape), states, False, "float32")
        logits = tf.matmul(hidden[:, 0], model.get_layer("embedding").table, transpose_b=True)
        return tf.math.top_k(tf.nn.log_softmax(logits + model.get_layer("logits").bias), 5), after

    one_step, token = tf.function(step), tf.constant(ids[:, :1])
    states = [tf.zeros((1, 200)) for _ in range(4)]
    return [
        ("a compiled Keras step", lambda: one_step(token, *states)[0].indices.numpy(), calls // 5),
        ("a compiled Keras window of 20 words", lambda: compiled(window).indices.numpy(), calls // 10),
        ("keras.Model.predict, 20 words", lambda: model.predict(ids, verbose=0), 50),
    ]


def torch_calls(vocabulary_size: int, calls: int) -> list[tuple[str, Callable[[], object], int]]:
    """Return one step of the same network in PyTorch."""
    if find_spec("torch") is None:
        print("(PyTorch is not installed)")
        return []
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    embedding, lstm = torch.nn.Embedding(vocabulary_size, 200), torch.nn.LSTM(200, 200, 2)
    decoder = torch.nn.Linear(200, vocabulary_size)
    decoder.weight = embedding.weight
    state = (torch.zeros(2, 1, 200), torch.zeros(2, 1, 200))
    token = torch.tensor([[5]])

    def step() -> object:
        with torch.inference_mode():
            output, _ = lstm(embedding(token), state)
            return torch.log_softmax(decoder(output[0, 0]), -1).topk(5)

    return [("a PyTorch step", step, calls)]


def report_large_vocabulary(calls: int, seed: int) -> None:
    """Print the latency of one word over 100,000 words beside its products."""
    import nextword as nw

    lm = build_language_model(100_000, seed)
    session = nw.start_session(lm, "tea")
    print("\n2x200 LSTM, V = 100,000")
    base = show("bare products of one word", bare_products(100_000), calls // 5)
    own = show("session.advance and top 5", lambda: session.advance("tea").predict(5), calls // 5)
    print(f"{own / base:.2f} times the bare products")


def report_memory(seed: int) -> None:
    """Print by how much resident memory grows over 100,000 predictions."""
    import nextword as nw

    lm = build_language_model(2_000, seed)
    words = lm.vocabulary[3:100]
    session = nw.start_session(lm)

    def predict(times: int) -> None:
        current = session
        for number in range(times):
            current = nw.start_session(lm) if number % 50 == 0 else current.advance(words[number % len(words)])
            current.predict(5)

    predict(2_000)
    before = resident_megabytes()
    predict(100_000)
    print(f"\n100,000 predictions: resident memory grows by {resident_megabytes() - before:.2f} MiB")


def resident_megabytes() -> float:
    """Return the resident memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def show(name: str, call: Callable[[], object], calls: int) -> float:
    """Print the median and the 99th percentile of single calls in milliseconds; return the median."""
    for _ in range(max(5, calls // 20)):
        call()
    milliseconds = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        milliseconds.append(1e3 * (time.perf_counter() - start))
    median = statistics.median(milliseconds)
    p99 = statistics.quantiles(milliseconds, n=100)[98]
    print(f"{name:48}{median:10.3f}{p99:10.3f}", flush=True)
    return median


if __name__ == "__main__":
    main()
