"""Word vectors and the (V, D) matrix that every network begins with.

Vectors come from a file (word2vec, GloVe, fastText) or are counted from the text itself; words without one are drawn. A
vector file is often ten times the size of the memory at hand and often cut by a broken download, so it is streamed and
read strictly: a file that contradicts itself is refused with the line or byte at which it does.
"""

from nextword.vectors.cooccurrence import (
    CooccurrenceConfig as CooccurrenceConfig,
    build_cooccurrence_vectors as build_cooccurrence_vectors,
)
from nextword.vectors.embedding import (
    EmbeddingConfig as EmbeddingConfig,
    build_embedding_matrix as build_embedding_matrix,
)
from nextword.vectors.loading import load_vectors as load_vectors
from nextword.vectors.values import Vectors as Vectors
