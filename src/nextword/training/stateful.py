"""The network as it is trained: with state carried from batch to batch, and a loss at every position.

Input: a network of this package, and batches. Output: a `keras.Model` whose `fit` and `evaluate` work on every Keras
backend, and the batches as they read them. State is held in variables of this model, assigned in `call`: an
`LSTM(stateful=True)` loses it silently on JAX.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from nextword.networks.config import Precision
from nextword.networks.kinds import kind_of, network_config
from nextword.tokens.vocabulary import PAD_ID
from nextword.training.batches import Batches, NegativeSampler
from nextword.training.config import TrainingConfig
from nextword.training.epochs import EpochBatches
from nextword.training.losses import exact_cross_entropy, sampled_cross_entropy


class StatefulNetwork(keras.Model):
    """A network that begins each batch in the state that the batch before ended with.

    Args:
        network: Built by a factory of this package; its weights are trained in place.
        batch_size: Rows B.
        sampler: Where the negatives of the batches come from; None for the exact softmax.
        precision: Of the large products in training.

    References:
        Mikolov et al., 2010, Recurrent neural network based language model (truncated back-propagation).
    """

    def __init__(
        self, network: keras.Model, batch_size: int, sampler: NegativeSampler | None, precision: Precision = "float32"
    ) -> None:
        """Make the state variables, zero at first."""
        super().__init__(name="stateful_network")
        self.network = network
        self.sampler = sampler
        self.precision = precision
        config = network_config(network)
        self.kind_in_training = kind_of(config).training()
        self.states = [
            self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name)
            for name, shape in self.kind_in_training.state_shapes(config, batch_size).items()
        ]
        self.cross_entropy = keras.metrics.Mean(name="cross_entropy")

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Return the hidden vectors (B, T, D) and move the state on.

        Args:
            inputs: The `ids` (B, T), the `keeps` (B, T), and the `negatives` (K,) where there is a sampler.
            training: Whether dropout acts, and products have the precision of training.
        """
        # Keras leaves the batch size open; a loop over one row needs it fixed, as that of its state is.
        shape = (self.states[0].shape[0], inputs["ids"].shape[1])
        ids, keeps = ops.reshape(inputs["ids"], shape), ops.reshape(inputs["keeps"], shape)
        before = [ops.copy(state) for state in self.states]  # PyTorch assigns in place, what gradients still need
        precision = self.precision if training else "float32"
        hidden, states = self.kind_in_training.hidden_with_state(self.network, ids, keeps, before, training, precision)
        for variable, state in zip(self.states, states, strict=True):
            variable.assign(state)
        return hidden

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the mean cross-entropy, in nats, over the targets that are no `<pad>`; exact in evaluation.

        Args:
            x: As of `call`.
            y: Targets (B, T), token ids.
            y_pred: Hidden vectors (B, T, D).
            sample_weight: Not used: which targets count is in `y`.
            training: Whether the softmax may be sampled.
        """
        table, bias = self._output_weights()
        hidden = ops.reshape(y_pred, (-1, table.shape[1]))  # (B*T, D)
        targets = ops.reshape(y, hidden.shape[:1])  # (B*T,)
        if training and self.sampler is not None:
            negatives = ops.reshape(x["negatives"], (self.sampler.num_negatives,))
            log_expected = ops.take(ops.convert_to_tensor(self.sampler.log_expected), negatives)
            of_targets = sampled_cross_entropy(hidden, targets, negatives, log_expected, table, bias, self.precision)
        else:
            of_targets = exact_cross_entropy(hidden, targets, table, bias, self.precision if training else "float32")
        weights = ops.cast(targets != PAD_ID, "float32")
        loss = ops.sum(of_targets * weights) / ops.maximum(ops.sum(weights), 1.0)
        self.cross_entropy.update_state(loss, sample_weight=ops.sum(weights))
        return loss

    def _output_weights(self) -> tuple[Any, Any]:
        layers = {layer.name: layer for layer in self.network.layers}
        return layers.get("output", layers["embedding"]).table, layers["logits"].bias


def build_optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    """Return the optimizer of resolved options, its rate that of the start.

    Args:
        config: Resolved options.

    References:
        Kingma and Ba, 2015, Adam; Loshchilov and Hutter, 2019, Decoupled Weight Decay Regularization.
    """
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(config.learning_rate, global_clipnorm=config.clip_norm)
    return keras.optimizers.AdamW(
        config.learning_rate, weight_decay=config.weight_decay, beta_2=0.99, global_clipnorm=config.clip_norm
    )


class BatchDataset(keras.utils.PyDataset):
    """Batches of a new epoch each time it is read: what is random depends on seed, epoch and step only.

    Args:
        batches_of: Gives the batches of an epoch by its number, from 0.
        sampler: Draws the negatives; None for none.
        seed: Seed of the negatives.
    """

    def __init__(
        self, batches_of: Callable[[int], Batches | EpochBatches], sampler: NegativeSampler | None, seed: int
    ) -> None:
        """Make the batches of the first epoch."""
        super().__init__()
        self.batches_of, self.sampler, self.seed = batches_of, sampler, seed
        self.epoch = 0
        self.batches = batches_of(0)

    def __len__(self) -> int:
        """Return the batches in an epoch."""
        return len(self.batches)

    def __getitem__(self, step: int) -> tuple[dict[str, Any], Any]:
        """Return inputs and targets of a step; the negatives are shared by the whole batch.

        Args:
            step: Number of the step in the epoch, from 0.
        """
        inputs = {"ids": self.batches.inputs[step], "keeps": self.batches.keeps[step]}
        if self.sampler is not None:
            generator = np.random.default_rng([self.seed, self.epoch, step])
            inputs["negatives"] = self.sampler.draw(generator)
        return inputs, self.batches.targets[step]

    def on_epoch_end(self) -> None:
        """Make the batches of the next epoch."""
        self.epoch += 1
        self.batches = self.batches_of(self.epoch)
