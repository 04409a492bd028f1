"""The teacher: BVLC GoogLeNet from its ONNX file, in PyTorch."""
from pathlib import Path

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

MEAN_RGB = (123.0, 117.0, 104.0)


class Teacher:
    """Computes values by their names in the file. Pictures are RGB 0..255, `[N, 3, H, W]`."""

    def __init__(self, path: Path):
        graph = onnx.load(str(path)).graph
        self.nodes = [
            (n.op_type, list(n.input), n.output[0], {a.name: list(a.ints) or a.i or a.f for a in n.attribute})
            for n in graph.node
        ]
        weights = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
        self.weights = {k: v.to(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in weights.items()}
        self.bands: dict[int, torch.Tensor] = {}

    def local_response_norm(self, x: torch.Tensor) -> torch.Tensor:
        """Caffe's LRN over five channels, alpha 1e-4, beta 0.75; the window is a 1x1 convolution."""
        c = x.shape[1]
        if c not in self.bands:
            i = torch.arange(c)
            self.bands[c] = ((i[:, None] - i[None]).abs() <= 2).float()[:, :, None, None] * (1e-4 / 5)
        s = F.conv2d(x * x, self.bands[c].to(x.dtype)) + 1
        return x / (s.sqrt() * s.sqrt().sqrt())

    def __call__(self, x: torch.Tensor, wanted: list[str]) -> dict[str, torch.Tensor]:
        mean = torch.tensor(MEAN_RGB).view(1, 3, 1, 1)
        values = {"data": (x - mean).flip(1).contiguous(memory_format=torch.channels_last)}
        out: dict[str, torch.Tensor] = {}
        for op, inputs, name, a in self.nodes:
            v = [values.get(i, self.weights.get(i)) for i in inputs]
            if op == "Conv":
                r = F.conv2d(v[0], v[1], v[2], a["strides"], a["pads"][:2])
            elif op == "Relu":
                r = F.relu(v[0])
            elif op == "MaxPool":
                pad = a["pads"][:2] if isinstance(a["pads"], list) else 0
                r = F.max_pool2d(v[0], a["kernel_shape"], a["strides"], pad, ceil_mode=True)
            elif op == "LRN":
                r = self.local_response_norm(v[0])
            elif op == "Concat":
                r = torch.cat(v, 1)
            elif op == "GlobalAveragePool":
                r = v[0].mean((2, 3), keepdim=True)
            elif op == "Flatten":
                r = v[0].flatten(1)
            elif op == "Gemm":
                r = F.linear(v[0], v[1], v[2])
            else:
                raise ValueError(f"{op} is not an op of GoogLeNet")
            values[name] = r
            if name in wanted:
                out[name] = r
                if len(out) == len(wanted):
                    break
        return out
