"""Files of other kinds that people take for a bundle, refused by name before anything of them is opened."""

import os

from nextword.errors import UnsafeFormatError
from nextword.files.writing import shown

DIGEST_BYTES = 32

# First bytes of files that people take for a model, what they are and what to do.
_OTHER_KINDS = (
    (b"PK\x03\x04", "a zip archive (a Keras `.keras` file, a PyTorch file or an .npz)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras `.h5` weights)"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"GGUF", "a GGUF model"),
    (b"\\data\\", "an ARPA n-gram model"),
    (b"mmap lm", "a kenlm model"),
)


def refuse_other_kinds(path: str | os.PathLike[str], content: bytes) -> None:
    """Raise `UnsafeFormatError` for a file that begins as another kind does, saying which and what to do."""
    # A bundle begins with the size of its header, and 1,408 begins as a pickle does: what goes on as one is none.
    begins_as_bundle = content[3:9] == b"\0\0\0\0\0{"
    for magic, kind in _OTHER_KINDS:
        if content.startswith(magic) and not begins_as_bundle:
            raise UnsafeFormatError(
                f"{shown(path)} looks like {kind}. nextword opens only bundles written by `nextword.save`, because"
                " other formats can run code or lack the vocabulary. Train with `nextword.fit` and save that."
            )
    if len(content) < 8 + DIGEST_BYTES or content[8:9] != b"{":
        what = "empty" if not content else "no nextword bundle (a text file, or a bundle that was cut?)"
        raise UnsafeFormatError(f"{shown(path)} is {what}. Bundles are written by `nextword.save`.")
