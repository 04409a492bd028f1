"""A network that bench/exported.ts wrote, in PyTorch: the ops of convolutional networks, one after the other."""
import json
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F


def windowed(a):
    """Pads at the begins, and what the ends have more: PyTorch pads both alike."""
    top, left, bottom, right = a.get("pads", [0, 0, 0, 0])
    return (top, left), (bottom - top, right - left)


def conv(a, x, weights, bias=None):
    pads, (down, across) = windowed(a)
    if down or across:
        x = F.pad(x, (0, across, 0, down))
    stride, dilation = a.get("strides", [1, 1]), a.get("dilations", [1, 1])
    return F.conv2d(x, weights, bias, stride, pads, dilation, int(a.get("group", 1)))


def max_pool(a, x):
    pads, (down, across) = windowed(a)
    if down > 0 or across > 0:
        x = F.pad(x, (0, max(0, across), 0, max(0, down)), value=-3e38)
    stride = a.get("strides", [1, 1])
    return F.max_pool2d(x, a["kernel_shape"], stride, pads, ceil_mode=bool(a.get("ceil_mode", 0)))


def average_pool(a, x):
    pads, _ = windowed(a)
    counts = bool(a.get("count_include_pad", 0))
    stride = a.get("strides", [1, 1])
    return F.avg_pool2d(x, a["kernel_shape"], stride, pads, bool(a.get("ceil_mode", 0)), counts)


def lrn(a, x):
    return F.local_response_norm(x, a["size"], a.get("alpha", 1e-4), a.get("beta", 0.75), a.get("bias", 1))


def batch_norm(a, x, scale, shift, mean, variance):
    return F.batch_norm(x, mean, variance, scale, shift, eps=a.get("epsilon", 1e-5))


OPS = {
    "Add": lambda a, x, y: x + y,
    "AveragePool": average_pool,
    "BatchNormalization": batch_norm,
    "Concat": lambda a, *x: torch.cat(x, a["axis"]),
    "Conv": conv,
    "Gather": lambda a, x, indices: x.index_select(a.get("axis", 0), indices.long()),
    "Identity": lambda a, x: x,
    "LRN": lrn,
    "MaxPool": max_pool,
    "Mul": lambda a, x, y: x * y,
    "Relu": lambda a, x: F.relu(x),
    "Sigmoid": lambda a, x: torch.sigmoid(x),
    "Sub": lambda a, x, y: x - y,
}


class Exported:
    """Gives the layer that the network was cut at, for pictures `[1, 3, H, W]`, 0..1."""

    def __init__(self, folder):
        graph = json.loads((Path(folder) / "graph.json").read_text())
        values = numpy.fromfile(Path(folder) / "weights.bin", dtype=numpy.float32)
        self.input, self.layer, self.nodes, self.weights = graph["input"], graph["layer"], graph["nodes"], {}
        at = 0
        for name, dims in graph["weights"]:
            count = int(numpy.prod(dims))
            self.weights[name] = torch.from_numpy(values[at : at + count].reshape(dims))
            at += count

    def __call__(self, x):
        known = {**self.weights, self.input: x}
        for node in self.nodes:
            inputs = [known[name] for name in node["inputs"] if name]
            known[node["outputs"][0]] = OPS[node["op"]](node["attributes"], *inputs)
        return known[self.layer]

    def eval(self):
        return self

    def requires_grad_(self, _):
        return self
