"""Muon for the kernels of convolutions, Adam for the rest.

Muon (Jordan et al. 2024) steps along the orthogonal matrix nearest to the momentum, computed by the Newton-Schulz
iteration. Batch norm follows every kernel, so a kernel's norm has no effect; it is kept constant, and the learning rate is
the length of a step as a share of it.
"""
import torch


def orthogonal(g: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Approximate the orthogonal polar factor of a matrix `[m, n]`."""
    x = g.bfloat16() / (g.norm() + 1e-12)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.T if tall else x).float()


class Muon:
    def __init__(self, kernels: list[torch.Tensor], momentum: float = 0.9):
        self.kernels, self.momentum = kernels, momentum
        self.norms = [k.detach().norm() for k in kernels]
        self.buffers = [torch.zeros_like(k) for k in kernels]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for k, norm, buffer in zip(self.kernels, self.norms, self.buffers):
            buffer.mul_(self.momentum).add_(k.grad)
            u = orthogonal(k.grad.add(buffer, alpha=self.momentum).reshape(len(k), -1)).view_as(k)
            k.sub_(u * (rate * norm / u.norm()))
            k.mul_(norm / k.norm())

    def state(self) -> dict:
        return {"norms": self.norms, "buffers": self.buffers}

    def load(self, state: dict) -> None:
        self.norms, self.buffers = state["norms"], state["buffers"]
