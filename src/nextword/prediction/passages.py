"""Reading passages to judge them: short ones side by side, so that many are as quick as one long one.

Input: a runtime and passages of token ids. Output: the states before every id, in batches.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.runtime import CHUNK, Runtime, State, joined_states

# So many passages are read side by side.
LANES = 32


class Passage(NamedTuple):
    """Token ids that are judged, and what is read before them.

    Attributes:
        before: Token ids that are read first, from the initial state, int32 of shape (T,).
        ids: Token ids that are judged, int32 of shape (N,).
    """

    before: NDArray[np.int32]
    ids: NDArray[np.int32]


class Step(NamedTuple):
    """Some ids of passages, and the states before them.

    Attributes:
        positions: Where they stand, counted over the ids of all passages in order, int64 of shape (n,).
        ids: int32 of shape (n,).
        states: The states before each of them, as those of a batch of n texts.
    """

    positions: NDArray[np.int64]
    ids: NDArray[np.int32]
    states: State


def read_passages(runtime: Runtime, passages: Iterable[Passage]) -> Iterator[Step]:
    """Yield the ids of passages with the states before each of them, up to 128 at a time.

    Passages are read side by side, 32 at a time, so short ones share a batch, and what is said of them may differ in
    the sixth digit from what is said of one read alone.

    Args:
        runtime: A language model.
        passages: Passages of any lengths, each read from the initial state.

    Yields:
        Each id once; those of one passage in order, those of different ones mixed.
    """
    waiting: list[Step] = []
    count = offset = 0
    remaining = iter(passages)
    while group := list(islice(remaining, LANES)):
        starts = offset + np.cumsum([0, *(len(passage.ids) for passage in group)])
        offset = int(starts[-1])
        for step in _side_by_side(runtime, group, starts):
            if count + len(step.ids) > CHUNK:
                yield _joined(waiting)
                waiting, count = [], 0
            waiting.append(step)
            count += len(step.ids)
    if waiting:
        yield _joined(waiting)


def _side_by_side(runtime: Runtime, group: Sequence[Passage], starts: NDArray[np.int64]) -> Iterator[Step]:
    """Yield the ids that are judged in the order of their distance from the beginnings of the passages."""
    whole = [np.concatenate((passage.before, passage.ids)) for passage in group]
    order = sorted(range(len(whole)), key=lambda row: -len(whole[row]))  # the longest first
    lengths = np.array([len(whole[row]) for row in order])
    begins = np.array([len(group[row].before) for row in order])  # where what is judged begins in each
    ids = np.zeros((lengths[0], len(order)), np.int32)  # (longest, B)
    for column, row in enumerate(order):
        ids[: lengths[column], column] = whole[row]
    states = runtime.initial_state(len(order))
    firsts = starts[order] - begins
    for position, row_of_ids in enumerate(ids):
        running = int(np.count_nonzero(lengths > position))
        if running < len(states[0]):
            states = tuple(array[:running] for array in states)
        if position:
            states = runtime.advance(states, ids[position - 1, :running])
        judged = np.flatnonzero(begins[:running] <= position)
        if len(judged):
            before = states if len(judged) == running else tuple(array[judged] for array in states)
            yield Step(firsts[judged] + position, row_of_ids[judged], before)


def _joined(steps: Sequence[Step]) -> Step:
    positions, ids, states = zip(*steps, strict=True)
    return Step(np.concatenate(positions), np.concatenate(ids), joined_states(states))
