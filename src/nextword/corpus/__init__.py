"""Files, texts or conversations -> one numbered stream, and the part of it that is held out.

A corpus is read once and split before there is a vocabulary, so that the vocabulary comes from the training part alone.
"""

from nextword.corpus.readers.conversations.reading import read_conversations as read_conversations
from nextword.corpus.reading import read_texts as read_texts
from nextword.corpus.samples import sample_conversations as sample_conversations, sample_texts as sample_texts
