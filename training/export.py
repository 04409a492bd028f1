"""Export trained weights as models/pocket.onnx: batch norm folded, float16 weights, named layers."""
import argparse
import json
import re
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from network import Pocket


def to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep weights as float16 with a Cast each: half the size, the same float32 arithmetic."""
    graph = model.graph
    casts, halves = [], []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32:
            halves.append(tensor)
            continue
        halves.append(numpy_helper.from_array(array.astype(np.float16), tensor.name + "_half"))
        casts.append(helper.make_node("Cast", [tensor.name + "_half"], [tensor.name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(halves)
    graph.node.extend(nodes)
    return model


class Named(torch.nn.Module):
    """Every layer an output, so that each keeps its name in the file."""

    def __init__(self, net: Pocket):
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        layers = list(self.net.features(x).values())
        return (*layers, self.net.head(torch.flatten(torch.nn.functional.adaptive_avg_pool2d(layers[-1], 1), 1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("data", type=Path, help="the .npz that train.py made, for the labels")
    parser.add_argument("--out", type=Path, default=Path("../models/pocket.onnx"))
    args = parser.parse_args()
    net = Pocket()
    net.load_state_dict(torch.load(args.weights))
    net.eval()
    example = torch.zeros(1, 3, 96, 96)
    names = [*net.features(example), "logits"]
    torch.onnx.export(
        Named(net), example, str(args.out), opset_version=17, input_names=["image"], output_names=names,
        dynamic_axes={"image": {0: "batch", 2: "height", 3: "width"}},
    )
    model = to_float16(onnx.load(str(args.out)))
    # Only the logits stay an output; the others are found by their names.
    last = [output for output in model.graph.output if output.name == "logits"]
    del model.graph.output[:]
    model.graph.output.extend(last)
    model.producer_name = "dreamreel training"
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, str(args.out))

    words = [re.sub(r"\s+", " ", str(w)) for w in np.load(args.data)["words"]]
    card = args.out.with_suffix(".json")
    old = json.loads(card.read_text()) if card.exists() else {}
    card.write_text(json.dumps({**old, "labels": words}, indent=2, ensure_ascii=False) + "\n")
    parameters = sum(p.numel() for p in net.parameters())
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB, {parameters / 1e6:.2f} M parameters")


if __name__ == "__main__":
    main()
