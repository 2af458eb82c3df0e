"""Training: a network and token ids -> a new trained network and its history."""
