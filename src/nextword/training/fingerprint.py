"""Everything that the result of a training depends on, as plain values.

Input: the network, the options and the streams of a training. Output: values of JSON by group and name; two trainings
with equal ones end with the same weights, so that one may go on from a checkpoint of the other.
"""

import json
import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

import keras
import numpy as np

from nextword.networks.kinds import network_config
from nextword.networks.network import network_weights
from nextword.training.checkpoint import Fingerprint, digest_of
from nextword.training.config import TrainingConfig
from nextword.training.order import TextStream

# What changes the last bits of products, and so a whole training.
SWITCHES = (
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTRAOP_THREADS",
    "XLA_FLAGS",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
)


def fingerprint_of(
    model: keras.Model,
    config: TrainingConfig,
    stream: TextStream,
    validation_stream: TextStream | None = None,
) -> Fingerprint:
    """Return everything that the result of a training depends on, by group and name.

    Args:
        model: The network as it was given.
        config: Resolved options.
        stream: What is learnt.
        validation_stream: What epochs are validated on; None for none.
    """
    network, weights = network_config(model), network_weights(model)
    embedding = {name: array for name, array in weights.items() if name.startswith("embedding/")}
    values = {
        "texts": {
            "tokens": len(stream.ids),
            **_digests("", stream),
            "validation_tokens": 0 if validation_stream is None else len(validation_stream.ids),
            **_digests("validation_", validation_stream),
            "vocabulary_size": int(model.output_shape[-1]),
        },
        "training": asdict(config),
        "network": {
            "kind": type(network).__name__,
            **asdict(network),
            "embedding_matrix": digest_of(embedding),
            "initial_weights": digest_of(weights),
        },
        "versions": {
            "nextword": _nextword_version(),
            "keras": keras.__version__,
            "numpy": np.__version__,
            "backend": keras.backend.backend(),
            "backend_version": getattr(sys.modules.get(keras.backend.backend()), "__version__", None),
            "floats": f"{keras.config.floatx()}, {keras.config.dtype_policy().name}",
            "processor": platform.machine(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            **{name: os.environ.get(name) for name in SWITCHES},
        },
    }
    fingerprint: Fingerprint = json.loads(json.dumps(values))  # as it will be read back
    return fingerprint


def _digests(prefix: str, stream: TextStream | None) -> dict[str, str | None]:
    """Return a digest of each array of a stream by its name; None for one that is not there."""
    arrays = dict.fromkeys(TextStream._fields) if stream is None else stream._asdict()
    return {f"{prefix}{name}": None if array is None else digest_of({name: array}) for name, array in arrays.items()}


def _nextword_version() -> str | None:
    try:
        return version("nextword")
    except PackageNotFoundError:  # used from its source
        return None
