"""Language models that travel to other processes, as the bytes of a bundle.

Input: a language model that is pickled or copied. Output: its bundle, which the other side builds a model from after
every check: a pickle has a function, bytes and a segmenter, and no model. Importing this module registers it, so that
`copy.deepcopy`, pools of processes and joblib just work.

Only unpickle what you pickled yourself: opening a pickle runs the code that its author put there. Send files of `save`
to others, not pickles.
"""

import copyreg
from typing import Any

from nextword.bundle.reading import language_model_of_bytes
from nextword.bundle.writing import bundle_bytes
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.segmentation import Segmenter


class CarriedSegmenter:
    """A segmenter on its way: pickled as `pickle` does it, a function by its name, but not copied: it may hold a lock.

    Args:
        segmenter: The function that cuts Chinese, of a model with one of its own; None for the others.
    """

    def __init__(self, segmenter: Segmenter | None) -> None:
        """Keep it."""
        self.segmenter = segmenter

    def __deepcopy__(self, memo: object) -> "CarriedSegmenter":
        """Return itself."""
        return self


def from_pickle(content: bytes, carried: CarriedSegmenter) -> LanguageModel:
    """Return a language model from what a pickle has of it.

    Args:
        content: A bundle.
        carried: Its segmenter.

    Raises:
        BundleError: As `load` raises it.
    """
    return language_model_of_bytes(content, segmenter=carried.segmenter)


def reduce_language_model(lm: LanguageModel) -> tuple[Any, ...]:
    """Return what `copyreg` takes a language model apart into: a function and its arguments.

    Args:
        lm: A language model. One whose segmenter cannot be pickled, such as a lambda, is refused by `pickle` itself,
            with an error of its own.

    Raises:
        InputTypeError: If it is of a kind that cannot be saved; codes as of `save`.
        InputError: If it is too large for a bundle; code "bundle-too-large".
    """
    segmenter = lm.tokenizer.config.segmenter
    return from_pickle, (bundle_bytes(lm, is_small=False), CarriedSegmenter(segmenter if callable(segmenter) else None))


copyreg.pickle(LanguageModel, reduce_language_model)
