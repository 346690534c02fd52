"""Programs of torch.jit and the weights in them: python3 make.py FOLDER. Made with PyTorch 1.13."""
import os
import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.fc = nn.Linear(4, 3)
        self.register_buffer("scale", torch.tensor([1.5, 2.5]))
        self.sizes = [1, 2]
        self.shares = [0.5]
        self.names = {"a": 1}

    def forward(self, x):
        return self.fc(self.layer1(x).mean([2, 3]))


torch.manual_seed(3)
folder = sys.argv[1]
model = Net().eval()
torch.save(model.state_dict(), os.path.join(folder, "weights.pth"))
torch.jit.script(model).save(os.path.join(folder, "scripted.pt"))
torch.jit.trace(model, torch.rand(1, 3, 8, 8)).save(os.path.join(folder, "traced.pt"))
torch.jit.freeze(torch.jit.script(model)).save(os.path.join(folder, "frozen.pt"))
