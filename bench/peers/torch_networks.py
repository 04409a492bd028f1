"""The networks of bench/networks.ts in PyTorch, with random weights."""
import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training"))
from network import Pocket  # noqa: E402


def conv(fan_in, fan_out, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(fan_in, fan_out, kernel, stride, kernel // 2), nn.ReLU())


class Named(nn.Module):
    """Layers one behind the other, each with a name."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict()

    def features(self, x, until):
        for name, part in self.parts.items():
            x = part(x)
            if name == until:
                return x


class Vgg16(Named):
    def __init__(self):
        super().__init__()
        before = 3
        for block, (channels, count) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
            for i in range(count):
                pool = [nn.MaxPool2d(2)] if block > 0 and i == 0 else []
                self.parts[f"relu{block + 1}_{i + 1}"] = nn.Sequential(*pool, conv(before, channels, 3))
                before = channels


class Inception(nn.Module):
    def __init__(self, before, one, reduce3, three, reduce5, five, pool):
        super().__init__()
        self.branches = nn.ModuleList([
            conv(before, one, 1),
            nn.Sequential(conv(before, reduce3, 1), conv(reduce3, three, 3)),
            nn.Sequential(conv(before, reduce5, 1), conv(reduce5, five, 5)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(before, pool, 1)),
        ])

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class GoogLeNet(Named):
    def __init__(self):
        super().__init__()
        self.parts["conv1"] = conv(3, 64, 7, 2)
        self.parts["conv2"] = nn.Sequential(nn.MaxPool2d(3, 2, 1), conv(64, 64, 1), conv(64, 192, 3))
        before = 192
        for name, sizes in {
            "3a": (64, 96, 128, 16, 32, 32),
            "3b": (128, 128, 192, 32, 96, 64),
            "4a": (192, 96, 208, 16, 48, 64),
            "4b": (160, 112, 224, 24, 64, 64),
            "4c": (128, 128, 256, 24, 64, 64),
        }.items():
            pool = [nn.MaxPool2d(3, 2, 1)] if name.endswith("a") else []
            self.parts[f"inception_{name}"] = nn.Sequential(*pool, Inception(before, *sizes))
            before = sizes[0] + sizes[2] + sizes[4] + sizes[5]


networks = {"pocket": Pocket, "vgg16": Vgg16, "googlenet": GoogLeNet}


def features(name, net, x, layer):
    """What `layer` gives for pictures `x` `[1, 3, H, W]`."""
    if name == "exported":
        return net(x)
    return net(x, until=layer)[layer] if name == "pocket" else net.features(x, layer)
