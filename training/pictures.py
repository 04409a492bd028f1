"""Training pictures: Tiny ImageNet as mosaics and enlarged, with random colour, contrast and grain."""
import io
import tarfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image


def load(archive: Path, cache: Path) -> np.ndarray:
    """All training pictures, `[N, 64, 64, 3]` uint8, decoded once and then read from `cache`."""
    if not cache.exists():
        pictures = []
        with tarfile.open(archive) as tar:
            for member in tar:
                if "/train/" in member.name and member.name.lower().endswith((".jpeg", ".jpg")):
                    image = Image.open(io.BytesIO(tar.extractfile(member).read()))
                    pictures.append((member.name, np.asarray(image.convert("RGB"))))
        np.save(cache, np.stack([p for _, p in sorted(pictures, key=lambda p: p[0])]))
    return np.load(cache, mmap_mode="r")


TILES = 4


def batch(data: np.ndarray, n: int, size: int, rng: np.random.Generator) -> torch.Tensor:
    """A batch `[n, 3, size, size]`, 0..255: crops of mosaics near their original scale, and enlarged single pictures."""
    side = 64 * TILES
    tiles = data[np.sort(rng.integers(0, len(data), n * TILES * TILES))]
    tiles = tiles[rng.permutation(len(tiles))].reshape(n, TILES, TILES, 64, 64, 3)
    canvas = np.ascontiguousarray(tiles.transpose(0, 5, 1, 3, 2, 4)).reshape(n, 3, side, side)
    single = rng.random(n) < 0.5
    view = np.where(single, 64 * rng.uniform(0.55, 1, n), size / rng.uniform(1, 1.6, n))
    tile = 64 * rng.integers(0, TILES, (2, n)) + 32
    centre = np.where(single, tile + (64 - view) * rng.uniform(-0.5, 0.5, (2, n)),
                      rng.uniform(0, 1, (2, n)) * (side - view) + view / 2)
    flip = np.where(rng.random(n) < 0.5, -1, 1)
    theta = np.zeros((n, 2, 3), np.float32)
    theta[:, 0, 0], theta[:, 1, 1] = flip * view / side, view / side
    theta[:, 0, 2], theta[:, 1, 2] = centre[0] * 2 / side - 1, centre[1] * 2 / side - 1
    grid = F.affine_grid(torch.from_numpy(theta), [n, 3, size, size], align_corners=False)
    x = F.grid_sample(torch.from_numpy(canvas).float(), grid, "bicubic", "reflection", align_corners=False)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.from_numpy(rng.uniform(low, high, (n, 1, 1, 1)).astype(np.float32))

    grey = x.mean(1, keepdim=True)
    x = (grey + (x - grey) * uniform(0, 1.4)) * uniform(0.4, 1.2)
    x = x + 128 - x.mean((1, 2, 3), keepdim=True) + uniform(-60, 60)
    grain = torch.from_numpy((rng.random((n, 1, 1, 1)) < 0.35) * rng.uniform(1, 24, (n, 1, 1, 1))).float()
    return (x + grain * torch.randn_like(x)).clamp_(0, 255)


def noise(n: int, size: int, rng: np.random.Generator) -> torch.Tensor:
    """Smooth coloured noise around grey, as a start for dreams without a picture."""
    x = torch.zeros(n, 3, size, size)
    for cells in (4, 8, 16, 32, size):
        layer = torch.from_numpy(rng.normal(0, 1, (n, 3, cells, cells)).astype(np.float32))
        x += F.interpolate(layer, (size, size), mode="bicubic", align_corners=False) * float(rng.uniform(0, 16))
    return (x + 128).clamp_(0, 255)
