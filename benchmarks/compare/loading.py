"""Filling ResNet-50 from a file of 102 MB: beside reading the file in pieces of 1 MB, and beside Python; then larger networks.

Each run is a process of its own.

    /usr/bin/python3 benchmarks/compare/loading.py [--repeats 7]
"""
import argparse
import os
import sys
import tempfile

import torch
import torchvision

from measure import HERE, TUNED, build, interleave, median, row, run, write


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
    text += b" " * (-len(text) % 8)  # as the published writer does, so that numbers lie on their own boundaries
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
        safetensors(torchvision.models.mobilenet_v3_small().state_dict(), path("small.safetensors"))
        small = {".pth": path("small.pth"), "safetensors": path("small.safetensors")}
        files = {".pth": path("resnet50.pth"), "safetensors": path("resnet50.safetensors")}
        job = lambda form, way, *known: ([binary, "job", "loading", "resnet50", files[form], way, *known], None)
        python = [sys.executable, os.path.join(HERE, "loading_peer.py"), "resnet50", files[".pth"], small[".pth"]]
        names = {"copy": "copied", "map": "mapped", "map-verified": "mapped, verified before as the store's files are"}
        cases = [(form, way) for form in files for way in names if form == ".pth" or way != "map-verified"]
        *ours, first, installed, tuned = interleave(
            options.repeats, *(job(form, way, small[form]) for form, way in cases), job(".pth", "copy"), (python, None), (python, TUNED))
        ours = dict(zip(cases, ours))
        rows = []
        for (form, way), results in ours.items():
            what = f"fill a built ResNet-50 from {form}, {names[way]}, seconds"
            # What is copied fills memory that is new, which a read into the same block again and again does not: a figure without a goal.
            goal = None if way == "copy" else 2.0
            rows.append(row(f"{what}, to reading the file", median(results, "load"), median(results, "raw"), goal, "atMost"))
            rows.append(row(f"{what}, to Python's torch.load + load_state_dict as installed", median(results, "load"), median(installed, "load"), 0.1, "atMost"))
            rows.append(row(f"{what}, to Python tuned", median(results, "load"), median(tuned, "load"), 1.0, "atMost"))
            rows.append(row(f"{what}, and sum up every weight, to Python's loading and summing as installed",
                            median(results, "loadAndTouch"), median(installed, "loadAndTouch"), 1.0, "atMost"))
            rows.append(row(f"{what}, building included, to Python as installed", median(results, "buildAndLoad"), median(installed, "buildAndLoad"), 0.1, "atMost"))
            rows.append(row(f"{what.removesuffix(', seconds')}: peak memory, to the file", median(results, "peakBytes"), median(results, "fileBytes"), 1.15, "atMost"))
        what = "build and fill ResNet-50 from .pth, copied, as the first thing a process does, compiling included"
        rows.append(row(f"{what}, seconds, to Python as installed", median(first, "buildAndLoad"), median(installed, "buildAndLoad"), 0.5, "atMost"))
        rows.append(row(f"{what}: peak memory, to the file", median(first, "peakBytes"), median(first, "fileBytes"), 1.15, "atMost"))
        for architecture in ("vgg16", "vit_l_16"):
            large = path(f"{architecture}.pth")
            run([sys.executable, os.path.join(HERE, "jobs.py"), "write", architecture, large])
            load = lambda way: ([binary, "job", "load", architecture, large, way], None)
            python = ([sys.executable, os.path.join(HERE, "jobs.py"), "load", architecture, large], None)
            copied, mapped, theirs = interleave(min(options.repeats, 3), load("copy"), load("map"), python)
            for way, results in (("copied", copied), ("mapped", mapped)):
                what = f"build and fill {architecture} from .pth, {way}, as the first thing a process does"
                rows.append(row(f"{what}, seconds, to Python as installed", median(results, "seconds"), median(theirs, "seconds"), 0.1, "atMost"))
                rows.append(row(f"{what}: peak memory, to the file", median(results, "peakBytes"), os.path.getsize(large), 1.15, "atMost"))
            os.remove(large)
    write("loading", options.repeats, rows)


main()
