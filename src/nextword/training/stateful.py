"""The network as it is trained: with state carried from batch to batch, and a loss at every position.

Input: a network of this package, and batches. Output: a `keras.Model` whose `fit` and `evaluate` work on every Keras
backend, and the batches as they read them. State is held in variables of this model, assigned in `call`: an
`LSTM(stateful=True)` loses it silently on JAX.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from nextword.networks.config import Precision
from nextword.networks.kinds import kind_of, network_config
from nextword.tokens.vocabulary import PAD_ID
from nextword.training.batches import Batches, NegativeSampler, most_in_clusters, places_in_clusters
from nextword.training.config import TrainingConfig
from nextword.training.epochs import EpochBatches
from nextword.training.losses import (
    OutputWeights,
    Sample,
    clustered_cross_entropy,
    exact_cross_entropy,
    sampled_cross_entropy,
)


class StatefulNetwork(keras.Model):
    """A network that begins each batch in the state that the batch before ended with.

    Args:
        network: Built by a factory of this package; its weights are trained in place.
        batch_size: Rows B.
        samplers: Where the negatives of the batches come from, of the head and of each cluster; none for the exact
            softmax.
        precision: Of the large products in training.

    References:
        Mikolov et al., 2010, Recurrent neural network based language model (truncated back-propagation).
    """

    def __init__(
        self,
        network: keras.Model,
        batch_size: int,
        samplers: Sequence[NegativeSampler] = (),
        precision: Precision = "float32",
    ) -> None:
        """Make the state variables, zero at first."""
        super().__init__(name="stateful_network")
        self.network = network
        self.samplers = tuple(samplers)
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
            inputs: The `ids` (B, T), the `keeps` (B, T), `negatives_0`, ... (K,) of each sampler, and `cluster_1`, ...:
                which of the targets are in each cluster.
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
        output = self._output_weights()
        table, bias = output.table, output.bias
        hidden = ops.reshape(y_pred, (y_pred.shape[0] * y_pred.shape[1], table.shape[1]))  # (B*T, D)
        targets = ops.reshape(y, hidden.shape[:1])  # (B*T,)
        samples = self._samples(x) if training else ()
        precision = self.precision if training else "float32"
        if output.tails:
            places = [ops.reshape(x[f"cluster_{number}"], (-1,)) for number in range(1, len(output.tails) + 1)]
            of_targets = clustered_cross_entropy(hidden, targets, places, output, precision, samples)
        elif samples:
            of_targets = sampled_cross_entropy(hidden, targets, *samples[0], table, bias, precision)
        else:
            of_targets = exact_cross_entropy(hidden, targets, table, bias, precision)
        weights = ops.cast(targets != PAD_ID, "float32")
        loss = ops.sum(of_targets * weights) / ops.maximum(ops.sum(weights), 1.0)
        self.cross_entropy.update_state(loss, sample_weight=ops.sum(weights))
        return loss

    def _samples(self, inputs: dict[str, Any]) -> list[Sample]:
        """Return the negatives of each sampler (K,) and the logarithm of how often they are expected (K,)."""
        samples = []
        for number, sampler in enumerate(self.samplers):
            negatives = ops.reshape(inputs[f"negatives_{number}"], (sampler.num_negatives,))
            samples.append(Sample(negatives, ops.take(ops.convert_to_tensor(sampler.log_expected), negatives)))
        return samples

    def _output_weights(self) -> OutputWeights:
        layers = {layer.name: layer for layer in self.network.layers}
        table, logits = layers.get("output", layers["embedding"]), layers["logits"]
        if not table.tails:
            return OutputWeights(table.table, logits.bias)
        clusters = layers["clusters"]
        return OutputWeights(table.table, logits.bias, table.tails, clusters.kernel, clusters.bias)


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
        samplers: Draw the negatives; none for none.
        seed: Seed of the negatives.
        spans: First id of each cluster of words, and the id behind its last; none without clusters.
    """

    def __init__(
        self,
        batches_of: Callable[[int], Batches | EpochBatches],
        samplers: Sequence[NegativeSampler],
        seed: int,
        spans: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Make the batches of the first epoch."""
        super().__init__()
        self.batches_of, self.samplers, self.seed, self.spans = batches_of, samplers, seed, spans
        self.epoch = 0
        self.batches = batches_of(0)
        # JAX compiles a step anew for every number of targets in a cluster, so they are filled up there.
        self.is_compiled = keras.backend.backend() == "jax"
        self.most_in_clusters = self._most_in_clusters() if self.is_compiled else ()

    def __len__(self) -> int:
        """Return the batches in an epoch."""
        return len(self.batches)

    def __getitem__(self, step: int) -> tuple[dict[str, Any], Any]:
        """Return inputs and targets of a step; the negatives are shared by the whole batch.

        Args:
            step: Number of the step in the epoch, from 0.
        """
        inputs = {"ids": self.batches.inputs[step], "keeps": self.batches.keeps[step]}
        generator = np.random.default_rng([self.seed, self.epoch, step])
        for number, sampler in enumerate(self.samplers):
            inputs[f"negatives_{number}"] = sampler.draw(generator)
        targets = self.batches.targets[step]
        places = places_in_clusters(targets, self.spans, self.most_in_clusters)
        return inputs | {f"cluster_{number}": each for number, each in enumerate(places, start=1)}, targets

    def on_epoch_end(self) -> None:
        """Make the batches of the next epoch."""
        self.epoch += 1
        self.batches = self.batches_of(self.epoch)
        if self.is_compiled:  # never fewer than before
            self.most_in_clusters = tuple(map(max, self._most_in_clusters(), self.most_in_clusters))

    def go_to(self, epoch: int) -> None:
        """Be where an epoch has ended; of those before it, the room that clusters took is the same as when they ran.

        Args:
            epoch: How many epochs have ended.
        """
        while self.most_in_clusters and self.epoch < epoch:
            self.on_epoch_end()
        self.epoch = epoch

    def _most_in_clusters(self) -> tuple[int, ...]:
        return most_in_clusters((self.batches.targets[step] for step in range(len(self))), self.spans)
