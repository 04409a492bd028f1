"""One gradient of ½·mean(a²) of the bundled network's architecture in PyTorch eager: milliseconds as JSON."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training"))
from network import Pocket  # noqa: E402

layer, runs, *sizes = sys.argv[1:]
net = Pocket().eval().requires_grad_(False)
result = {}
for size in map(int, sizes):
    times = []
    for _ in range(int(runs) + 2):
        x = torch.full((1, 3, size, size), 0.4, requires_grad=True)
        start = time.time()
        (0.5 * net.features(x)[layer].pow(2).mean()).backward()
        times.append(1000 * (time.time() - start))
    result[size] = sorted(times[2:])[int(runs) // 2]
print(json.dumps(result))
