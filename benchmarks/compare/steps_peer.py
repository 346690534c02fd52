"""The peer of OptimizerJobs.cs: steps of vit_b_16 and of BERT-base with AdamW.

    steps_peer.py NAME STEPS
"""
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F


def main():
    name, steps = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(1)
    if name == "bert":
        import text_peer

        model = text_peer.Bert()
        inputs = (torch.arange(8 * 128) * 7919 % 30000 + 1).view(8, 128)
    else:
        import torchvision

        model = getattr(torchvision.models, name)(num_classes=10)
        inputs = torch.randn(8, 3, 224, 224)
    labels = torch.arange(8) % 2
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5)
    model.train()
    seconds = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": statistics.median(seconds[1:])}))


main()
