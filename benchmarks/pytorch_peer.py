"""The peer: a word-level LSTM trained the way PyTorch's language modelling example trains one.

    python benchmarks/pytorch_peer.py --data FOLDER/ptb --out peer.npz

Two tied layers of 200 units, dropout 0.2, batches of 20 rows and 35 tokens, exact softmax, SGD at 20 on gradients
clipped to 0.25, the rate divided by 4 when the validation loss stalls. Written for this comparison; it needs `torch`
alone. Prints one line an epoch; `--out` keeps the curve and what the network gave to every token of the validation and
test texts, so that it can be mixed with other models.
"""

import time

START = time.monotonic()  # before the imports, which count

import argparse  # noqa: E402
import math  # noqa: E402
import os  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402


class Network(nn.Module):
    """Embedding, LSTM and tied output."""

    def __init__(self, vocabulary_size: int, width: int, num_layers: int, dropout: float) -> None:
        """Make the weights, the table uniformly in [-0.1, 0.1]."""
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.lstm = nn.LSTM(width, width, num_layers, dropout=dropout)
        self.output = nn.Linear(width, vocabulary_size)
        self.output.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.zeros_(self.output.bias)

    def forward(
        self, ids: torch.Tensor, state: tuple[torch.Tensor, ...] | None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """Return log-probabilities (T * B, V) and the state after the last token."""
        hidden, state = self.lstm(self.dropout(self.embedding(ids)), state)
        return torch.log_softmax(self.output(self.dropout(hidden)).flatten(0, 1), dim=1), state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="with train.txt, valid.txt, test.txt"
    )
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=None, help="where the curve and the probabilities go")
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    texts = {
        part: (options.data / f"{part}.txt").read_text("utf-8").splitlines() for part in ("train", "valid", "test")
    }
    words = {part: [word for line in lines for word in (*line.split(), "<eos>")] for part, lines in texts.items()}
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words["train"]))}
    ids = {part: torch.tensor([numbers[word] for word in stream]) for part, stream in words.items()}

    network = Network(len(numbers), 200, 2, 0.2)
    rate, best, curve = 20.0, math.inf, []
    for epoch in range(1, options.epochs + 1):
        start = time.monotonic()
        train_epoch(network, ids["train"], rate)
        speed = len(ids["train"]) / (time.monotonic() - start)
        nats = -float(log_probabilities(network, ids["valid"], rows=10).mean())
        rate = rate / 4 if nats >= best else rate
        best = min(best, nats)
        cpu = sum(os.times()[:2])
        curve.append((time.monotonic() - START, cpu, math.exp(nats)))
        print(
            f"epoch {epoch}: {curve[-1][0]:,.0f} s, CPU {cpu:,.0f} s, validation perplexity {math.exp(nats):.2f}, "
            f"{speed:,.0f} words/s",
            flush=True,
        )
    if options.out is not None:
        found = {part: log_probabilities(network, ids[part], rows=1).numpy() for part in ("valid", "test")}
        np.savez(options.out, curve=np.array(curve), **found)


def train_epoch(network: Network, ids: torch.Tensor, rate: float, rows: int = 20, window: int = 35) -> None:
    """Update the weights in one pass over the text."""
    network.train()
    stream = ids[: len(ids) // rows * rows].view(rows, -1).t().contiguous()  # (N / rows, rows)
    state = None
    for begin in range(0, len(stream) - 1, window):
        end = min(begin + window, len(stream) - 1)
        logs, state = network(stream[begin:end], state)
        state = tuple(part.detach() for part in state)
        loss = nn.functional.nll_loss(logs, stream[begin + 1 : end + 1].flatten())
        network.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.25)
        with torch.no_grad():
            for weight in network.parameters():
                weight.add_(weight.grad, alpha=-rate)


@torch.no_grad()
def log_probabilities(network: Network, ids: torch.Tensor, rows: int, window: int = 350) -> torch.Tensor:
    """Return what the network gives to every token after the first, in order where `rows` is 1."""
    network.eval()
    stream = ids[: len(ids) // rows * rows].view(rows, -1).t().contiguous()
    if rows == 1:  # as every model here does: an end of text comes before the first word
        stream = torch.cat([ids[-1:, None], stream])
    state, found = None, []
    for begin in range(0, len(stream) - 1, window):
        end = min(begin + window, len(stream) - 1)
        logs, state = network(stream[begin:end], state)
        found.append(logs.gather(1, stream[begin + 1 : end + 1].flatten()[:, None])[:, 0])
    return torch.cat(found)


if __name__ == "__main__":
    main()
