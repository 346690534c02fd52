"""The first prediction of a program in Python: MODEL IMAGE THREADS."""
import json
import sys

import torch
import torchvision
from PIL import Image
from torchvision import transforms

torch.set_num_threads(int(sys.argv[3]))
model = torchvision.models.mobilenet_v2()
model.load_state_dict(torch.load(sys.argv[1]))
model.eval()
prepare = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
with torch.no_grad():
    scores = model(prepare(Image.open(sys.argv[2]).convert("RGB")).unsqueeze(0)).softmax(1)
print(json.dumps({"class": scores.argmax(1).item()}))
