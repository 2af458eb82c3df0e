"""Files of format 4 load as the same models; each is made of a newer file, in which words of n-grams were ranks."""

from pathlib import Path

import numpy as np
import pytest
from bundle_files import KINDS, as_format_4, load_bytes, options_of, plain_tensors, probabilities

import nextword as nw
from nextword.bundle.writing import bundle_bytes


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_format_4_is_the_same_model(kind: str, tmp_path: Path) -> None:
    lm = KINDS[kind]()
    content = bundle_bytes(lm)
    loaded = load_bytes(as_format_4(content), tmp_path)
    assert (loaded.vocabulary, loaded.training, loaded.template) == (lm.vocabulary, lm.training, lm.template)
    assert probabilities(loaded) == probabilities(lm)
    assert bundle_bytes(loaded) == content  # saved again it is a file of the newest format
    assert nw.inspect(tmp_path / "forged.nextword").format_version == 4


def test_words_stood_as_they_are() -> None:
    content = bundle_bytes(KINDS["mixture"]())
    fourth = as_format_4(content)
    assert "compressed" not in options_of(fourth)
    names = set(plain_tensors(fourth)) ^ set(plain_tensors(content))
    names -= {"vocabulary.lines", "vocabulary.bytes", "vocabulary.lengths"}
    assert names == {f"ngram.{n}.{name}" for n in (2, 3) for name in ("words", "ranks", "ranks.large")}
    assert np.diff(plain_tensors(fourth)["ngram.2.words"].astype(int)).min() < 0  # a row for each context
