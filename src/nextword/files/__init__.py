"""Files as a whole: written whole or not at all, sealed by their own SHA-256, told apart from other kinds.

Bundles and checkpoints share this room. It knows bytes, headers and tensors, and nothing of what they mean.
"""
