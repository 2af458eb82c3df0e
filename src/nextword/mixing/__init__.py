"""One language model from several: a mixture, its weights, and the recency cache that is one of its parts."""

from nextword.mixing.cache import CacheConfig as CacheConfig, build_cache as build_cache
from nextword.mixing.weights import MixtureReport as MixtureReport, describe_mixture as describe_mixture, mix as mix
