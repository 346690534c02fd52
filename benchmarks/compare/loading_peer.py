"""The same in Python: loading_peer.py ARCHITECTURE FILE [SMALL]. Prints one line of JSON."""
import json
import sys
import time

import torch
import torchvision


def fill(architecture, path):
    start = time.perf_counter()
    model = getattr(torchvision.models, architecture)()
    build = time.perf_counter() - start
    start = time.perf_counter()
    model.load_state_dict(torch.load(path))
    load = time.perf_counter() - start
    start = time.perf_counter()
    assert all(bool(value.sum().isfinite()) for value in model.state_dict().values())
    return build, load, time.perf_counter() - start


if len(sys.argv) > 3:
    fill("mobilenet_v3_small", sys.argv[3])
build, load, touch = fill(sys.argv[1], sys.argv[2])
print(json.dumps({"build": build, "load": load, "buildAndLoad": build + load, "loadAndTouch": load + touch}))
