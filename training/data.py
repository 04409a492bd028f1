"""Tiny ImageNet as uint8 arrays, and the augmentation, one affine resampling a batch."""
import io
import math
import tarfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image


def load(archive: Path, cache: Path) -> dict[str, np.ndarray]:
    """Decode the archive once; later calls read the cache.

    Returns train `[N, 64, 64, 3]` uint8 with its labels `[N]`, the same for val, and `words`.
    Classes are in the order of wnids.txt.
    """
    if cache.exists():
        return dict(np.load(cache))
    images: dict[str, list] = {"train": [], "val": []}
    labels: dict[str, list] = {"train": [], "val": []}
    text: dict[str, str] = {}
    pictures: list[tuple[str, bytes]] = []
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.isfile():
                continue
            data = tar.extractfile(member).read()
            if member.name.endswith(".txt"):
                text[Path(member.name).name] = data.decode()
            elif member.name.lower().endswith((".jpeg", ".jpg")):
                pictures.append((member.name, data))
    wnids = text["wnids.txt"].split()
    index = {w: i for i, w in enumerate(wnids)}
    val_of = dict(line.split("\t")[:2] for line in text["val_annotations.txt"].splitlines()) if "val_annotations.txt" in text else {}
    for name, data in sorted(pictures):
        part = "train" if "/train/" in name else "val"
        wnid = val_of.get(Path(name).name) or next(p for p in Path(name).parts if p in index)
        images[part].append(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
        labels[part].append(index[wnid])
    words = dict(line.split("\t")[:2] for line in text["words.txt"].splitlines())
    out = {"words": np.array([words[w] for w in wnids])}
    for part in images:
        out[part] = np.stack(images[part])
        out[f"{part}_labels"] = np.array(labels[part])
    np.savez(cache, **out)
    return out


def normalise(images: torch.Tensor) -> torch.Tensor:
    """uint8 `[N, 64, 64, 3]` to float `[N, 3, 64, 64]` in -1..1."""
    return images.permute(0, 3, 1, 2).float() / 127.5 - 1


def augment(x: torch.Tensor, size: int, rng: torch.Generator) -> torch.Tensor:
    """Random crop, aspect, rotation, flip and colour; `[N, 3, 64, 64]` to `[N, 3, size, size]`."""
    n = len(x)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.rand(n, generator=rng) * (high - low) + low

    side = uniform(0.62, 1.08)
    aspect = torch.exp(uniform(-0.12, 0.12))
    angle = uniform(-0.12, 0.12)
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    sx, sy = side * aspect, side / aspect
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = flip * sx * torch.cos(angle)
    theta[:, 0, 1] = -sy * torch.sin(angle)
    theta[:, 1, 0] = flip * sx * torch.sin(angle)
    theta[:, 1, 1] = sy * torch.cos(angle)
    theta[:, 0, 2] = uniform(-1, 1) * (1 - side).clamp(min=0)
    theta[:, 1, 2] = uniform(-1, 1) * (1 - side).clamp(min=0)
    grid = F.affine_grid(theta, (n, 3, size, size), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    grey = x.mean(1, keepdim=True)
    saturation = uniform(0.7, 1.3).view(n, 1, 1, 1)
    contrast = uniform(0.75, 1.25).view(n, 1, 1, 1)
    brightness = uniform(-0.2, 0.2).view(n, 1, 1, 1)
    return (grey + (x - grey) * saturation) * contrast + brightness


def phase_size(progress: float) -> int:
    """Small pictures first: most of the learning at a fraction of the cost."""
    return 40 if progress < 0.33 else 48 if progress < 0.62 else 64


def learning_rate(progress: float, peak: float, warmup: float) -> float:
    """Linear warm-up from 10 % of the peak, then a cosine to zero."""
    if progress < warmup:
        return peak * (0.1 + 0.9 * progress / warmup)
    return peak * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))
