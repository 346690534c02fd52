"""A frozen ResNet-18 and a new head, ten epochs over JPEG files at 224 pixels, beside the uncached loop in Python.

    /usr/bin/python3 benchmarks/compare/frozen.py IMAGES [--repeats 3] [--epochs 10] [--python-epochs 2]

IMAGES is a zip file or folder with train/CLASS/*.jpg. There should be five batches of 32 or more, as with fewer no faster form of the
network is made; the hymenoptera images of PyTorch's tutorial are eight. Python's epochs cost the same each, so it runs --python-epochs of them and its
images a second stand for all. First run: nothing is known, features are written to the disk cache. Second run: another process
that finds them there.
"""
import argparse
import os
import shutil
import sys
import tempfile
import zipfile

from measure import HERE, TUNED, build, median, row, run, write


def main():
    parser = argparse.ArgumentParser(description="A frozen ResNet-18 and a new head, beside the uncached loop in Python.")
    parser.add_argument("images", metavar="IMAGES", help="zip file or folder with train/CLASS/*.jpg, such as hymenoptera_data.zip")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--python-epochs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        images = find(options.images, work)
        if images is None:
            parser.error(f"{options.images} is no zip file or folder with a folder 'train' that has one folder of images for each class")
        binary = build()
        weights = os.path.join(work, "resnet18.pth")
        peer = [sys.executable, os.path.join(HERE, "frozen_peer.py")]
        run([*peer, "weights", "resnet18", weights])
        results = {name: [] for name in ("first", "second", "first, bfloat16 allowed", "first, oneDNN repaired", "python", "python tuned")}
        for repeat in range(options.repeats):
            turns = [
                lambda: ours("first", "second"),
                lambda: ours("first, bfloat16 allowed", precision="BFloat16"),
                lambda: ours("first, oneDNN repaired", mode="Repaired"),
                lambda: python("python", None),
                lambda: python("python tuned", TUNED),
            ]

            def ours(first, second=None, mode="Auto", precision="Float32"):
                cache = os.path.join(work, "cache")
                shutil.rmtree(cache, ignore_errors=True)
                job = [binary, "job", "frozen", "resnet18", weights, images, str(options.epochs), cache, mode, precision]
                results[first].append(run(job))
                if second:
                    results[second].append(run(job))

            def python(name, environment):
                results[name].append(run([*peer, "resnet18", weights, images, str(options.python_epochs)], environment))

            for turn in turns if repeat % 2 == 0 else reversed(turns):
                turn()
    rate = {name: median(kept, "imagesPerSecond") for name, kept in results.items()}
    job = f"frozen ResNet-18, {options.epochs} epochs"
    rows = [
        row(f"{job}, first run, bfloat16 allowed, images/s to Python's uncached loop as installed", rate["first, bfloat16 allowed"], rate["python"], 20, "atLeast"),
        row(f"{job}, first run, images/s to Python's uncached loop as installed", rate["first"], rate["python"], 20, "atLeast"),
        row(f"{job}, second run from the disk cache, images/s to Python's uncached loop as installed", rate["second"], rate["python"], 100, "atLeast"),
    ]
    write(
        "frozen", options.repeats, rows,
        images=f"{results['first'][0]['images']} JPEG files, resized to 256 and cropped to 224",
        pythonEpochs=f"{options.python_epochs} measured, each costs the same",
        imagesPerSecond={name: round(value, 1) for name, value in rate.items()},
        ratios={
            f"{ours_name} to {python_name}": round(rate[ours_name] / rate[python_name], 1)
            for ours_name in ("first", "second", "first, bfloat16 allowed", "first, oneDNN repaired") for python_name in ("python", "python tuned")
        },
        oneDnn={name: results[name][0]["oneDnnIsOn"] for name in ("first", "first, oneDNN repaired")},
        headSeconds=median(results["second"], "headSeconds"))


def find(images, work):
    """The folder that has train/CLASS in it, unpacked if it is in a zip file (both sides read files); None if there is none."""
    if zipfile.is_zipfile(images):
        with zipfile.ZipFile(images) as archive:
            archive.extractall(os.path.join(work, "images"))
        images = os.path.join(work, "images")
    inner = [entry.path for entry in os.scandir(images) if entry.is_dir()] if os.path.isdir(images) else []
    for folder in [images, *(inner if len(inner) == 1 else [])]:
        train = os.path.join(folder, "train")
        if os.path.isdir(train) and any(entry.is_dir() for entry in os.scandir(train)):
            return folder
    return None


if __name__ == "__main__":
    main()
