"""A language model <-> one safe file.

Input: a language model, or a file. Output: the other of the two. A `.nextword` bundle is a safetensors file with
exactly one metadata key, canonical JSON with format, version and all options; the words and every weight are tensors.
Its last 32 bytes are the SHA-256 of everything before them. Nothing in it is code or names code: a model is rebuilt by
this package's own classes from checked sizes. Keras is not needed.

A large file is mapped, and what is no weight is compressed in it: replace a file by a rename, as `save` does, and never
write into one that is in use. Language models that are copied or pickled, for pools of processes, travel as such bytes
too: see `pickling.py`.
"""

from nextword.bundle import pickling as pickling
from nextword.bundle.reading import BundleInfo as BundleInfo, inspect as inspect, load as load
from nextword.bundle.saving import save as save
