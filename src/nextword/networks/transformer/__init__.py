"""The Transformer: its config, its Keras model, the same with the block before made visible, and its NumPy twin.

Attention looks back over two blocks of tokens; the twin keeps their keys and values in a cache, so that a word costs
the same in any text.
"""
