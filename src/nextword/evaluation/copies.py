r"""What generated text copies from the training text, word for word.

Input: generated texts and the training texts. Output: a `CopyReport` of the longest copied passages and where they are.
The generated texts, which are few, become a suffix automaton; the training texts run through it once, as a stream that
is never kept. A line break is a token that a passage may reach across, and the end of a training text counts as a line
break, as it does for a model.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nextword.errors import check_integer
from nextword.evaluation.suffix_automaton import SuffixAutomaton
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import LINE_BREAK, Tokenizer, check_tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedPassage:
    """Words that a generated text and a training text have in common, as many in a row as they have.

    Attributes:
        passage: The words as readable text.
        words: How many words, line breaks not counted.
        generated_text: Index of the generated text, from 0.
        generated_position: How many tokens, words and line breaks, come before it there.
        training_text: Index of a training text that has it, from 0.
        training_position: How many tokens come before it there.
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
        passages: The longest first, equally long ones in the order of the generated texts; none lies within another.
        share: Share of generated words that lie in one of them, 0 to 1.
        min_words: Least length of a passage, in words.
        generated_words: Number of generated words, line breaks not counted.
    """

    passages: tuple[CopiedPassage, ...]
    share: float
    min_words: int
    generated_words: int

    def __str__(self) -> str:
        """Return the share and the ten longest different passages, one a line."""
        times = Counter(copied.passage for copied in self.passages)
        first_with = {copied.passage: copied for copied in reversed(self.passages)}
        lines = [
            f"{self.share:.1%} of {self.generated_words:,} generated words lie in copies of {self.min_words} words or "
            f"more, {len(self.passages):,} passages"
        ]
        for passage in list(times)[:10]:
            first = first_with[passage]
            lines.append(
                f"{first.words:5} words, {times[passage]} times, from training text {first.training_text}, token "
                f"{first.training_position}: {passage!r:.120}"
            )
        return "\n".join(lines)


def find_copies(
    tokenizer: Tokenizer, generated: Iterable[str], training_texts: Iterable[str], *, min_words: int = 8
) -> CopyReport:
    """Find the passages that generated texts copy verbatim from training texts.

    Time grows with the words of both together, memory with the generated ones. Words are compared as `tokenizer.split`
    cuts them, whether its vocabulary has them or not. A segmenter may cut Chinese differently where two texts begin to
    differ, so a passage may seem a word shorter than it is; a tokenizer of `TokenizerConfig(segmenter="characters")` or
    `level="char"` compares, and counts, characters.

    Args:
        tokenizer: What cuts texts into words, such as `lm.tokenizer`.
        generated: Generated texts, any iterable of `str`, such as those that `generate` returns. Texts held out from
            training show, in their place, how much a person's text copies.
        training_texts: What the model was trained on, any iterable of `str`, read once and not kept.
        min_words: Shortest passage to report; a line break is no word.

    Returns:
        The passages, longest first, and the share of generated words in them.

    Raises:
        InputTypeError: If `tokenizer` is no `Tokenizer` (code "not-a-tokenizer"), or one of the texts no iterable of
            `str`, or one `str`.
        ConfigError: If `min_words` is no integer of at least 1; code "option-out-of-range".

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
    check_tokenizer(tokenizer)
    check_integer("min_words", min_words, 1)
    checked_training_texts = check_texts(training_texts, "training_texts")
    tokens: list[str] = []  # of all generated texts, each followed by an empty one, which no text has
    starts: list[int] = []
    for text in check_texts(generated, "generated"):
        starts.append(len(tokens))
        tokens += [*tokenizer.split(text), ""]
    spans, training_starts = _copied_spans(tokens, _training_tokens(tokenizer, checked_training_texts))
    is_word = [token not in ("", LINE_BREAK) for token in tokens]
    passages: list[CopiedPassage] = []
    copied = [False] * len(tokens)
    for first, last, training_first in spans:
        words = sum(is_word[first:last])
        if words < min_words:
            continue
        copied[first:last] = is_word[first:last]
        generated_text = bisect_right(starts, first) - 1
        training_text = bisect_right(training_starts, training_first) - 1
        passages.append(
            CopiedPassage(
                passage=tokenizer.join(tokens[first:last]),
                words=words,
                generated_text=generated_text,
                generated_position=first - starts[generated_text],
                training_text=training_text,
                training_position=training_first - training_starts[training_text],
            )
        )
    return CopyReport(
        passages=tuple(sorted(passages, key=lambda passage: -passage.words)),
        share=sum(copied) / max(sum(is_word), 1),
        min_words=min_words,
        generated_words=sum(is_word),
    )


def _copied_spans(tokens: list[str], texts: Iterable[list[str]]) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Return the copies as (first, last + 1, first in the stream of training tokens), and where its texts begin.

    Copies begin and end with a word; firsts and lasts ascend, and no copy lies within another.
    """
    copies = SuffixAutomaton(tokens).longest_copies(texts)
    spans: list[tuple[int, int, int]] = []
    for end, length in enumerate(copies.lengths):  # `length` tokens up to this one are a copy
        first, last, training_first = end + 1 - length, end + 1, copies.ends[end] + 1 - length
        if length == 0 or (last < len(tokens) and copies.lengths[last] == length + 1):
            continue  # there is none, or it goes on
        if tokens[end] == LINE_BREAK:
            last -= 1
        if tokens[first] == LINE_BREAK:
            first, training_first = first + 1, training_first + 1
        if first >= last or (spans and last <= spans[-1][1]):
            continue  # a line break alone, or within the copy before
        if spans and first == spans[-1][0]:
            spans.pop()  # the copy before lies within this one
        spans.append((first, last, training_first))
    return spans, copies.text_starts


def _training_tokens(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the tokens of each text, a line break at its end."""
    for text in texts:
        yield [*tokenizer.split(text), LINE_BREAK]
