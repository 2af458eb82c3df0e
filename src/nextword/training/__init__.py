"""Training: a network and token ids -> a new trained network and its history."""

from nextword.training.config import TrainingConfig as TrainingConfig
from nextword.training.history import History as History, TrainingResult as TrainingResult
from nextword.training.loop import train as train
