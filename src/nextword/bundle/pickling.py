"""Language models that travel to other processes, as the bytes of a bundle.

Input: a language model that is pickled or copied. Output: its bundle, which the other side builds a model from after
every check: no object of this package is built by a pickle. Importing this module registers it, so that
`copy.deepcopy`, pools of processes and joblib just work.

A pickle is safe as far as it was made so; whoever opens one that somebody else made runs what that person wrote. Send
files of `save` to others, not pickles.
"""

import copyreg
from typing import Any

from nextword.bundle.reading import language_model_of_bytes
from nextword.bundle.writing import bundle_bytes
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.segmentation import Segmenter


def from_pickle(content: bytes, segmenter: Segmenter | None) -> LanguageModel:
    """Return a language model from what a pickle has of it.

    Args:
        content: A bundle.
        segmenter: The function that cuts Chinese, for a model with one of its own; pickles have it by its name.

    Raises:
        BundleError: As `load` raises it.
    """
    return language_model_of_bytes(content, segmenter=segmenter)


def reduce_language_model(lm: LanguageModel) -> tuple[Any, ...]:
    """Return what `copyreg` takes a language model apart into: a function and its arguments.

    Args:
        lm: A language model.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved.
    """
    segmenter = lm.tokenizer.config.segmenter
    return from_pickle, (bundle_bytes(lm), segmenter if callable(segmenter) else None)


copyreg.pickle(LanguageModel, reduce_language_model)
