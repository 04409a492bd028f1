"""Does in PyTorch eager what bench/speed.ts asks for, one line of standard input after the other.

`gradient NETWORK:LAYER:WIDTHxHEIGHT`: the gradient of ½·mean(a²), once. `frame NETWORK:LAYER:WIDTHxHEIGHT`: what
gordicaleksa/pytorch-deepdream does for a frame, as its documentation gives it: a pyramid of 4 levels 1.8 apart, each the
dream of the one before enlarged; at each 10 steps of lr 0.09 up mean(a²), the picture rolled by up to 32 px, the gradient
smoothed by three Gaussians of 9 taps and brought to mean 0 and spread 1. Answers in milliseconds. With a folder as argument
(torch_graph.py), the network `exported` is the one in it.
"""
import os
import sys
import time

import torch
import torch.nn.functional as F

from torch_graph import Exported
from torch_networks import features, networks

LEVELS, RATIO, STEPS, RATE, SHIFT, TAPS = 4, 1.8, 10, 0.09, 32, 9
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
LOW, HIGH = -MEAN / STD, (1 - MEAN) / STD


def gradient(name, net, layer, width, height):
    x = torch.full((1, 3, height, width), 0.4, requires_grad=True)
    (0.5 * features(name, net, x, layer).pow(2).mean()).backward()


def smooth(gradient, sigma):
    at = torch.arange(TAPS) - TAPS // 2
    padded = F.pad(gradient, (TAPS // 2,) * 4, mode="reflect")
    total = 0
    for factor in (0.5, 1, 2):
        row = torch.exp(-(at**2) / (2 * (factor * sigma) ** 2))
        kernel = torch.outer(row, row)
        kernel = (kernel / kernel.sum()).expand(3, 1, TAPS, TAPS)
        total = total + F.conv2d(padded, kernel, groups=3)
    return total / 3


def frame(name, net, layer, width, height):
    picture = (torch.rand(1, 3, height, width) - MEAN) / STD
    for level in range(LEVELS):
        factor = RATIO ** (LEVELS - 1 - level)
        size = (round(height / factor), round(width / factor))
        picture = F.interpolate(picture, size, mode="bilinear", align_corners=False)
        for step in range(STEPS):
            moved = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
            x = torch.roll(picture, moved, (2, 3)).requires_grad_()
            features(name, net, x, layer).pow(2).mean().backward()
            g = smooth(x.grad, 2 * (step + 1) / STEPS + 0.5)
            x = x.detach() + RATE * (g - g.mean()) / g.std()
            x = torch.max(torch.min(x, HIGH), LOW)
            picture = torch.roll(x, [-v for v in moved], (2, 3))


torch.manual_seed(0)
torch.set_num_threads(os.cpu_count() or 1)
print(torch.__version__, torch.get_num_threads(), flush=True)
made = {"exported": Exported(sys.argv[1])} if len(sys.argv) > 1 else {}
for line in sys.stdin:
    task, key = line.split()
    name, layer, size = key.split(":")
    if name not in made:
        made[name] = networks[name]().eval().requires_grad_(False)
    width, height = map(int, size.split("x"))
    start = time.time()
    {"gradient": gradient, "frame": frame}[task](name, made[name], layer, width, height)
    print(1000 * (time.time() - start), flush=True)
