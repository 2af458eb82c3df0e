"""Training: a network and token ids -> a new trained network and its history."""

from nextword.training.config import (
    History as History,
    TrainingConfig as TrainingConfig,
    TrainingResult as TrainingResult,
)
from nextword.training.loop import train as train
