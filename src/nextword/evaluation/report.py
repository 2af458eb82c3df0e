"""The figures of a model on some texts, and the table they are printed as.

Input: figures. Output: frozen values; they are equal whatever time measuring took.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RECALL_RANKS = (1, 3, 5)
UNIGRAM, KNESER_NEY = "unigram", "Kneser-Ney"

ReadAs = Literal["texts", "replies", "stream"]
_READINGS = {
    "texts": "{texts}, each read by itself",
    "replies": "replies of {conversations}, each read after the turns before it",
    "stream": "{texts}, read on as one stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Words that were the best suggestion with about the same confidence.

    Attributes:
        confidence: Mean confidence of the suggestions, 0 to 1.
        hit_rate: Share of them that were the next word, 0 to 1.
        count: How many suggestions.
    """

    confidence: float
    hit_rate: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Figures of a model on some texts.

    Those of known words leave out the words outside the vocabulary. Those of all words count them: they are never
    guessed, cost all their keys, and are spelt. An `<unk>` written in a text of level "whitespace" is an unknown word
    whose spelling nobody knows: its spelling costs nothing, and it is typed as it is written.

    Attributes:
        read_as: "texts", each read by itself, "replies" of conversations, or one "stream".
        texts: Number of texts, or of conversations with a reply.
        perplexity: exp of the mean cross-entropy in nats, over all words and one `<eos>` a text, an unknown word
            counted by its `<unk>` alone. Comparable only between models of one vocabulary. Infinite where a word was
            impossible.
        perplexity_interval: Its 95% confidence interval, by resampling runs of consecutive texts of about 1,000 tokens;
            None for fewer than 10 runs, or if a word was impossible.
        perplexity_of_all: The same where unknown words are spelt too, as for `bits_per_character`.
        bits_per_character: Bits a character of the normalised text, line ends counted as one. An unknown word costs its
            `<unk>` and its spelling by a character model of the vocabulary, see `build_speller`; a word in another
            casing costs what the listed one costs. So vocabularies and levels compare.
        oov_rate: Share of words outside the vocabulary, 0 to 1; an `<unk>` in the text itself is one of them.
        impossible: Number of tokens that had no probability, such as blocked words.
        recall_at: Share of known words that are among the first 1, 3 and 5 suggestions, 0 to 1, by number.
        recall_of_all: The same share of all words.
        top_3_interval: 95% confidence interval of `recall_at[3]`, as that of the perplexity; None for fewer than 10
            runs.
        mean_reciprocal_rank: Mean of 1 / rank of known words among all suggestions, 0 to 1.
        mean_reciprocal_rank_of_all: The same mean over all words.
        keystroke_savings: Share of keys that are saved on known words, 0 to 1, with 3 suggestions before the first key
            and after every key. A word costs one key a letter and one for the space after it, a Chinese word or mark
            one key a character; accepting a suggestion costs one key and writes the space. At level "char" a word is
            one key, as is accepting it, so nothing is saved. None where typing was not simulated, see `keystrokes` of
            `evaluate`.
        keystroke_savings_of_all: The same share of the keys of all words; None as the one before.
        calibration_error: Expected calibration error, 0 to 1: how far the confidence in the best suggestion is from
            the share of times it is right, mean over `reliability`, weighted by counts. The confidence is the
            suggestion's probability divided by that of all words together, `<unk>` and `<eos>` left out, because only
            known words are predicted here, as for recall. `fit_temperature` lowers it.
        reliability: Up to 10 bins of about equal size in ascending confidence; see `reliability_bins`.
        tokens: Words and `<eos>` scored.
        characters: Characters of the normalised text.
        seconds: Wall clock of measuring this model, without the baselines; ignored by equality.
        baselines: The same figures for other models over the same vocabulary, by name; empty in their own.
    """

    read_as: ReadAs
    texts: int
    perplexity: float
    perplexity_interval: tuple[float, float] | None
    perplexity_of_all: float
    bits_per_character: float
    oov_rate: float
    impossible: int
    recall_at: dict[int, float]
    recall_of_all: dict[int, float]
    top_3_interval: tuple[float, float] | None
    mean_reciprocal_rank: float
    mean_reciprocal_rank_of_all: float
    keystroke_savings: float | None
    keystroke_savings_of_all: float | None
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]
    tokens: int
    characters: int
    seconds: float = field(compare=False)
    baselines: Mapping[str, "Evaluation"] = field(default_factory=dict)

    @property
    def unigram(self) -> "Evaluation | None":
        """The unigram baseline; None in a baseline's own figures."""
        return self.baselines.get(UNIGRAM)

    @property
    def tokens_per_second(self) -> float:
        """Tokens scored in a second of wall clock."""
        return self.tokens / max(self.seconds, 1e-9)

    def __str__(self) -> str:
        """Return a table of the model and its baselines, with the reliability of its confidence."""
        rows = [("model", self), *self.baselines.items()]
        width = max(10, *(len(name) + 1 for name, _ in rows))
        has_keys = self.keystroke_savings is not None
        lines = [_header(width, has_keys), *(_row(name, row, width) for name, row in rows)]
        lines.append(f"{self.tokens:,} tokens, {_reading(self)}{self._margins()}")
        if self.oov_rate:
            lines.append(self._of_all())
        if self.impossible:
            lines.append(
                f"{self.impossible:,} tokens have no probability, as blocked words have none: perplexity is infinite."
            )
        if self.reliability:
            lines += _reliability_lines(self.reliability)
        if self.baselines and KNESER_NEY not in self.baselines:
            lines.append('No n-gram model beside: evaluate(lm, texts, baselines={"Kneser-Ney": build_ngram(...)}).')
        return "\n".join(lines)

    def _margins(self) -> str:
        if self.perplexity_interval is None or self.top_3_interval is None:
            return ""
        perplexity, recall = ((high - low) / 2 for low, high in (self.perplexity_interval, self.top_3_interval))
        if not math.isfinite(perplexity):
            return ""
        return f"; the model's perplexity ±{_number(perplexity)}, top-3 ±{recall:.1%} (95%, runs of texts resampled)"

    def _of_all(self) -> str:
        ranks = ", ".join(f"top-{k} {self.recall_of_all[k]:.1%}" for k in RECALL_RANKS)
        saved = self.keystroke_savings_of_all
        return (
            f"{self.oov_rate:.1%} of words unknown; the model on all words, these spelt: perplexity "
            f"{_number(self.perplexity_of_all)}, {ranks}{'' if saved is None else f', keys saved {saved:.1%}'}"
        )


