"""How long the stages of a fit will take, before they are begun.

Input: numbers of tokens, words and passes, and the sizes of a network. Output: seconds by stage. The figures are those
of 2 cores; they decide nothing but what is said, and how `recipe` shares the time out before there is a text. What a
stage really has is measured while `fit` runs: see `stages.py` and `reserve.py`.
"""

from collections.abc import Mapping

from nextword.networks.clusters import cutoffs_of
from nextword.networks.kinds import NetworkConfig
from nextword.networks.lstm.config import LSTMConfig
from nextword.training.config import SAMPLED_FROM_VOCABULARY

READING, WORDS, VECTORS, BUILDING, TRAINING, MIXING = STAGES = (
    "reading",
    "words",
    "vectors",
    "building",
    "training",
    "mixing",
)

# Seconds a token, on 2 cores.
READ, COUNTED, PLACED, NGRAMS = 5e-6, 1e-6, 2.5e-6, 4e-6
# Seconds that Keras takes to be imported and to compile a network, and those a word of its matrix.
KERAS, A_ROW = 6.0, 2e-5
# Seconds a held-out token and word of the vocabulary, in mixing and in validation.
SCORED, VALIDATED = 3e-9, 8e-9
# Held-out tokens that are scored, and validated on after each pass, at most.
SCORED_TOKENS, VALIDATED_TOKENS = 20_000, 50_000
# Seconds a token that is learnt: at least, for each weight beside the embedding, and for each word of the vocabulary.
LEARNT, A_WEIGHT, A_WORD = 1.2e-5, 2.3e-11, 2.3e-10
# A large sampled softmax reads so many rows of the embedding.
SAMPLED = 2048
# A vocabulary in clusters costs a step, and a token that is validated, what one of so many words does.
IN_CLUSTERS = 40_000, 10_000


def stage_seconds(tokens: int, vocabulary_size: int) -> dict[str, float]:
    """Return what the stages of a fit take, but for training.

    Args:
        tokens: Tokens of the text.
        vocabulary_size: V.

    Examples:
        >>> {stage: round(seconds) for stage, seconds in stage_seconds(1_000_000, 10_000).items()}
        {'reading': 5, 'words': 1, 'vectors': 2, 'building': 6, 'mixing': 9}
    """
    return {
        READING: READ * tokens,
        WORDS: COUNTED * tokens,
        VECTORS: PLACED * tokens,
        BUILDING: KERAS + A_ROW * vocabulary_size,
        # The n-grams are counted twice: without the held-out part, and with it.
        MIXING: 2 * NGRAMS * tokens + SCORED * min(tokens, SCORED_TOKENS) * vocabulary_size,
    }


def training_seconds(tokens: int, vocabulary_size: int, network: NetworkConfig, passes: float) -> float:
    """Return what passes over a text take, validation after each of them included.

    Args:
        tokens: Tokens that are learnt in a pass.
        vocabulary_size: V.
        network: Sizes of the network.
        passes: How many.

    Examples:
        >>> round(training_seconds(1_000_000, 10_000, LSTMConfig(hidden_dim=300, num_layers=1), 4.0))
        196
    """
    width = network.hidden_dim
    softmax = width * (SAMPLED if vocabulary_size >= SAMPLED_FROM_VOCABULARY else vocabulary_size)
    a_layer = 8 * width * width if isinstance(network, LSTMConfig) else 18 * width * width
    learnt, judged = IN_CLUSTERS if cutoffs_of(network, vocabulary_size) else (vocabulary_size, vocabulary_size)
    a_token = LEARNT + A_WEIGHT * (a_layer * network.num_layers + softmax) + A_WORD * learnt
    validated = min(tokens // 20, VALIDATED_TOKENS)
    return passes * (tokens * a_token + VALIDATED * validated * judged)


def usual_vocabulary(words: int) -> int:
    """Return about how many different words a text has, as there are more in a longer one (Heaps' law).

    Args:
        words: Words in the text.

    Examples:
        >>> usual_vocabulary(1_000_000), usual_vocabulary(100)
        (47772, 100)
    """
    return min(words, int(12 * words**0.6))


def other_seconds(words: int, seconds: float) -> float:
    """Return what all stages but training will take of a time, at most two thirds of it.

    Args:
        words: Words in the text.
        seconds: The time for all of `fit`.

    Examples:
        >>> round(other_seconds(1_000_000, 180.0)), round(other_seconds(1_000_000, 12.0))
        (26, 8)
    """
    return min(2 / 3 * seconds, sum(stage_seconds(words, usual_vocabulary(words)).values()))


def seconds_left(expected: Mapping[str, float], stage: str, spent: float) -> float:
    """Return what is left of the stage that runs and of those behind it.

    Args:
        expected: Seconds by stage, as they were estimated; a stage that is missing is 0.
        stage: The stage that runs.
        spent: Seconds that it has taken so far.

    Examples:
        >>> seconds_left({"vectors": 9.0, "training": 60.0, "mixing": 20.0}, "training", 25.0)
        55.0
    """
    behind = STAGES[STAGES.index(stage) + 1 :]
    return max(0.0, expected.get(stage, 0.0) - spent) + sum(expected.get(name, 0.0) for name in behind)
