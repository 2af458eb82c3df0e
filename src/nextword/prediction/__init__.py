"""Prediction: a language model and text -> words with probabilities, all composed of the runtime's two functions."""
