"""The same job with Pillow and torchvision: images FOLDER SECONDS. Prints one line of JSON."""
import glob
import io
import json
import sys
import time

import torch
from PIL import Image
from torchvision import transforms

torch.set_num_threads(1)
folder, seconds = sys.argv[2], float(sys.argv[3])
files = [open(path, "rb").read() for path in sorted(glob.glob(f"{folder}/*.jpg"))]
pipeline = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])


def run(limit):
    before, start, count = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - start < limit:
        for file in files:
            pipeline(Image.open(io.BytesIO(file)).convert("RGB"))
        count += len(files)
    return {"millisecondsPerImage": 1000 * (time.process_time() - before) / count, "images": count}


run(seconds / 2)
print(json.dumps(run(seconds)))
