"""Filling ResNet-50 from a file of 102 MB: beside reading the file in pieces of 1 MB, and beside Python. Each run is a process of its own.

    /usr/bin/python3 benchmarks/compare/loading.py [--repeats 7]
"""
import argparse
import os
import tempfile

import torch
import torchvision

from measure import beside_python, build, interleave, median, row, write


def safetensors(state, path):
    """The form's few lines: the length of the header, the header, the numbers."""
    import json
    import struct

    names = {torch.float32: "F32", torch.int64: "I64"}
    header, at = {}, 0
    for name, tensor in state.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in state.values():
            file.write(tensor.numpy().tobytes())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    binary = build()
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        torch.save(torchvision.models.mobilenet_v3_small().state_dict(), path("small.pth"))
        state = torchvision.models.resnet50().state_dict()
        torch.save(state, path("resnet50.pth"))
        safetensors(state, path("resnet50.safetensors"))
        small = torchvision.models.mobilenet_v3_small().state_dict()
        safetensors(small, path("small.safetensors"))

        ours, python, tuned = beside_python(["loading", "resnet50", path("resnet50.pth"), path("small.pth")], options.repeats, binary, "loading_peer.py")
        job = lambda *arguments: ([binary, "job", "loading", "resnet50", *arguments], None)
        tensors, first = interleave(options.repeats, job(path("resnet50.safetensors"), path("small.safetensors")), job(path("resnet50.pth")))
        rows = []
        for form, results in ((".pth", ours), ("safetensors", tensors)):
            rows.append(row(f"fill a built ResNet-50 from {form}, seconds, to reading the file", median(results, "load"), median(results, "raw"), 2.0, "atMost"))
        for form, results in ((".pth", ours), ("safetensors", tensors)):
            rows.append(row(f"fill a built ResNet-50 from {form}, seconds, to Python's torch.load + load_state_dict as installed",
                            median(results, "load"), median(python, "load"), 0.1, "atMost"))
        rows.append(row("the same from .pth to Python tuned", median(ours, "load"), median(tuned, "load"), 0.1, "atMost"))
        rows.append(row("build and fill from .pth, seconds, to Python as installed", median(ours, "buildAndLoad"), median(python, "buildAndLoad"), 0.1, "atMost"))
        rows.append(row("build and fill from .pth, seconds, to Python tuned", median(ours, "buildAndLoad"), median(tuned, "buildAndLoad"), 0.1, "atMost"))
        rows.append(row("the same as the first thing a process does, compiling included, to Python as installed",
                        median(first, "buildAndLoad"), median(python, "buildAndLoad"), 0.5, "atMost"))
        rows.append(row("peak memory from .pth, to the file", median(ours, "peakBytes"), median(ours, "fileBytes"), 1.15, "atMost"))
        rows.append(row("peak memory from safetensors, to the file", median(tensors, "peakBytes"), median(tensors, "fileBytes"), 1.15, "atMost"))
        rows.append(row("peak memory from .pth as the first thing a process does, to the file", median(first, "peakBytes"), median(first, "fileBytes"), 1.15, "atMost"))
    write("loading", options.repeats, rows)


main()
