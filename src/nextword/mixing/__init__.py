"""One language model from several: a mixture, its weights, and the recency cache that is one of its parts.

Input: runtimes over one vocabulary and a held-out text. Output: one runtime, and what each part contributes to it.
"""

from nextword.mixing.cache import CacheConfig as CacheConfig, build_cache as build_cache
from nextword.mixing.report import MixtureReport as MixtureReport
from nextword.mixing.weights import describe_mixture as describe_mixture, mix as mix
