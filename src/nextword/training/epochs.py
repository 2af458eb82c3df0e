"""A long stream as one epoch reads it -> its batches, cut when their step comes.

Input: a stream, which may be in a file, and what an epoch draws: the order of its texts, and words read as `<unk>`.
Output: the batches that `build_batches` makes of the same draws, bit by bit. Only the runs of texts and the words that
are replaced are kept, so that an epoch of a long stream takes no copy of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.files.temporary import pieces_of
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, UNK_ID
from nextword.training.order import RunOrder, TextStream, draw_runs


@dataclass(frozen=True, slots=True, eq=False)
class EpochStream:
    """A stream of N tokens in the order of an epoch, without a copy of it.

    Attributes:
        stream: The tokens in their own order.
        runs: The order in which its texts are read; None for their own, as one text.
        unknown: Positions in the stream that are read as `<unk>`, ascending, int64.
    """

    stream: TextStream
    runs: RunOrder | None
    unknown: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number N of tokens."""
        return len(self.stream.ids)

    def read(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return the token ids at places of the epoch, and which of them count in the loss.

        Args:
            places: Integers from 0 to below N, of any shape.

        Returns:
            Arrays of the same shape.
        """
        if self.runs is not None:
            run = np.searchsorted(self.runs.starts, places, side="right") - 1
            places = places + (self.runs.firsts - self.runs.starts)[run]
        ids = np.asarray(self.stream.ids[places])
        if len(self.unknown):
            nearest = np.minimum(np.searchsorted(self.unknown, places), len(self.unknown) - 1)
            ids[self.unknown[nearest] == places] = UNK_ID
        mask = self.stream.loss_mask
        return ids, np.ones(places.shape, np.bool_) if mask is None else np.asarray(mask[places])

    def begins(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return where a text is read from a fresh start.

        Args:
            places: As of `read`.
        """
        if self.runs is None:
            return np.zeros(places.shape, np.bool_)
        starts = self.runs.starts
        return np.asarray(starts[np.searchsorted(starts, places, side="right") - 1] == places)

    def counts(self, vocabulary_size: int) -> NDArray[np.int64]:
        """Return how often each token is read, int64 of shape (V,).

        Args:
            vocabulary_size: V.
        """
        ids = self.stream.ids
        counts = np.zeros(vocabulary_size, np.int64)
        for part in pieces_of(len(ids)):
            counts += np.bincount(ids[part], minlength=vocabulary_size)
        counts -= np.bincount(ids[self.unknown], minlength=vocabulary_size)
        counts[UNK_ID] += len(self.unknown)
        return counts


def draw_epoch(stream: TextStream, rate: float, shuffle: bool, generator: "np.random.Generator") -> EpochStream:
    """Draw what an epoch reads, as `replace_once_seen` and `shuffle_texts` do one after the other.

    Args:
        stream: N tokens.
        rate: Probability that a word seen once is read as `<unk>`.
        shuffle: Whether texts come in a new order; False reads the stream as one text.
        generator: Where randomness comes from.
    """
    unknown = [np.zeros(0, np.int64)]
    if stream.once_seen is not None:
        for part in pieces_of(len(stream.ids)):
            drawn = generator.random(part.stop - part.start) < rate
            unknown.append(np.flatnonzero(stream.once_seen[part] & drawn) + part.start)
    runs = draw_runs(stream.starts, len(stream.ids), generator) if shuffle else None
    return EpochStream(stream, runs, np.concatenate(unknown))


class _Window(NamedTuple):
    inputs: NDArray[np.int32]
    targets: NDArray[np.int32]
    keeps: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """One of the arrays of `Batches`, whose parts are made when they are asked for."""

    of_step: Callable[[int], NDArray[Any]]

    def __getitem__(self, step: int) -> NDArray[Any]:
        """Return the part (B, T) of a step.

        Args:
            step: Number of the step in the epoch, from 0.
        """
        return self.of_step(step)


@dataclass(frozen=True, slots=True, eq=False)
class EpochBatches:
    """The batches of an epoch, as `Batches` has them, cut one by one.

    Attributes:
        epoch: What is read.
        batch_size: Rows B.
        sequence_length: Tokens T in a window.
    """

    epoch: EpochStream
    batch_size: int
    sequence_length: int
    _last: dict[int, _Window] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Return the number S of batches."""
        return -(-self._row_length // self.sequence_length)

    @property
    def inputs(self) -> Windows:
        """As of `Batches`."""
        return Windows(lambda step: self._window(step).inputs)

    @property
    def targets(self) -> Windows:
        """As of `Batches`."""
        return Windows(lambda step: self._window(step).targets)

    @property
    def keeps(self) -> Windows:
        """As of `Batches`."""
        return Windows(lambda step: self._window(step).keeps)

    @property
    def _row_length(self) -> int:
        return -(-len(self.epoch) // self.batch_size)

    def _window(self, step: int) -> _Window:
        """Return the three arrays of a step; those of the last one are kept, as they are asked for one by one."""
        window = self._last.get(step)
        if window is None:
            window = self._cut(step)
            self._last.clear()
            self._last[step] = window
        return window

    def _cut(self, step: int) -> _Window:
        first = step * self.sequence_length
        in_row = np.arange(first - 1, first + self.sequence_length)  # with the token before
        places = self._row_length * np.arange(self.batch_size)[:, None] + in_row
        is_there = (in_row < self._row_length) & (places < len(self.epoch))
        ids, mask = self.epoch.read(np.clip(places, 0, len(self.epoch) - 1))
        begins = self.epoch.begins(np.clip(places[:, 1:], 0, len(self.epoch) - 1))
        is_target = is_there[:, 1:]
        inputs = np.where(begins | (places[:, 1:] == 0), np.int32(EOS_ID), ids[:, :-1])
        return _Window(
            np.where(is_target, inputs, np.int32(PAD_ID)),
            np.where(is_target & mask[:, 1:], ids[:, 1:], np.int32(PAD_ID)),
            np.where(is_target & begins, np.float32(0.0), np.float32(1.0)),
        )
