"""Which part of a text is set aside, so that what is learnt can be judged on what was not.

Input: the lengths of the texts and where they may be cut. Output: booleans, one a token.
"""

import numpy as np
from numpy.typing import NDArray

# Below these, whole texts are too few to hold out, and words too few to hold out any.
MIN_TEXTS, MIN_WORDS = 20, 200


# Tokens of consecutive texts that are held out together, and the least number of such runs where texts suffice.
RUN_TOKENS, MIN_RUNS = 1000, 10


def hold_out(
    lengths: NDArray[np.int64], is_end: NDArray[np.bool_], share: float, seed: int
) -> tuple[NDArray[np.bool_], str]:
    """Say which tokens of a stream are held out for validation: whole texts, never positions at random.

    Of 20 texts or more a random `share`, at least one; of fewer, what follows the last sentence end before the last
    `share` of the tokens; below 200 tokens nothing. Texts are held out in runs of consecutive ones of up to 1,000
    tokens, 10 runs or more where there are so many: the lines of a file are often one document, whose words come again.

    Args:
        lengths: Tokens of every text, each closed by its end, integers of shape (number of texts,).
        is_end: Whether a token ends a sentence or text, booleans of shape (N,).
        share: Part to hold out, 0 to below 1.
        seed: Seed of the choice.

    Returns:
        Booleans of shape (N,), True where held out, and a sentence that says what was done.

    Examples:
        >>> hold_out(np.array([3, 2]), np.array([False, True, True, False, True]), 0.05, 0)[1]
        'Nothing is held out: 5 tokens are fewer than 200.'
    """
    is_held_out = np.zeros(len(is_end), dtype=np.bool_)
    if share == 0.0:
        return is_held_out, "Nothing is held out, as asked."
    if len(is_end) < MIN_WORDS:
        return is_held_out, f"Nothing is held out: {len(is_end)} tokens are fewer than {MIN_WORDS}."
    if len(lengths) >= MIN_TEXTS:
        number = max(1, round(share * len(lengths)))
        run = max(1, min(number // MIN_RUNS, RUN_TOKENS * len(lengths) // len(is_end)))
        # In a random order of the runs, texts are taken until there are enough.
        runs = np.array_split(np.arange(len(lengths)), -(-len(lengths) // run))
        order = np.random.default_rng(seed).permutation(len(runs))
        chosen = np.zeros(len(lengths), dtype=np.bool_)
        chosen[np.concatenate([runs[place] for place in order])[:number]] = True
        return np.repeat(chosen, lengths), f"Held out {number:,} of {len(lengths):,} texts for validation."
    cut = int(len(is_end) * (1.0 - share))
    ends = np.flatnonzero(is_end[:cut])
    if not len(ends) or ends[-1] < len(is_end) // 2:
        return is_held_out, "Nothing is held out: there is no sentence end to cut at near the end of the text."
    is_held_out[ends[-1] + 1 :] = True
    return is_held_out, f"Held out the last {np.count_nonzero(is_held_out):,} of {len(is_end):,} tokens for validation."
