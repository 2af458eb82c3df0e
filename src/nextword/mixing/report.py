"""The report of a mixture: figures of its parts, and sentences made of them.

Input: what `describe_mixture` measured. Output: a frozen `MixtureReport` and its note.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nextword.errors import Note
from nextword.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixtureReport:
    """A mixture and what each of its parts contributes, on held-out text.

    Attributes:
        runtime: What `mix` returns.
        names: Names of the parts.
        weights: One a part, summing to 1, where much was read; 0 for parts that were left out, as they do not help.
        early_weights: The same where little was read; see `MixtureRuntime`.
        perplexity: Held-out perplexity of the mixture, of texts from fresh starts where it is known where they begin.
        recall: Share of held-out words among its first 3 suggestions, 0 to 1.
        alone: Held-out perplexity of each part alone.
        without: Held-out perplexity of the best mixture of the others; infinite where there are none.
        tokens: Number of held-out tokens.
    """

    runtime: Runtime
    names: tuple[str, ...]
    weights: tuple[float, ...]
    early_weights: tuple[tuple[float, ...], ...]
    perplexity: float
    recall: float
    alone: tuple[float, ...]
    without: tuple[float, ...]
    tokens: int

    @property
    def note(self) -> Note:
        """The report in sentences, code "mixed" or "not-mixed".

        Its figures are `weights`, the weight of each part that was kept by its name, `early_weights`, a list of those
        where less was read, `without`, the perplexity without it, `left_out`, the names of the other parts,
        `perplexity`, `recall` and `tokens`. A name that several parts have is followed by a number, as in "n-gram model
        (2)".
        """
        kept_parts = [part for part, weight in enumerate(self.weights) if weight]
        left_out = [name for name, weight in zip(self.names, self.weights, strict=True) if not weight]
        quality = f"held-out perplexity {self.perplexity:,.1f}, top-3 recall {self.recall:.1%}"
        if len(kept_parts) == 1:
            code, sentence = "not-mixed", f"Not mixed: the {self.names[kept_parts[0]]} alone; {quality}."
        else:
            shares = ", ".join(f"{self.weights[part]:.0%} {self.names[part]}" for part in kept_parts)
            losses = ", ".join(f"without the {self.names[part]} {self.without[part]:,.1f}" for part in kept_parts)
            if self.early_weights:
                first = [f"{self.early_weights[0][part]:.0%}" for part in kept_parts]
                shares = f"{shares}, at a fresh start {', '.join(first)}"
            code, sentence = "mixed", f"Mixed: {shares}; {quality}; {losses}."
        keys = [_numbered(self.names, part) for part in range(len(self.names))]
        return Note(
            sentence + "".join(f" Left out: the {name} does not help." for name in left_out),
            code=code,
            weights={keys[part]: self.weights[part] for part in kept_parts},
            early_weights=[{keys[part]: row[part] for part in kept_parts} for row in self.early_weights],
            # A bundle keeps the figures as JSON, which has no infinity.
            without={keys[part]: self.without[part] for part in kept_parts if math.isfinite(self.without[part])},
            left_out=[keys[part] for part in range(len(keys)) if part not in kept_parts],
            perplexity=self.perplexity,
            recall=self.recall,
            tokens=self.tokens,
        )

    def __str__(self) -> str:
        """Return the sentences of `note`."""
        return str(self.note)


def _numbered(names: Sequence[str], part: int) -> str:
    """Return the name of a part, with a number where an earlier part has it too."""
    earlier = list(names[:part]).count(names[part])
    return f"{names[part]} ({earlier + 1})" if earlier else names[part]
