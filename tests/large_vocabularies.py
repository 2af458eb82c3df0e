"""Runtimes over some thousand words, more than a span of ids has, without a network: several tests share them."""

from dataclasses import dataclass, field

import numpy as np

import nextword as nw
from nextword.mixing.runtime import MixtureRuntime
from nextword.prediction.shaping import Shape, ShapedRuntime
from nextword.runtime import ClusteredDistribution, softmax, span_edges
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS

SPECIAL = len(SPECIAL_TOKENS)
WORDS = tuple(f"{start}{number:x}" for number in range(1_500) for start in ("tea", "rum", "milk", "tee"))
MORE = ("苹", "果", "苹果", ".", "I'll")
TOKENIZER = nw.Tokenizer(nw.Vocabulary((*SPECIAL_TOKENS, *WORDS, *MORE), (0, 9, 9, *[1] * (len(WORDS) + len(MORE)))))
V = len(TOKENIZER.vocabulary)


def stream(seed=0, tokens=6_000):
    """Return ids as frequent as those of a text, an end now and then."""
    generator = np.random.default_rng(seed)
    ids = SPECIAL + (generator.zipf(1.3, tokens) - 1) % (V - SPECIAL)
    ids[generator.random(tokens) < 0.1] = EOS_ID
    return ids.astype(np.int32)


def ngram(order, seed=0):
    return nw.build_ngram(stream(seed), nw.NgramConfig(order=order), vocabulary_size=V)


def cache(**options):
    return nw.build_cache(TOKENIZER.vocabulary, nw.CacheConfig(**options))


@dataclass(frozen=True)
class Random:
    """A runtime with the two methods alone, whose distribution depends on the last token read."""

    seed: int = 0
    scale: float = 2.0

    @property
    def vocabulary_size(self):
        return V

    def initial_state(self, batch=1):
        return (np.zeros(batch, np.int64),)

    def advance(self, state, ids):
        rows = np.asarray(ids, np.int64).reshape(len(state[0]), -1)
        return (np.concatenate((state[0][:, None], rows), axis=1)[:, -1],)

    def logits_after(self, last):
        logits = np.random.default_rng((self.seed, last)).normal(0.0, self.scale, V).astype(np.float32)
        logits[0] = -np.inf
        return logits

    def log_probabilities(self, state):
        with np.errstate(divide="ignore"):
            return np.log(np.stack([softmax(self.logits_after(last)[None])[0] for last in state[0].tolist()]))


@dataclass(frozen=True, eq=False)
class Clustered(Random):
    """The same in clusters, which are computed when they are asked for; `computed` lists their numbers."""

    shares: tuple[float, ...] = (0.7, 0.2, 0.1)
    cutoffs: tuple[int, ...] = (512, 5_000)
    computed: list[int] = field(default_factory=list)

    def distributions(self, state):
        edges = span_edges(V, self.cutoffs)
        return [self._distribution(last, edges) for last in state[0].tolist()]

    def _distribution(self, last, edges):
        logits = self.logits_after(last)
        head, *clusters = (softmax(part[None])[0] for part in np.split(logits, self.cutoffs))

        def compute(number):
            self.computed.append(number)
            return clusters[number]

        return ClusteredDistribution(head * np.float32(self.shares[0]), self.shares[1:], self.cutoffs, edges, compute)

    def log_probabilities(self, state):
        with np.errstate(divide="ignore"):
            return np.log(np.stack([distribution.span(0, V) for distribution in self.distributions(state)]))


def mixture(*parts, weights=None, early=()):
    return MixtureRuntime(parts, weights or (1.0 / len(parts),) * len(parts), early)


def in_shape(base, **changes):
    return ShapedRuntime(base, Shape(**changes), TOKENIZER)


RUNTIMES = {
    **{f"n-grams, order {order}": ngram(order) for order in range(1, 6)},
    "cache": cache(),
    "cache of words alone": cache(smoothing=(3.0,), window=40),
    "unigram": nw.build_ngram(stream(3), nw.NgramConfig(order=1), vocabulary_size=V),
    "two methods": Random(),
    "clusters": Clustered(),
    "mixture": mixture(Clustered(1), ngram(4), cache()),
    "mixture by length": mixture(
        Clustered(2), ngram(3), cache(), weights=(0.5, 0.3, 0.2), early=((0.1, 0.8, 0.1), (0.3, 0.4, 0.3))
    ),
    "mixture of mixtures": mixture(mixture(ngram(5), cache()), mixture(Random(3), Clustered(4)), weights=(0.8, 0.2)),
    "never some": in_shape(mixture(Clustered(5), ngram(2)), never=(3, 7, 4_500)),
    "blocked": in_shape(mixture(ngram(4), cache()), blocked=("tea0", "苹果", "rum1 milk1")),
    "at a temperature": in_shape(mixture(ngram(4), Random(6)), temperature=0.5, blocked=("tea0",)),
    "clusters at a temperature": in_shape(Clustered(7), temperature=2.0),
    "a shape in a mixture": mixture(in_shape(ngram(3), never=(4, 5)), in_shape(Random(8), temperature=0.8)),
}
