"""Writes the same network for both sides: features_peer.py ARCHITECTURE SIDE WEIGHTS ONNX. Weights are random, statistics too."""
import sys

import torch
import torchvision

architecture, side, weights, onnx = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
torch.manual_seed(0)
model = getattr(torchvision.models, architecture)().eval()
for name, value in model.state_dict().items():
    if name.endswith("running_var"):
        value.uniform_(0.5, 1.5)
    elif name.endswith("running_mean"):
        value.normal_(0, 0.1)
torch.save(model.state_dict(), weights)
model.fc = torch.nn.Identity()
torch.onnx.export(
    model, torch.zeros(1, 3, side, side), onnx, opset_version=13, input_names=["images"], output_names=["features"],
    dynamic_axes={"images": {0: "n"}, "features": {0: "n"}})
print("{}")
