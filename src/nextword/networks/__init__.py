"""The kinds of networks: each with its config, its Keras model, how it is trained, and its NumPy twin.

A kind is a folder with the files `config.py`, `model.py`, `training.py` and `runtime.py`, and a row in `kinds.py`.
Keras is imported by `layers.py`, `products.py`, `network.py`, `attention.py` and the `training.py` files, and by
`model.py` when a network is built.
"""

from nextword.networks.kinds import to_runtime as to_runtime
from nextword.networks.lstm.config import LSTMConfig as LSTMConfig
from nextword.networks.lstm.model import build_lstm as build_lstm
from nextword.networks.transformer.config import TransformerConfig as TransformerConfig
from nextword.networks.transformer.model import build_transformer as build_transformer
