"""Files of word vectors, written the way their own tools do."""

from pathlib import Path

import numpy as np
from refusals import refuses

from nextword.errors import VectorsError
from nextword.vectors.loading import load_vectors

FORMATS = ("word2vec text", "fastText .vec", "GloVe text", "word2vec binary", "gensim binary")
TEA = np.array([[0.5, -1.0], [0.25, 2.0], [0.0, 1e-3]], dtype=np.float32)


def written(words, matrix, form):
    """Return the bytes of a file in one of the formats."""
    header = f"{len(words)} {matrix.shape[1]}\n".encode()
    if "binary" in form:
        end = b"\n" if form == "word2vec binary" else b""
        pairs = zip(words, matrix.astype("<f4"), strict=True)
        return header + b"".join(word.encode() + b" " + row.tobytes() + end for word, row in pairs)
    end = " \n" if form == "fastText .vec" else "\n"
    rows = [f"{word} {' '.join(map(str, row.tolist()))}{end}" for word, row in zip(words, matrix, strict=True)]
    return (b"" if form == "GloVe text" else header) + "".join(rows).encode()


def load(folder: Path, content: bytes, words=None):
    """Write the bytes to a file and load it."""
    path = folder / "vectors"
    path.write_bytes(content)
    return load_vectors(path, words)


def refused(folder: Path, content: bytes, code: str, words=None, **figures):
    """Fail unless loading the bytes is refused with this code and at least these figures."""
    with refuses(VectorsError, code, path=str(folder / "vectors"), **figures):
        load(folder, content, words)
