"""The suffix automaton of a sequence of tokens, and the longest parts of it that a stream of texts has.

Input: tokens, then texts as lists of tokens. Output: for each token, how long a run that ends with it is in the texts.
Building takes time and memory linear in the tokens; searching takes time linear in the texts and keeps none of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LongestCopies:
    """For each token of a sequence, the longest run of tokens up to it that is in the searched texts.

    Attributes:
        lengths: Lengths of the runs, in tokens; 0 where the token itself is in no text.
        ends: Positions of their last tokens in the stream of all texts.
        text_starts: Position in the stream at which each text begins.
    """

    lengths: list[int]
    ends: list[int]
    text_starts: list[int]


class SuffixAutomaton:
    """An automaton in which a path from the root spells each run of tokens of a sequence, and no other.

    A state stands for all runs that end at the same positions; the longest has `lengths[state]` tokens. `links[state]`
    is the state of the longest of its suffixes that also end elsewhere.

    Args:
        tokens: The sequence; an empty token ends a text, and no run reaches across it.

    Examples:
        >>> SuffixAutomaton(["a", "b", "c"]).longest_copies([["b", "c"], ["a"]]).lengths
        [1, 1, 2]

    References:
        Blumer et al., 1985, The smallest automaton recognizing the subwords of a text.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        """Build it token by token, in linear time."""
        self.steps: list[dict[str, int]] = [{}]
        self.links = [-1]
        self.lengths = [0]
        self.states: list[int] = []  # of the run from the beginning of the text to each token
        last = 0
        for token in tokens:
            last = self._extend(last, token) if token else 0
            self.states.append(last)

    def _extend(self, last: int, token: str) -> int:
        """Return the state of a run that is one token longer than the longest of a state."""
        known = self.steps[last].get(token)
        if known is not None:  # a text that begins like an earlier one
            return known if self.lengths[known] == self.lengths[last] + 1 else self._split(last, token, known)
        state = self._add({}, 0, self.lengths[last] + 1)
        while last >= 0 and token not in self.steps[last]:
            self.steps[last][token] = state
            last = self.links[last]
        if last >= 0:
            known = self.steps[last][token]
            is_exact = self.lengths[known] == self.lengths[last] + 1
            self.links[state] = known if is_exact else self._split(last, token, known)
        return state

    def _split(self, last: int, token: str, known: int) -> int:
        """Give the shorter runs of a state, which now end at one position more, a state of their own."""
        shorter = self._add(dict(self.steps[known]), self.links[known], self.lengths[last] + 1)
        self.links[known] = shorter
        while last >= 0 and self.steps[last].get(token) == known:
            self.steps[last][token] = shorter
            last = self.links[last]
        return shorter

    def _add(self, steps: dict[str, int], link: int, length: int) -> int:
        self.steps.append(steps)
        self.links.append(link)
        self.lengths.append(length)
        return len(self.links) - 1

    def longest_copies(self, texts: Iterable[list[str]]) -> LongestCopies:
        """Find, for each token of the sequence, the longest run up to it that a stream of texts has.

        Args:
            texts: Texts as tokens, read once; a run may reach across the end of a text.

        Returns:
            Lengths and ends of the runs, and where the texts begin; if several places have the run, one of them.
        """
        steps, links, lengths = self.steps, self.links, self.lengths
        longest, ends = [0] * len(links), [0] * len(links)
        text_starts: list[int] = []
        position = state = length = 0
        for text in texts:
            text_starts.append(position)
            for token in text:
                following = steps[state].get(token)
                while following is None and state:
                    state = links[state]
                    length = lengths[state]
                    following = steps[state].get(token)
                if following is not None:
                    state = following
                    length += 1
                    if length > longest[state]:
                        longest[state], ends[state] = length, position
                position += 1
        # Where a run is, its suffixes are too: each state passes on what it found, from the longest runs down.
        order = sorted(range(1, len(links)), key=lengths.__getitem__)
        for state in reversed(order):
            link = links[state]
            if longest[state] and lengths[link] > longest[link]:
                longest[link], ends[link] = lengths[link], ends[state]
        for state in order:
            if not longest[state]:
                longest[state], ends[state] = longest[links[state]], ends[links[state]]
        states = self.states
        return LongestCopies([longest[state] for state in states], [ends[state] for state in states], text_starts)
