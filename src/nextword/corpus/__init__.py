"""Files, texts or conversations -> one numbered stream, and the part of it that is held out.

A corpus is read once and split before there is a vocabulary, so that the vocabulary comes from the training part alone.
"""
