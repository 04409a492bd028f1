"""What a program on PyTorch eager does for one picture, a zoom or a clip, as a process of its own.

    python3 torch_dream.py FOLDER PICTURE WIDTHxHEIGHT OCTAVES STEPS[,STEPS…] FRAMES [clip]

google/deepdream's rules: octaves 1.4 apart, the detail of each enlarged into the next, steps of 1.5/255 along the gradient of
½·mean(a²) over its mean size, the picture rolled by up to 32 px. Each further frame is the last one, zoomed by 1.5 a second at 24
frames a second, and dreamed again; or, of a clip, as DeepDreamAnim makes it: what the dream added to the last frame moves along
OpenCV's Farneback flow, is added to the next picture, and dreamed again. FOLDER: see torch_graph.py. PICTURE: planar RGB, 0..1,
float32; of a clip all its pictures. Prints a line of JSON: seconds of dreaming alone, and the most memory the process took, bytes.
"""
import json
import os
import resource
import sys
import time

import numpy
import torch
import torch.nn.functional as F

from torch_graph import Exported

SCALE, RATE, SHIFT = 1.4, 1.5 / 255, 32


def resized(picture, size):
    return F.interpolate(picture, size, mode="bicubic", align_corners=False)


def step(network, picture):
    moved = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
    x = torch.roll(picture, moved, (2, 3)).requires_grad_()
    (0.5 * network(x).pow(2).mean()).backward()
    x = (x.detach() + RATE * x.grad / x.grad.abs().mean()).clamp(0, 1)
    return torch.roll(x, [-v for v in moved], (2, 3))


def dream(network, picture, octaves, steps):
    height, width = picture.shape[2:]
    detail = None
    for octave in range(octaves):
        factor = SCALE ** (octaves - 1 - octave)
        size = (round(height / factor), round(width / factor))
        base = resized(picture, size)
        x = base if detail is None else base + resized(detail, size)
        for _ in range(steps[min(octave, len(steps) - 1)]):
            x = step(network, x)
        detail = x - base
    return x


def zoomed(picture, factor):
    grid = F.affine_grid(torch.tensor([[[1 / factor, 0, 0], [0, 1 / factor, 0]]]), picture.shape, align_corners=False)
    return F.grid_sample(picture, grid, padding_mode="reflection", align_corners=False)


def gray(picture):
    return (picture[0].permute(1, 2, 0).numpy() @ [0.299, 0.587, 0.114] * 255).astype(numpy.uint8)


def carried(last, before, now):
    """The picture `now` with what the dream `last` added to the picture `before`, moved along the flow."""
    import cv2

    flow = cv2.calcOpticalFlowFarneback(gray(now), gray(before), None, 0.5, 3, 15, 3, 5, 1.2, 0)
    height, width = flow.shape[:2]
    x, y = numpy.meshgrid(numpy.arange(width, dtype=numpy.float32), numpy.arange(height, dtype=numpy.float32))
    added = (last - before)[0].permute(1, 2, 0).numpy()
    moved = cv2.remap(added, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
    return (now + torch.from_numpy(moved).permute(2, 0, 1)[None]).clamp(0, 1)


folder, file, size, octaves, steps, frames, *kind = sys.argv[1:]
torch.manual_seed(0)
torch.set_num_threads(os.cpu_count() or 1)
width, height = map(int, size.split("x"))
pictures = torch.from_numpy(numpy.fromfile(file, dtype=numpy.float32).reshape(-1, 1, 3, height, width))
network = Exported(folder)
start = time.time()
picture = pictures[0]
for frame in range(int(frames)):
    if frame and kind == ["clip"]:
        picture = carried(picture, pictures[frame - 1], pictures[frame])
    elif frame:
        picture = zoomed(picture, 1.5 ** (1 / 24))
    picture = dream(network, picture, int(octaves), list(map(int, steps.split(","))))
seconds = time.time() - start
print(json.dumps({"seconds": seconds, "bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
