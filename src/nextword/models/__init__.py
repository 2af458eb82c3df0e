"""Networks: an embedding matrix and a config -> a Keras model from ids (B, T) to logits (B, T, V)."""
