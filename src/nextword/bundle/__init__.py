"""A language model <-> one safe file.

Input: a language model, or a file. Output: the other of the two. A `.nextword` bundle is a safetensors file with
exactly one metadata key, canonical JSON with format, version and all options; the words and every weight are tensors.
Its last 32 bytes are the SHA-256 of everything before them. Nothing in it is code or names code: a model is rebuilt by
this package's own classes from checked sizes. Keras is not needed.
"""

from nextword.bundle.reading import BundleInfo as BundleInfo, inspect as inspect, load as load
from nextword.bundle.writing import save as save
