"""Help for the location tokens, whose thousand rows start unrelated though neighbours mean nearly the same place.

The rows (shared by embedding and output layer) are kept in a small subspace: slow waves over the bins, so that what is
learned of one bin holds for its neighbours, and one direction that sets the bins used in answers apart from the rest.
"""

import math

import torch
from tokenizers import Tokenizer

from questions import GRID, STEP

WAVES = 40


def basis() -> torch.Tensor:
    """[1000, WAVES + 1], orthonormal columns."""
    bins = (torch.arange(1000) + 0.5) / 1000
    waves = torch.cos(math.pi * bins[:, None] * torch.arange(WAVES))
    used = torch.zeros(1000, 1)
    used[GRID] = 1
    return torch.linalg.qr(torch.cat([waves, used], 1))[0]


class Smoother:
    """Keeps a model's location rows in the subspace; call `gradient` after backward and `rows` after each step."""

    def __init__(self, weight: torch.nn.Parameter, first: int):
        self.weight, self.first, self.basis = weight, first, basis()

    def restart(self) -> None:
        """Gives rows that do not yet tell their bins apart a start in which neighbours are alike, sized as other rows."""
        spread = 1 / (1 + torch.arange(WAVES + 1) / 4)
        fresh = self.basis @ (spread[:, None] * torch.randn(WAVES + 1, self.weight.shape[1]))
        with torch.no_grad():
            fresh *= self.weight[: self.first].std() / fresh.std()
            self.rows()
            self.weight[self.first : self.first + 1000] += fresh

    @torch.no_grad()
    def rows(self) -> None:
        self._project(self.weight)

    def gradient(self) -> None:
        self._project(self.weight.grad)

    def _project(self, table: torch.Tensor) -> None:
        part = table[self.first : self.first + 1000]
        part.copy_(self.basis @ (self.basis.T @ part))


class Loss:
    """Cross-entropy in which a location may be missed by a step at a small cost, plus the distance of the expected place."""

    def __init__(self, tokenizer: Tokenizer, softness: float, weight: float = 1.5, distance: float = 3.0):
        """`softness`: spread of the targets in steps of the grid; `weight`: of a location against a word."""
        vocabulary, self.first, self.distance = tokenizer.get_vocab_size(), tokenizer.token_to_id("<loc_0>"), distance
        self.targets, self.weights = torch.eye(vocabulary), torch.ones(vocabulary)
        self.bins = torch.arange(1000) / 1000
        grid = torch.tensor(GRID)
        for i in GRID:
            near = torch.exp(-(((grid - i) / STEP / softness) ** 2) / 2)
            self.targets[self.first + i] = 0
            self.targets[self.first + i, self.first + grid] = near / near.sum()
        self.weights[self.first : self.first + 1000] = weight

    def __call__(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """`logits` [rows, length, vocabulary]; `labels` [rows, length], -100 where nothing is asked."""
        asked = labels >= 0
        logits, labels = logits[asked].float(), labels[asked]
        weights = self.weights[labels]
        entropy = -(self.targets[labels] * logits.log_softmax(-1)).sum(-1)
        located = (labels >= self.first) & (labels < self.first + 1000)
        expected = logits[located, self.first : self.first + 1000].softmax(-1) @ self.bins
        missed = (expected - self.bins[labels[located] - self.first]).abs().sum()
        return ((weights * entropy).sum() + self.distance * missed) / weights.sum()
