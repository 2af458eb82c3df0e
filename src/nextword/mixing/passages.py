"""Reading passages to judge them: side by side, so that many short ones are as quick as one long one.

Input: a runtime and passages of token ids. Output: the states before every id that is judged, in batches. Each passage
is read in a lane; where one ends, the next one begins in its place, so the lanes stay full.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.runtime import Runtime, State, joined_states, rows_at_once

# So many passages are read side by side, fewer where a state holds objects, which are caches of keys and values.
LANES, LANES_OF_OBJECTS = 128, 64


class Passage(NamedTuple):
    """Token ids that are judged, and what is read before them.

    Attributes:
        before: Token ids that are read first, int32 of shape (T,).
        ids: Token ids that are judged, int32 of shape (N,).
        mask: Which of the ids are judged, booleans of shape (N,); the others are only read. None for all.
    """

    before: NDArray[np.int32]
    ids: NDArray[np.int32]
    mask: NDArray[np.bool_] | None = None


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


def read_passages(runtime: Runtime, passages: Iterable[Passage], start: State | None = None) -> Iterator[Step]:
    """Yield the ids of passages with the states before each of them, as many at a time as `rows_at_once` says.

    Passages are read side by side, 128 at a time, the longest first, so what is said of them may differ in the sixth
    digit from what is said of one read alone.

    Args:
        runtime: A language model.
        passages: Passages of any lengths.
        start: State of one text that each passage goes on with; None for the initial state.

    Yields:
        Each judged id once; those of one passage in order, those of different ones mixed. All but the last step are of
        one size.
    """
    rows = rows_at_once(runtime.vocabulary_size)
    waiting: list[Step] = []
    count = 0
    for step in _side_by_side(runtime, list(passages), start):
        waiting.append(step)
        count += len(step.ids)
        while count >= rows:
            joined = _joined(waiting)
            yield _span(joined, slice(0, rows))
            waiting, count = [_span(joined, slice(rows, count))], count - rows
    if count:
        yield _joined(waiting)


def _side_by_side(runtime: Runtime, passages: Sequence[Passage], start: State | None) -> Iterator[Step]:
    """Yield what is judged of the ids that the lanes have come to, one a lane.

    The whole of all passages is one array; a lane is a place in it that moves on to the end of its passage.
    """
    whole, judged, shifts, begins, ends = _laid_out(passages)
    if not len(begins):
        return
    start = runtime.initial_state() if start is None else start
    lanes = LANES_OF_OBJECTS if any(array.dtype == object for array in start) else LANES
    started = min(lanes, len(begins))
    at, lane_ends, lane_shifts = begins[:started], ends[:started], shifts[:started]  # of each lane
    states = _repeated(start, started)
    while True:
        rows = np.flatnonzero(judged[at])
        if len(rows):
            here = at[rows]
            yield Step(here + lane_shifts[rows], whole[here], states if len(rows) == len(at) else _rows(states, rows))
        on = np.flatnonzero(at + 1 < lane_ends)
        if len(on) < len(at):
            at, lane_ends, lane_shifts, states = at[on], lane_ends[on], lane_shifts[on], _rows(states, on)
        if len(at):
            states = runtime.advance(states, whole[at])
            at = at + 1
        new = slice(started, min(started + lanes - len(at), len(begins)))
        if new.start < new.stop:
            fresh = _repeated(start, new.stop - new.start)
            states = joined_states((states, fresh)) if len(at) else fresh
            at = np.concatenate((at, begins[new]))
            lane_ends, lane_shifts = np.concatenate((lane_ends, ends[new])), np.concatenate((lane_shifts, shifts[new]))
            started = new.stop
        elif not len(at):
            return


class _LaidOut(NamedTuple):
    """All passages one after the other, N tokens; P of them have something that is judged, the longest first."""

    ids: NDArray[np.int32]  # (N,)
    judged: NDArray[np.bool_]  # (N,)
    shifts: NDArray[np.int64]  # (P,), what makes of a place among all tokens one among the ids of passages
    begins: NDArray[np.int64]  # (P,)
    ends: NDArray[np.int64]  # (P,), behind the last token that is judged


def _laid_out(passages: Sequence[Passage]) -> _LaidOut:
    ids, judged = [np.zeros(0, np.int32)], [np.zeros(0, np.bool_)]
    rows: list[tuple[int, int, int]] = []
    begin = position = 0
    for before, own, mask in passages:
        ids += (before, own)
        mask = np.ones(len(own), np.bool_) if mask is None else mask
        judged += (np.zeros(len(before), np.bool_), mask)
        counted = np.flatnonzero(mask)
        if len(counted):
            rows.append((position - begin - len(before), begin, begin + len(before) + int(counted[-1]) + 1))
        begin, position = begin + len(before) + len(own), position + len(own)
    rows.sort(key=lambda row: row[1] - row[2])
    shifts, begins, ends = np.array(rows, np.int64).reshape(-1, 3).T
    return _LaidOut(np.concatenate(ids), np.concatenate(judged), shifts, begins, ends)


def _repeated(state: State, texts: int) -> State:
    return tuple(np.repeat(array, texts, axis=0) for array in state)


def _rows(states: State, rows: NDArray[np.int64]) -> State:
    return tuple(array[rows] for array in states)


def _span(step: Step, span: slice) -> Step:
    return Step(step.positions[span], step.ids[span], tuple(array[span] for array in step.states))


def _joined(steps: Sequence[Step]) -> Step:
    if len(steps) == 1:
        return steps[0]
    positions, ids, states = zip(*steps, strict=True)
    return Step(np.concatenate(positions), np.concatenate(ids), joined_states(states))
