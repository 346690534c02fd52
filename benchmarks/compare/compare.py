"""Training a step and loading a network, here and in Python.

    /usr/bin/python3 benchmarks/compare/compare.py [--repeats 5] [--pictures 2000] [--only WORDS]
"""
import argparse
import os
import subprocess
import sys
import tempfile

from measure import beside_python, build, median, row, write


def checkpoint(architecture, folder):
    path = os.path.join(folder, f"{architecture}.pth")
    code = f"import torch, torchvision; torch.save(torchvision.models.{architecture}().state_dict(), {path!r})"
    subprocess.run([sys.executable, "-c", code], check=True)
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    binary = build()
    rows = []
    if options.only in "train-resnet18-32":
        ours, python, tuned = beside_python(["train-resnet18-32", str(options.pictures)], options.repeats, binary, "jobs.py")
        field = "picturesPerSecond"
        rows.append(row("train ResNet-18 at 32 px, pictures/s, to Python as installed", median(ours, field), median(python, field), 2.0, "atLeast"))
        rows.append(row("train ResNet-18 at 32 px, pictures/s, to Python with its allocator tuned", median(ours, field), median(tuned, field), 0.9, "atLeast"))
    with tempfile.TemporaryDirectory() as folder:
        for architecture in ("vgg16", "vit_l_16"):
            if options.only not in f"load {architecture}":
                continue
            path = checkpoint(architecture, folder)
            size = os.path.getsize(path)
            ours, python, tuned = beside_python(["load", architecture, path], options.repeats, binary, "jobs.py")
            rows.append(row(f"build and load {architecture}, seconds, to Python as installed", median(ours, "seconds"), median(python, "seconds"), 0.1, "atMost"))
            rows.append(row(f"build and load {architecture}, seconds, to Python tuned", median(ours, "seconds"), median(tuned, "seconds"), 1.0, "atMost"))
            rows.append(row(f"build and load {architecture}, peak memory, to the file", median(ours, "peakBytes"), size, 1.15, "atMost"))
            rows.append(row(f"build and load {architecture}, peak memory, to Python as installed", median(ours, "peakBytes"), median(python, "peakBytes"), 1.0, "atMost"))
            os.remove(path)
    write("compare", options.repeats, rows)


main()
