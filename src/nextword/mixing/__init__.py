"""One language model from several: a mixture, its weights, and the recency cache that is one of its parts."""
