"""The same jobs in Python: train-resnet18-32 IMAGES, load ARCHITECTURE FILE, transfer WEIGHTS FOLDER EPOCHS; write ARCHITECTURE FILE makes a file.

Prints one line of JSON.
"""
import json
import resource
import sys
import time

import torch
import torchvision


def train_resnet18(images):
    torch.manual_seed(1)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    raw = torch.randint(0, 256, (images, 3, 32, 32), dtype=torch.uint8)
    labels = torch.arange(images) % 10
    model = torchvision.models.resnet18(num_classes=10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    loss_of = torch.nn.CrossEntropyLoss()
    model.train()
    for _ in range(2):
        start = time.perf_counter()
        order = torch.randperm(images)
        for rows in order.split(100):
            inputs = (raw[rows].float() / 255 - mean) / std
            optimizer.zero_grad()
            loss = loss_of(model(inputs), labels[rows])
            loss.backward()
            optimizer.step()
            loss.item()
        seconds = time.perf_counter() - start
    return {"imagesPerSecond": images / seconds, "loss": loss.item()}


def load(architecture, path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start = time.perf_counter()
    model = getattr(torchvision.models, architecture)()
    model.load_state_dict(torch.load(path))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "peakBytes": peak - before}


class PadsAsTensorFlow(torch.nn.Conv2d):
    """A 3 x 3 convolution of stride 2 that pads below and right only, for images of even size."""

    def forward(self, images):
        padded = torch.nn.functional.pad(images, (0, 1, 0, 1))
        return torch.nn.functional.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def transfer(weights, folder, epochs):
    from torchvision import datasets, transforms

    def network():
        model = torchvision.models.mobilenet_v2()
        model.load_state_dict(torch.load(weights))
        for module in model.modules():
            if type(module) is torch.nn.Conv2d and module.stride == (2, 2):
                module.__class__ = PadsAsTensorFlow
        model.classifier[1] = torch.nn.Linear(1280, 2)
        torch.nn.init.normal_(model.classifier[1].weight, 0, 0.02)
        torch.nn.init.zeros_(model.classifier[1].bias)
        return model

    normalise = transforms.Normalize([0.5] * 3, [0.5] * 3)
    plain = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), normalise])
    drawn = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), transforms.ToTensor(), normalise])
    loader = lambda part, transform, shuffle: torch.utils.data.DataLoader(
        datasets.ImageFolder(f"{folder}/{part}", transform), batch_size=32, shuffle=shuffle, num_workers=2)

    def accuracy(model):
        model.eval()
        with torch.no_grad():
            right = [(model(images).argmax(1) == labels).float() for images, labels in loader("val", plain, False)]
        return torch.cat(right).mean().item()

    loss_of = torch.nn.CrossEntropyLoss()
    torch.manual_seed(1)
    start = time.perf_counter()
    model = network().eval()
    with torch.no_grad():
        pairs = [(model.features(images).mean([2, 3]), labels) for images, labels in loader("train", plain, False)]
    features, labels = torch.cat([pair[0] for pair in pairs]), torch.cat([pair[1] for pair in pairs])
    optimizer = torch.optim.Adam(model.classifier[1].parameters(), lr=0.001)
    model.classifier.train()
    for _ in range(30):
        for rows in torch.randperm(len(labels)).split(32):
            optimizer.zero_grad()
            loss_of(model.classifier(features[rows]), labels[rows]).backward()
            optimizer.step()
    probe, probe_seconds = accuracy(model), time.perf_counter() - start

    start = time.perf_counter()
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.003, momentum=0.9)
    batches = loader("train", drawn, True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(batches))
    model.train()
    for _ in range(epochs):
        for images, labels in batches:
            optimizer.zero_grad()
            loss_of(model(images), labels).backward()
            optimizer.step()
            schedule.step()
    tuned = accuracy(model)
    return {"probeAccuracy": probe, "probeSeconds": probe_seconds, "tunedAccuracy": tuned, "tunedSeconds": time.perf_counter() - start}


job, arguments = sys.argv[1], sys.argv[2:]
if job == "train-resnet18-32":
    print(json.dumps(train_resnet18(int(arguments[0]))))
elif job == "write":
    torch.save(getattr(torchvision.models, arguments[0])().state_dict(), arguments[1])
    print("{}")
elif job == "transfer":
    print(json.dumps(transfer(arguments[0], arguments[1], int(arguments[2]))))
else:
    print(json.dumps(load(*arguments)))
