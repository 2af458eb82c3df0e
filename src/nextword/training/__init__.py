"""Training: a network and token ids -> a new trained network and its history.

Batches with the state carried on, the loss at every position, a monitor that validates and keeps the best weights, and
checkpoints from which a killed training goes on bit for bit.
"""

from nextword.training.config import TrainingConfig as TrainingConfig
from nextword.training.history import History as History, TrainingResult as TrainingResult
from nextword.training.loop import train as train
