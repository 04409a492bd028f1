"""Dreams as training pictures, which the student or the teacher dreams further, step by step, during training.

The student is used on its own dreams. Without them in training, its dreams have texture that the teacher does not see.
"""
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch
import torch.nn.functional as F

from network import TAUGHT

# Relative frequency of each layer.
WEIGHTS = {"strokes": 1, "patterns1": 1, "patterns2": 2, "motifs1": 2, "motifs2": 3, "motifs3": 7,
           "creatures1": 3, "creatures2": 3, "logits": 3}


@dataclass
class Dream:
    x: torch.Tensor  # [n, 3, size, size], 0..255
    layer: str
    chosen: torch.Tensor | None  # weights of channels [n, C]; None: the whole layer
    by_teacher: bool
    left: int  # remaining steps


class Dreams:
    """A pool of dreams. `features(x, layer, by_teacher)` gives the activation to raise, differentiable in x."""

    def __init__(self, features: Callable, fresh: Callable, channels: dict[str, int], rng: np.random.Generator,
                 count: int = 24, taught_share: float = 0.35):
        self.features, self.fresh, self.channels, self.rng = features, fresh, channels, rng
        self.count, self.taught_share = count, taught_share
        self.pool: list[Dream] = []

    def begin(self, n: int, size: int) -> Dream:
        rng = self.rng
        layer = str(rng.choice(list(TAUGHT), p=np.array([WEIGHTS[k] for k in TAUGHT]) / sum(WEIGHTS.values())))
        chosen = None
        if layer == "logits" or rng.random() < 0.45:
            few = 1 if layer == "logits" else int(rng.choice([1, 1, 4, 16]))
            chosen = torch.zeros(n, self.channels[layer])
            chosen.scatter_(1, torch.from_numpy(rng.integers(0, self.channels[layer], (n, few))), 1.0)
        return Dream(self.fresh(n, size), layer, chosen, rng.random() < self.taught_share, int(rng.integers(6, 30)))

    def next(self, n: int, size: int) -> torch.Tensor:
        """Advance one dream of the pool by a step or two and return its pictures, `[n, 3, size, size]`."""
        rng = self.rng
        i = int(rng.integers(self.count))
        while len(self.pool) <= i:
            self.pool.append(self.begin(n, size))
        if self.pool[i].left <= 0 or self.pool[i].x.shape != (n, 3, size, size):
            self.pool[i] = self.begin(n, size)
        dream = self.pool[i]
        dream.x = self.moved(dream.x)
        for _ in range(int(rng.integers(1, 3))):
            dream.x = self.step(dream)
            dream.left -= 1
        return dream.x

    def moved(self, x: torch.Tensor) -> torch.Tensor:
        """Zoom or shift a little, as octaves and zooms do."""
        rng = self.rng
        if rng.random() < 0.5:
            return torch.roll(x, tuple(int(v) for v in rng.integers(-16, 17, 2)), (2, 3))
        zoom, (tx, ty) = 1 / rng.uniform(1, 1.25), rng.uniform(-0.1, 0.1, 2)
        theta = torch.tensor([[zoom, 0, tx], [0, zoom, ty]], dtype=torch.float32).expand(len(x), 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=False)
        return F.grid_sample(x, grid, "bilinear", "reflection", align_corners=False)

    def step(self, dream: Dream) -> torch.Tensor:
        x = dream.x.detach().requires_grad_(True)
        with torch.autocast("cpu", torch.bfloat16):
            a = self.features(x, dream.layer, dream.by_teacher)
        a = a.float()
        if dream.layer == "logits":
            goal = (a * dream.chosen).sum()
        elif dream.chosen is not None:
            goal = (a * a * dream.chosen[:, :, None, None]).sum()
        else:
            goal = (a * a).sum()
        (g,) = torch.autograd.grad(goal, x)
        g = g.float()
        if self.rng.random() < 0.3:
            g = g + 2 * F.avg_pool2d(g, 5, 1, 2)
        scale = g.abs().mean((1, 2, 3), keepdim=True) + 1e-12
        return (x.detach() + float(self.rng.uniform(0.7, 4)) * g / scale).clamp_(0, 255)
