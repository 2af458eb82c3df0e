"""N-gram models, counted from a stream of ids in memory or on disk.

Interpolated modified Kneser-Ney, and the unigram baseline of every evaluation.
"""

from nextword.ngrams.kneser_ney import NgramConfig as NgramConfig, build_ngram as build_ngram
