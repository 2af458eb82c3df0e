"""The contract of every model at prediction time, and what is composed of its two functions alone.

Input: a runtime and a state. Output: the whole distribution of the next token, or only the best few, or the
probabilities of given tokens.
"""

from nextword.runtime.along import (
    joined_states as joined_states,
    log_probabilities_along as log_probabilities_along,
    states_along as states_along,
)
from nextword.runtime.best import (
    best_of as best_of,
    is_searched as is_searched,
    log_probabilities_at as log_probabilities_at,
    logs_at as logs_at,
    most_probable as most_probable,
)
from nextword.runtime.clustered import (
    Ceiling as Ceiling,
    ClusteredDistribution as ClusteredDistribution,
    ceiling_of as ceiling_of,
)
from nextword.runtime.contract import (
    Part as Part,
    Runtime as Runtime,
    State as State,
    check_batch as check_batch,
    check_runtime as check_runtime,
    check_state as check_state,
    is_runtime as is_runtime,
    models_in as models_in,
    parts_of as parts_of,
)
from nextword.runtime.distribution import (
    Distribution as Distribution,
    Numbers as Numbers,
    WeightedSum as WeightedSum,
    WholeDistribution as WholeDistribution,
    common_edges as common_edges,
    distributions_of as distributions_of,
    span_edges as span_edges,
)
from nextword.runtime.numbers import (
    BLOCK_NUMBERS as BLOCK_NUMBERS,
    CHUNK as CHUNK,
    SUGGESTIONS as SUGGESTIONS,
    log_softmax as log_softmax,
    perplexity_of as perplexity_of,
    row_blocks as row_blocks,
    rows_at_once as rows_at_once,
    softmax as softmax,
    top_positions as top_positions,
)
from nextword.runtime.sparse import (
    Base as Base,
    SparseDistribution as SparseDistribution,
    added_up as added_up,
    base_of as base_of,
)
from nextword.runtime.whole import (
    add_probabilities as add_probabilities,
    logits_of as logits_of,
    probabilities_of as probabilities_of,
)
