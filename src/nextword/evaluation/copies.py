r"""What generated text copies from the training text, word for word.

Enters: generated texts and the training texts. Leaves: a `CopyReport` of the longest copied passages with their places.
The generated texts, which are few, become a suffix automaton; the training texts run through it once, as a stream that
is never kept. A line break is a token, in which a passage may go on, and the end of a training text counts as one: so
does a model see them.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nextword.errors import check_integer
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import LINE_BREAK, Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedPassage:
    """Words that a generated text and a training text have in common, and that neither side can be extended by.

    Attributes:
        passage: The words as readable text.
        words: Their number, line breaks not counted.
        generated_text: Number of the generated text, from 0.
        generated_position: How many tokens, words and line breaks, stand before it there.
        training_text: Number of a training text that has it, from 0.
        training_position: How many tokens stand before it there.
    """

    passage: str
    words: int
    generated_text: int
    generated_position: int
    training_text: int
    training_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """The passages that generated texts copy.

    Attributes:
        passages: The longest first, equally long ones in the order of the generated texts; none lies in another.
        share: Share of generated words that lie in one of them, 0 to 1.
        min_words: Words that a passage has at least.
        generated_words: Number of generated words, line breaks not counted.
    """

    passages: tuple[CopiedPassage, ...]
    share: float
    min_words: int
    generated_words: int

    def __str__(self) -> str:
        """Return the share and the ten longest passages, one a line, those that came several times once."""
        times = Counter(found.passage for found in self.passages)
        first = {found.passage: found for found in reversed(self.passages)}
        lines = [
            f"{self.share:.1%} of {self.generated_words:,} generated words lie in copies of {self.min_words} words or "
            f"more, {len(self.passages):,} passages"
        ]
        for passage in list(times)[:10]:
            found = first[passage]
            lines.append(
                f"{found.words:5} words, {times[passage]} times, from training text {found.training_text}, token "
                f"{found.training_position}: {passage!r:.120}"
            )
        return "\n".join(lines)


def find_copies(
    tokenizer: Tokenizer, generated: Iterable[str], training_texts: Iterable[str], *, min_words: int = 8
) -> CopyReport:
    """Find the passages that generated texts copy verbatim from training texts.

    Time grows with the words of both together, memory with the generated ones. Words are compared as `tokenizer.split`
    cuts them, whether its vocabulary has them or not. A segmenter may cut Chinese in another way where two texts begin
    to differ, so a passage may seem a word shorter than it is; a tokenizer of `TokenizerConfig(segmenter="characters")`
    or `level="char"` compares, and counts, characters.

    Args:
        tokenizer: What cuts texts into words, such as `lm.tokenizer`.
        generated: Generated texts, each a `str`, such as `generate` returns them. Texts held out from training in
            their place show how much a person's text copies.
        training_texts: What the model was trained on, any iterable of `str`, read once and not kept.
        min_words: Shortest passage to report; a line break is no word.

    Returns:
        The passages, longest first, and the share of generated words in them.

    Raises:
        InputTypeError: If one of the texts is no iterable of `str`, or is one `str`.
        ConfigError: If `min_words` is no integer of at least 1.

    Examples:
        >>> from nextword.tokens.tokenizer import build_tokenizer
        >>> texts = ["We drank green tea in the old garden.", "我喜欢吃苹果。"]
        >>> report = find_copies(build_tokenizer(texts), ["They drank green tea in the new one."], texts, min_words=3)
        >>> report.passages[0].passage, report.passages[0].training_text, round(report.share, 3)
        ('drank green tea in the', 0, 0.556)

    References:
        Blumer et al., 1985, The smallest automaton recognizing the subwords of a text; McCoy et al., 2023, How much do
        language models copy from their training data?
    """
    check_integer("min_words", min_words, 1)
    tokens: list[str] = []  # of all generated texts, each followed by one that no text has
    starts: list[int] = []
    for text in check_texts(generated):
        starts.append(len(tokens))
        tokens += [*tokenizer.split(text), ""]
    spans, training_starts = _copied_spans(tokens, _stream(tokenizer, training_texts))
    is_word = [token not in ("", LINE_BREAK) for token in tokens]
    passages: list[CopiedPassage] = []
    copied = [False] * len(tokens)
    for first, last, training_first in spans:
        words = sum(is_word[first:last])
        if words < min_words:
            continue
        copied[first:last] = is_word[first:last]
        number = bisect_right(starts, first) - 1
        training_number = bisect_right(training_starts, training_first) - 1
        passages.append(
            CopiedPassage(
                passage=tokenizer.join(tokens[first:last]),
                words=words,
                generated_text=number,
                generated_position=first - starts[number],
                training_text=training_number,
                training_position=training_first - training_starts[training_number],
            )
        )
    return CopyReport(
        passages=tuple(sorted(passages, key=lambda found: -found.words)),
        share=sum(copied) / max(sum(is_word), 1),
        min_words=min_words,
        generated_words=sum(is_word),
    )


def _copied_spans(tokens: list[str], texts: Iterable[list[str]]) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Return where copies begin and end among the tokens and begin in the stream; and where its texts begin.

    They begin and end with a word; both ends ascend, and none lies in another.
    """
    lengths, ends, training_starts = _Automaton(tokens).longest_copies(texts)
    spans: list[tuple[int, int, int]] = []
    for end, length in enumerate(lengths):  # `length` tokens up to this one are a copy
        first, last, training_first = end + 1 - length, end + 1, ends[end] + 1 - length
        if length == 0 or (last < len(tokens) and lengths[last] == length + 1):
            continue  # none, or it goes on
        if tokens[end] == LINE_BREAK:
            last -= 1
        if tokens[first] == LINE_BREAK:
            first, training_first = first + 1, training_first + 1
        if first >= last or (spans and last <= spans[-1][1]):
            continue  # a line break alone, or in the one before
        if spans and first == spans[-1][0]:
            spans.pop()  # the one before lies in this one
        spans.append((first, last, training_first))
    return spans, training_starts


