"""N-gram models: counted from a stream of ids, in memory or on disk, and asked through a forward index.

Interpolated modified Kneser-Ney, and the unigram baseline that every evaluation stands beside.
"""

from nextword.ngrams.kneser_ney import NgramConfig as NgramConfig, build_ngram as build_ngram
