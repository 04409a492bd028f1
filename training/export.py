"""Write a checkpoint as models/pocket.onnx, with folded batch norm, 8-bit weights with a scale per channel, and named layers.

The graph is built op by op, so that every layer keeps its name, and each pool with stride 2 becomes two AveragePools of
2x2, which together weight 3x3 windows by [1 2 1].
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from network import BLOCKS, EPSILON, HALVED_BEFORE, ConvBnRelu, Inception, Pocket, Stem


class Writer:
    def __init__(self) -> None:
        self.nodes: list = []
        self.tensors: list = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.tensors.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def weights(self, name: str, value: np.ndarray) -> str:
        """Small kernels as float16, large ones as one byte per weight with a float32 scale per output channel."""
        if value.size < 10_000:
            return self.node("Cast", [self.constant(f"{name}_half", value.astype(np.float16))], name, to=TensorProto.FLOAT)
        scale = np.maximum(np.abs(value.reshape(len(value), -1)).max(1) / 127, 1e-12).astype(np.float32)
        rounded = np.round(value / scale.reshape(-1, *[1] * (value.ndim - 1))).astype(np.int8)
        inputs = [self.constant(f"{name}_int8", rounded), self.constant(f"{name}_scale", scale)]
        return self.node("DequantizeLinear", inputs, name, axis=0)

    def conv(self, layer: ConvBnRelu, x: str, name: str) -> str:
        conv, norm = layer[0], layer[1]
        gain = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
        weight = conv.balanced() if isinstance(conv, Stem) else conv.weight
        kernel = (weight.detach() * gain[:, None, None, None]).numpy()
        bias = (norm.bias - norm.running_mean * gain).detach().numpy()
        made = self.node(
            "Conv", [x, self.weights(f"{name}_weight", kernel), self.constant(f"{name}_bias", bias)], f"{name}_conv",
            kernel_shape=list(conv.kernel_size), strides=list(conv.stride), pads=list(conv.padding) * 2,
        )
        return self.node("Relu", [made], name)

    def halved_energy(self, x: str, name: str) -> str:
        square = self.node("Mul", [x, x], f"{name}_square")
        near = self.node("AveragePool", [square], f"{name}_near", kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 1, 1])
        mean = self.node("AveragePool", [near], f"{name}_mean", kernel_shape=[2, 2], strides=[2, 2])
        return self.node("Add", [mean, "epsilon"], f"{name}_energy")

    def block(self, block: Inception, x: str, name: str) -> str:
        square = self.node("Mul", [x, x], f"{name}_square")
        mean = self.node("AveragePool", [square], f"{name}_mean", kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)
        energy = self.node("Add", [mean, "epsilon"], f"{name}_energy")
        branches = [
            self.conv(block.one, x, f"{name}_1x1"),
            self.conv(block.three[1], self.conv(block.three[0], x, f"{name}_3x3_reduce"), f"{name}_3x3"),
            self.conv(block.five[1], self.conv(block.five[0], x, f"{name}_5x5_reduce"), f"{name}_5x5"),
            self.conv(block.pool, self.node("Sqrt", [energy], f"{name}_pool"), f"{name}_pool_1x1"),
        ]
        return self.node("Concat", branches, name, axis=1)


def build(net: Pocket, scales: dict[str, float]) -> onnx.ModelProto:
    w = Writer()
    w.constant("epsilon", np.float32(EPSILON))
    energy = w.halved_energy(w.conv(net.edges, "image", "edges"), "edges")
    gamma = (net.gamma**2).detach().numpy()[:, :, None, None]
    beta = (net.beta**2 + 0.01).detach().numpy()
    divisor = w.node("Conv", [energy, w.constant("norm_gamma", gamma), w.constant("norm_beta", beta)], "norm_divisor", kernel_shape=[1, 1])
    root = w.node("Sqrt", [divisor], "norm_root")
    power = w.node("Mul", [divisor, root], "norm_power")
    normal = w.node("Sqrt", [w.node("Div", [energy, power], "norm_ratio")], "norm")
    x = w.conv(net.strokes, w.conv(net.reduce, normal, "strokes_reduce"), "strokes")
    for name in BLOCKS:
        if name in HALVED_BEFORE:
            x = w.node("Sqrt", [w.halved_energy(x, f"{x}_half")], f"{x}_half")
        x = w.block(getattr(net, name), x, name)
    mean = w.node("Flatten", [w.node("GlobalAveragePool", [x], "mean")], "flat")
    # In the teacher's units, so that class probabilities match the teacher's.
    head = (net.head.weight * scales["logits"]).detach().numpy()
    bias = (net.head.bias * scales["logits"]).detach().numpy()
    w.node("Gemm", [mean, w.weights("head_weight", head), w.constant("head_bias", bias)], "logits", transB=1)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1000])
    graph = helper.make_graph(w.nodes, "pocket", [image], [logits], w.tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="dreamreel training")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--labels", type=Path, default=Path("../models/imagenet-1k.txt"))
    parser.add_argument("--out", type=Path, default=Path("../models/pocket.onnx"))
    args = parser.parse_args()
    saved = torch.load(args.checkpoint)
    net = Pocket()
    net.load_state_dict(saved["student"])
    net.eval()
    onnx.save(build(net, saved["scale"]), str(args.out))
    parameters = sum(p.numel() for p in net.parameters())
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB, {parameters / 1e6:.2f} M parameters")


if __name__ == "__main__":
    main()