def _stream(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the tokens of each text, a line break at its end."""
    for text in check_texts(texts):
        yield [*tokenizer.split(text), LINE_BREAK]


class _Automaton:
    """The suffix automaton of a sequence of tokens: a path from its root spells each run of tokens in it, and no other.

    A state stands for all runs that end at the same places; the longest has `lengths[state]` tokens. `links[state]` is
    the state of the longest of its suffixes that also end elsewhere. An empty token ends a text: no run goes over it.
    """

    def __init__(self, tokens: list[str]) -> None:
        """Build it token by token, in linear time."""
        self.steps: list[dict[str, int]] = [{}]
        self.links = [-1]
        self.lengths = [0]
        self.states: list[int] = []  # of the run from the beginning of the text to each token
        last = 0
        for token in tokens:
            last = self._extended(last, token) if token else 0
            self.states.append(last)

    def _extended(self, last: int, token: str) -> int:
        known = self.steps[last].get(token)
        if known is not None:  # a text that begins like an earlier one
            return known if self.lengths[known] == self.lengths[last] + 1 else self._split(last, token, known)
        state = self._new({}, 0, self.lengths[last] + 1)
        while last >= 0 and token not in self.steps[last]:
            self.steps[last][token] = state
            last = self.links[last]
        if last >= 0:
            known = self.steps[last][token]
            exact = self.lengths[known] == self.lengths[last] + 1
            self.links[state] = known if exact else self._split(last, token, known)
        return state

    def _split(self, last: int, token: str, known: int) -> int:
        """Give the shorter runs of a state, which now end at one place more, a state of their own."""
        shorter = self._new(dict(self.steps[known]), self.links[known], self.lengths[last] + 1)
        self.links[known] = shorter
        while last >= 0 and self.steps[last].get(token) == known:
            self.steps[last][token] = shorter
            last = self.links[last]
        return shorter

    def _new(self, steps: dict[str, int], link: int, length: int) -> int:
        self.steps.append(steps)
        self.links.append(link)
        self.lengths.append(length)
        return len(self.links) - 1

    def longest_copies(self, texts: Iterable[list[str]]) -> tuple[list[int], list[int], list[int]]:
        """Return, for each token of the sequence, the length of the longest run up to it that a stream of texts has.

        Returns:
            The lengths; the position in the stream of the last token of such a run; where each text begins.
        """
        steps, links, lengths = self.steps, self.links, self.lengths
        longest, ends = [0] * len(links), [0] * len(links)
        starts: list[int] = []
        position = state = length = 0
        for text in texts:
            starts.append(position)
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
        # Where a long run is, its suffixes are too: they pass on what they found from the longest runs down.
        order = sorted(range(1, len(links)), key=lengths.__getitem__)
        for state in reversed(order):
            link = links[state]
            if longest[state] and lengths[link] > longest[link]:
                longest[link], ends[link] = lengths[link], ends[state]
        for state in order:
            if not longest[state]:
                longest[state], ends[state] = longest[links[state]], ends[links[state]]
        return [longest[state] for state in self.states], [ends[state] for state in self.states], starts
