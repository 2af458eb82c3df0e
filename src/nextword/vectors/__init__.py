"""Pretrained word vectors from a file: word2vec (text, binary), GloVe and fastText `.vec`, plain or gzip.

Enters: a path and, usually, the words of a vocabulary. Leaves: `Vectors`, the rows of those words only, with a report.
A vector file is often ten times the size of the memory at hand and often cut by a broken download, so it is streamed
and read strictly: a file which contradicts itself is refused with the line or byte at which it does.

`loading.py` holds the public function, `kept.py` decides which rows are kept, `source.py` turns a path into a stream
of bytes, `formats.py` recognises the layout, `text.py` and `binary.py` read the rows.
"""

from nextword.vectors.loading import Vectors, VectorsReport, load_vectors

__all__ = ["Vectors", "VectorsReport", "load_vectors"]