def _reading(row: Evaluation) -> str:
    nouns = {f"{noun}s": f"{row.texts:,} {noun}{'' if row.texts == 1 else 's'}" for noun in ("text", "conversation")}
    return _READINGS[row.read_as].format(**nouns)


def _header(width: int, has_keys: bool) -> str:
    ranks = "".join(f"{f'top-{k}':>8}" for k in RECALL_RANKS)
    names = f"{'':{width}}{'perplexity':>11}{'bits/char':>11}{ranks}{'MRR':>7}"
    names += f"{'keys saved':>12}" if has_keys else ""
    return f"{names}{'calibration error':>19}{'tokens/s':>10}"


def _row(name: str, row: Evaluation, width: int) -> str:
    ranks = "".join(f"{row.recall_at[k]:8.1%}" for k in RECALL_RANKS)
    figures = f"{name:{width}}{_number(row.perplexity):>11}{row.bits_per_character:11.3f}{ranks}"
    figures += f"{row.mean_reciprocal_rank:7.3f}"
    figures += "" if row.keystroke_savings is None else f"{row.keystroke_savings:12.1%}"
    return f"{figures}{row.calibration_error:19.1%}{row.tokens_per_second:10,.0f}"


def _number(value: float) -> str:
    """Return a perplexity in at most 10 signs; those that nobody reads digit by digit have few."""
    return f"{value:,.1f}" if value < 1e6 else f"{value:.3g}"


def _reliability_lines(bins: tuple[ReliabilityBin, ...]) -> list[str]:
    return [
        f"{'best suggestion, confidence':28}" + "".join(f"{part.confidence:7.1%}" for part in bins),
        f"{'is the next word':28}" + "".join(f"{part.hit_rate:7.1%}" for part in bins),
        f"{'of so many words':28}" + "".join(f"{part.count:7,}" for part in bins),
    ]
