"""The bundled network `pocket`: a small Inception trained to be dreamed with.

Every convolution is followed by batch norm and ReLU; export folds the norm away.
Two choices are made for the pictures and not for the accuracy:

* Average pooling everywhere. The gradient of a max-pool lands on single pixels and
  dreams as fine grain (Gatys et al. 2016 and lucid replace it for the same reason);
  that of an average is smooth and costs no comparison.
* The stem's kernel (6) is a multiple of its stride (2), so that every input pixel is
  covered equally often and its gradient has no checkerboard (Odena et al. 2016).
"""
import torch
from torch import nn

# (1x1, 3x3 reduce, 3x3, double 3x3 reduce, double 3x3, pool projection)
BLOCKS = {
    "patterns1": (28, 32, 52, 14, 24, 24),
    "patterns2": (32, 36, 60, 14, 28, 24),
    "motifs1": (56, 64, 96, 24, 48, 40),
    "motifs2": (64, 72, 104, 28, 52, 52),
    "motifs3": (72, 72, 112, 28, 56, 56),
    "creatures1": (104, 88, 160, 36, 72, 72),
    "creatures2": (112, 96, 176, 40, 80, 80),
}
STAGES = {"patterns": 2, "motifs": 3, "creatures": 2}


class ConvBnRelu(nn.Sequential):
    def __init__(self, cin: int, cout: int, kernel: int, stride: int = 1, pad: int = 0):
        super().__init__(
            nn.Conv2d(cin, cout, kernel, stride, pad, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),
        )


class Inception(nn.Module):
    def __init__(self, cin: int, widths: tuple[int, ...]):
        super().__init__()
        one, reduce3, three, reduce5, five, pool = widths
        self.one = ConvBnRelu(cin, one, 1)
        self.three = nn.Sequential(
            ConvBnRelu(cin, reduce3, 1), ConvBnRelu(reduce3, three, 3, pad=1)
        )
        self.five = nn.Sequential(
            ConvBnRelu(cin, reduce5, 1),
            ConvBnRelu(reduce5, five, 3, pad=1),
            ConvBnRelu(five, five, 3, pad=1),
        )
        # Averaging and a 1x1 convolution commute; narrow first, it is cheaper.
        self.pool = nn.Sequential(
            ConvBnRelu(cin, pool, 1), nn.AvgPool2d(3, 1, 1)
        )
        self.channels = one + three + five + pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


class Pocket(nn.Module):
    """Input: RGB/127.5 - 1, `[N, 3, H, W]`. Output: logits `[N, classes]`."""

    def __init__(self, classes: int = 200, dropout: float = 0.1):
        super().__init__()
        self.edges = ConvBnRelu(3, 32, 6, 2, 2)
        self.strokes = ConvBnRelu(32, 48, 3, pad=1)
        self.halve = nn.AvgPool2d(2, 2)
        channels = 48
        for name, widths in BLOCKS.items():
            block = Inception(channels, widths)
            setattr(self, name, block)
            channels = block.channels
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels, classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def features(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Every nameable layer, in order."""
        out = {"edges": self.edges(x)}
        x = out["strokes"] = self.strokes(out["edges"])
        for stage, count in STAGES.items():
            x = self.halve(x)
            for i in range(1, count + 1):
                x = out[f"{stage}{i}"] = getattr(self, f"{stage}{i}")(x)
        return out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        last = list(self.features(x).values())[-1]
        return self.head(self.dropout(last.mean((2, 3))))
