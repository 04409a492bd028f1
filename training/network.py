"""The bundled network `pocket`: GoogLeNet's layers up to inception_4e and a head for its 1,000 classes, trained from scratch.

Three things differ from the teacher, for better pictures and speed:

* Pools compute the root mean square instead of the maximum. It approximates the maximum far better than the mean does
  (relative error on the teacher's features 0.04 to 0.15 instead of 0.18 to 0.40), and its gradient is spread over the
  window, while that of a maximum falls on single pixels and looks like grain.
* Pools with stride 2 weight their 3x3 window by [1 2 1] (Zhang 2019), and the stem's taps have the same sum at each phase
  of its stride (2). Every pixel counts equally, so gradients show no checkerboard (Odena et al. 2016).
* One divisive normalisation (Balle et al. 2016) replaces two local response normalisations.
"""
import torch
import torch.nn.functional as F
from torch import nn

# Layer names in scenes, and the value of the teacher that each learns.
TAUGHT = {
    "strokes": "conv2/3x3",
    "patterns1": "inception_3a/output",
    "patterns2": "inception_3b/output",
    "motifs1": "inception_4a/output",
    "motifs2": "inception_4b/output",
    "motifs3": "inception_4c/output",
    "creatures1": "inception_4d/output",
    "creatures2": "inception_4e/output",
    "logits": "loss3/classifier",
}

# (1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection)
BLOCKS = {
    "patterns1": (64, 96, 128, 16, 32, 32),
    "patterns2": (128, 128, 192, 32, 96, 64),
    "motifs1": (192, 96, 208, 16, 48, 64),
    "motifs2": (160, 112, 224, 24, 64, 64),
    "motifs3": (128, 128, 256, 24, 64, 64),
    "creatures1": (112, 144, 288, 32, 64, 64),
    "creatures2": (256, 160, 320, 32, 128, 128),
    "creatures3": (256, 128, 256, 32, 128, 128),
}
HALVED_BEFORE = ("patterns1", "motifs1", "creatures3")
STEM = 48
EPSILON = 1e-4


class ConvBnRelu(nn.Sequential):
    def __init__(self, cin: int, cout: int, kernel: int, stride: int = 1, pad: int = 0):
        super().__init__(
            nn.Conv2d(cin, cout, kernel, stride, pad, bias=False), nn.BatchNorm2d(cout), nn.ReLU()
        )


class Stem(nn.Conv2d):
    """Stride 2, kernel 6; the taps of each of the four phases of the stride have the same sum.

    Then a picture without detail has a gradient without a checkerboard.
    """

    def balanced(self) -> torch.Tensor:
        out, cin = self.weight.shape[:2]
        places = self.weight.view(out, cin, 3, 2, 3, 2)
        means = places.mean((2, 4), keepdim=True)
        return (places - means + means.mean((3, 5), keepdim=True)).reshape(out, cin, 6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, self.balanced(), None, self.stride, self.padding)


def weighted_mean(x: torch.Tensor, row: list[float], stride: int, pads: tuple[int, int]) -> torch.Tensor:
    """Mean of the existing pixels of 3x3 windows, with the weights `row` in both directions."""
    kernel = torch.tensor(row).outer(torch.tensor(row)) / sum(row) ** 2
    sides = (*pads, *pads)
    seen = F.conv2d(F.pad(torch.ones(1, 1, *x.shape[2:]), sides), kernel[None, None], stride=stride)
    kernels = kernel.to(x.dtype).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, sides), kernels, stride=stride, groups=x.shape[1]) / seen.to(x.dtype)


def halved_energy(x: torch.Tensor) -> torch.Tensor:
    """Mean square over 3x3 windows weighted [1 2 1], stride 2: `[N, C, H, W]` to `[N, C, H//2, W//2]`."""
    return weighted_mean(x * x, [1.0, 2.0, 1.0], 2, (0, 1)) + EPSILON


def halve(x: torch.Tensor) -> torch.Tensor:
    return halved_energy(x).sqrt()


class Inception(nn.Module):
    def __init__(self, cin: int, widths: tuple[int, ...]):
        super().__init__()
        one, reduce3, three, reduce5, five, pool = widths
        self.one = ConvBnRelu(cin, one, 1)
        self.three = nn.Sequential(ConvBnRelu(cin, reduce3, 1), ConvBnRelu(reduce3, three, 3, pad=1))
        self.five = nn.Sequential(ConvBnRelu(cin, reduce5, 1), ConvBnRelu(reduce5, five, 5, pad=2))
        self.pool = ConvBnRelu(cin, pool, 1)
        self.channels = one + three + five + pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        energy = weighted_mean(x * x, [1.0, 1.0, 1.0], 1, (1, 1))
        pooled = (energy + EPSILON).sqrt()
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(pooled)], 1)

    def norms(self) -> list[nn.BatchNorm2d]:
        """The batch norms of the output, in the order of its channels."""
        return [self.one[1], self.three[1][1], self.five[1][1], self.pool[1]]


class Pocket(nn.Module):
    """Input: RGB/127.5 - 1, `[N, 3, H, W]`. Output: every layer by its name, the last the logits."""

    def __init__(self, classes: int = 1000):
        super().__init__()
        self.edges = ConvBnRelu(3, STEM, 6, 2, 2)
        self.edges[0] = Stem(3, STEM, 6, 2, 2, bias=False)
        # y² = e / (beta + gamma e)^1.5 of the energies e of the channels.
        self.beta = nn.Parameter(torch.ones(STEM))
        self.gamma = nn.Parameter(torch.full((STEM, STEM), 0.05) + 0.2 * torch.eye(STEM))
        self.reduce = ConvBnRelu(STEM, 64, 1)
        self.strokes = ConvBnRelu(64, 192, 3, pad=1)
        channels = 192
        for name, widths in BLOCKS.items():
            block = Inception(channels, widths)
            setattr(self, name, block)
            channels = block.channels
        self.head = nn.Linear(channels, classes)

    def normalised(self, energy: torch.Tensor) -> torch.Tensor:
        divisor = F.conv2d(energy, (self.gamma**2)[:, :, None, None], self.beta**2 + 0.01)
        return (energy / (divisor * divisor.sqrt())).sqrt()

    def forward(self, x: torch.Tensor, forced: dict[str, torch.Tensor] | None = None,
                share: torch.Tensor | None = None, until: str = "logits") -> dict[str, torch.Tensor]:
        """`forced`: the teacher's features, which replace the student's own for pictures whose `share` `[N, 1, 1, 1]` is 1."""
        out = {"edges": self.edges(x)}
        x = out["strokes"] = self.strokes(self.reduce(self.normalised(halved_energy(out["edges"]))))
        name = "strokes"
        for block in BLOCKS:
            if name == until:
                return out
            if forced is not None and name in forced:
                x = torch.where(share, forced[name], x.to(forced[name].dtype))
            x = halve(x) if block in HALVED_BEFORE else x
            x = out[block] = getattr(self, block)(x)
            name = block
        out["logits"] = self.head(x.mean((2, 3)))
        return out

    def norms(self, name: str) -> list[nn.BatchNorm2d]:
        return [self.strokes[1]] if name == "strokes" else getattr(self, name).norms()
