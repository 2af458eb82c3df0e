"""The LSTM: its config, its Keras model, the same with its state made visible for training, and its NumPy twin.

In the NumPy twin and in training the gates of a layer are one product; the gradient is written out in `training.py`.
"""
