"""Gradients of ½·mean(a²) in PyTorch eager: milliseconds by network and size as JSON.

Arguments: number of runs, then NETWORK:LAYER:SIZE for each case, with networks of torch_networks.py. TORCH_DEVICE is the
device, by default cpu; TORCH_IN_ROW is the number of gradients that are queued before a wait.
"""
import json
import os
import sys
import time

import torch
from torch_networks import features, networks

torch.set_num_threads(os.cpu_count() or 1)
runs, *wanted = sys.argv[1:]
device = os.environ.get("TORCH_DEVICE", "cpu")
in_row = int(os.environ.get("TORCH_IN_ROW", "1"))
name = torch.cuda.get_device_name() if device == "cuda" else device
result = {}
for key in wanted:
    network, layer, size = key.split(":")
    width, height = map(int, size.split("x"))
    net = networks[network]().eval().requires_grad_(False).to(device)
    times = []
    for _ in range(int(runs) + 2):
        x = torch.full((1, 3, height, width), 0.4, requires_grad=True, device=device)
        start = time.time()
        for _ in range(in_row):
            (0.5 * features(network, net, x, layer).pow(2).mean()).backward()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(1000 * (time.time() - start) / in_row)
    result[key] = sorted(times[2:])[int(runs) // 2]
print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads(), "device": name, "ms": result}))
