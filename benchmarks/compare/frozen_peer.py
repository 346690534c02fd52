"""The usual loop in Python: every epoch decodes every image and runs it through the frozen network.

    frozen_peer.py weights ARCHITECTURE FILE        writes weights for both sides
    frozen_peer.py ARCHITECTURE WEIGHTS IMAGES EPOCHS
"""
import json
import os
import sys
import time

import torch
import torchvision
from torchvision import transforms


def main():
    if sys.argv[1] == "weights":
        torch.manual_seed(1)
        torch.save(getattr(torchvision.models, sys.argv[2])(weights=None).state_dict(), sys.argv[3])
        print("{}")
        return
    architecture, weights, images, epochs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    model = getattr(torchvision.models, architecture)(weights=None)
    model.load_state_dict(torch.load(weights))
    for parameter in model.parameters():
        parameter.requires_grad = False
    prepare = transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    dataset = torchvision.datasets.ImageFolder(os.path.join(images, "train"), prepare)
    model.fc = torch.nn.Linear(model.fc.in_features, len(dataset.classes))
    loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True, num_workers=os.cpu_count())
    optimizer = torch.optim.SGD(model.fc.parameters(), lr=0.001, momentum=0.9)
    loss_of = torch.nn.CrossEntropyLoss()
    model.eval()  # frozen batch norms keep their statistics
    start = time.perf_counter()
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            optimizer.step()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "imagesPerSecond": len(dataset) * epochs / seconds, "images": len(dataset)}))


main()
