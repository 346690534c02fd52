"""The same jobs in Python: train-resnet18-32 PICTURES, load ARCHITECTURE FILE. Prints one line of JSON."""
import json
import resource
import sys
import time

import torch
import torchvision


def train_resnet18(pictures):
    torch.manual_seed(1)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    raw = torch.randint(0, 256, (pictures, 3, 32, 32), dtype=torch.uint8)
    labels = torch.arange(pictures) % 10
    model = torchvision.models.resnet18(num_classes=10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    loss_of = torch.nn.CrossEntropyLoss()
    model.train()
    for _ in range(2):
        start = time.perf_counter()
        order = torch.randperm(pictures)
        for rows in order.split(100):
            inputs = (raw[rows].float() / 255 - mean) / std
            optimizer.zero_grad()
            loss = loss_of(model(inputs), labels[rows])
            loss.backward()
            optimizer.step()
            loss.item()
        seconds = time.perf_counter() - start
    return {"picturesPerSecond": pictures / seconds, "loss": loss.item()}


def load(architecture, path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start = time.perf_counter()
    model = getattr(torchvision.models, architecture)()
    model.load_state_dict(torch.load(path))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "peakBytes": peak - before}


job, arguments = sys.argv[1], sys.argv[2:]
print(json.dumps(train_resnet18(int(arguments[0])) if job == "train-resnet18-32" else load(*arguments)))
