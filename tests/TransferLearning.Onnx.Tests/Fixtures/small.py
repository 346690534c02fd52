"""Writes the small network of SmallNetwork.cs as torch.onnx.export does: small.py FOLDER. PyTorch 1.13."""

import os
import sys

import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(16, eps=1e-3)
        self.mix = nn.Conv2d(16, 16, 3, padding=1, groups=2)
        self.token = nn.Parameter(torch.zeros(1, 1, 16))
        self.positions = nn.Parameter(torch.zeros(1, 17, 16))
        self.ln = nn.LayerNorm(16, eps=1e-6)
        self.qkv = nn.Linear(16, 48)
        self.proj = nn.Linear(16, 16)
        self.scale = nn.Parameter(torch.ones(16))
        self.classifier = nn.Linear(16, 5)

    def forward(self, images):
        x = F.max_pool2d(F.relu6(self.norm(self.stem(images))), 3, 2, 1)
        x = F.avg_pool2d(F.hardswish(self.mix(x)), 3, 1, 1)
        x = x.flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        q, k, v = self.qkv(self.ln(x)).chunk(3, -1)
        x = x + self.proj((q @ k.transpose(1, 2) / 4).softmax(-1) @ v) * self.scale
        return self.classifier(F.gelu(x)[:, 0])


torch.set_num_threads(1)
torch.manual_seed(1)
model = Net().eval()
for name, value in model.state_dict().items():
    if value.is_floating_point():
        value.copy_(torch.rand_like(value) * 0.8 - (0.0 if "var" in name or name.endswith("norm.weight") else 0.4))
modes = {
    "folded": {"training": torch.onnx.TrainingMode.EVAL, "do_constant_folding": True},
    "plain": {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False, "keep_initializers_as_inputs": True},
}
for opset in (11, 13, 17):
    for mode, options in modes.items():
        torch.onnx.export(
            model, torch.zeros(1, 3, 16, 16), os.path.join(sys.argv[1], f"small-{opset}-{mode}.onnx"), opset_version=opset,
            input_names=["images"], output_names=["logits"],
            dynamic_axes={"images": {0: "batch"}, "logits": {0: "batch"}} if opset == 13 else None, **options)
