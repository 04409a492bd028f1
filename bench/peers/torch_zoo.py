"""Exports one torchvision architecture with seeded random weights to .onnx, with PyTorch's own results.

    python3 torch_zoo.py ARCHITECTURE FOLDER [--opset 13] [--size 224]

Writes FOLDER/net.onnx, whose outputs are the class scores and three layers (early, middle, late), several
pictures FOLDER/frame<n>.bin (planar RGB 0..1, float32) and FOLDER/<target><n>.bin, the gradient of the objective
with respect to the picture, computed in double precision. Prints a line of JSON with the losses and with the error of
PyTorch's own gradient in single precision, because near a kink rounding makes both gradients wrong. The objective of a
layer is half the mean of its squares, and that of the scores is the first class's score. The weights are initialised as
for training; batch norm's statistics are measured on noise, so that activations neither vanish nor explode.
"""

import argparse
import json
import pathlib
import warnings

import torch
import torchvision

warnings.filterwarnings("ignore")
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def smooth_noise(size, generator):
    """A picture, 0..1, with structure at every scale down to the pixel, so that no two neighbours are equal."""
    total = 0.5 * torch.rand(1, 3, size, size, generator=generator)
    for scale in (4, 16, 64):
        coarse = torch.rand(1, 3, scale, scale, generator=generator)
        total += torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear")
    return total / 3.5


def build(name, size):
    options = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
    if name in ("googlenet", "inception_v3"):
        options["aux_logits"] = False
    model = torchvision.models.get_model(name, weights=None, **options)
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None
    model.train()
    with torch.no_grad():
        for _ in range(2):
            batch = torch.cat([smooth_noise(size, generator) for _ in range(2)])
            model((batch - MEAN) / STD)
    return model.eval()


def candidates(model, example):
    """Modules with one four-dimensional output, in execution order."""
    order, handles = [], []

    def remember(name):
        def hook(_, __, output):
            if isinstance(output, torch.Tensor) and output.dim() == 4 and output.shape[-1] > 1:
                order.append(name)

        return hook

    for name, module in model.named_modules():
        if name and not list(module.children()):
            handles.append(module.register_forward_hook(remember(name)))
    with torch.no_grad():
        model(example)
    for handle in handles:
        handle.remove()
    return list(dict.fromkeys(order))


class WithLayers(torch.nn.Module):
    """The scores, then the outputs of the selected modules."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names, self.kept = model, names, {}
        for name, module in model.named_modules():
            if name in names:
                # A copy, because some networks later change a layer's output in place.
                module.register_forward_hook(
                    lambda _, __, output, name=name: self.kept.__setitem__(name, output * 1.0)
                )

    def forward(self, x):
        scores = self.model(x)
        return (scores, *(self.kept[name] for name in self.names))


def gradient(wrapped, frame, i):
    """Loss and image gradient of output `i` in the precision of `frame`."""
    leaf = frame.clone().requires_grad_(True)
    value = wrapped((leaf - MEAN.to(frame)) / STD.to(frame))[i]
    loss = value[0, 0] if i == 0 else 0.5 * (value**2).mean()
    (result,) = torch.autograd.grad(loss, leaf)
    return loss.item(), result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("architecture")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--opset", type=int, default=13)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--frames", type=int, default=5)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(2)
    model = build(options.architecture, options.size)
    frames = [
        smooth_noise(options.size, torch.Generator().manual_seed(7 + n)) for n in range(options.frames)
    ]
    frame = frames[0]
    modules = candidates(model, (frame - MEAN) / STD)
    chosen = [modules[int(len(modules) * share)] for share in (0.15, 0.5, 0.9)]
    wrapped = WithLayers(model, chosen).eval()
    names = ["scores", "early", "middle", "late"]
    torch.onnx.export(
        wrapped,
        (frame - MEAN) / STD,
        str(options.folder / "net.onnx"),
        input_names=["input"],
        output_names=names,
        opset_version=options.opset,
    )
    wrapped.eval()
    single = [[gradient(wrapped, frame, i)[1].double() for i in range(4)] for frame in frames]
    wrapped.double()
    losses, own = {name: [] for name in names}, {name: [] for name in names}
    for n, frame in enumerate(frames):
        frame.numpy().tofile(options.folder / f"frame{n}.bin")
        for i, name in enumerate(names):
            loss, exact = gradient(wrapped, frame.double(), i)
            losses[name].append(loss)
            own[name].append(((single[n][i] - exact).norm() / exact.norm()).item())
            exact.float().numpy().tofile(options.folder / f"{name}{n}.bin")
    print(json.dumps({"losses": losses, "own": own, "layers": dict(zip(names[1:], chosen))}))


main()
