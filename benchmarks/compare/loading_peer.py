"""The same in Python: loading ARCHITECTURE FILE [SMALL]. Prints one line of JSON."""
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
    return build, time.perf_counter() - start


if len(sys.argv) > 4:
    fill("mobilenet_v3_small", sys.argv[4])
build, load = fill(sys.argv[2], sys.argv[3])
print(json.dumps({"build": build, "load": load, "buildAndLoad": build + load}))
