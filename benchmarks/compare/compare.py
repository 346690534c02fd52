"""Runs one job here and in Python, alternately, and writes the ratios of the medians.

    /usr/bin/python3 benchmarks/compare/compare.py [--repeats 5] [--pictures 2000] [--only WORDS]

Python is run twice: as installed, and with glibc's allocator set as this library sets it (MALLOC_*_ environment variables).
Rows of benchmarks/results/compare.json: name, ratio, goal, direction (atLeast or atMost), and the numbers behind them.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROJECT = os.path.join(ROOT, "benchmarks", "TransferLearning.Benchmarks")
TUNED = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1), "MALLOC_TOP_PAD_": str(64 << 20)}


def run(command, environment=None):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(job, repeats, binary):
    ours, python, tuned = [], [], []
    for repeat in range(repeats):
        sides = [
            (ours, [binary, "job", *job], None),
            (python, [sys.executable, os.path.join(HERE, "jobs.py"), *job], None),
            (tuned, [sys.executable, os.path.join(HERE, "jobs.py"), *job], TUNED),
        ]
        for results, command, environment in sides if repeat % 2 == 0 else reversed(sides):
            results.append(run(command, environment))
    return ours, python, tuned


def median(results, field):
    return statistics.median(result[field] for result in results)


def row(name, ours, peer, goal, direction):
    ratio = ours / peer
    print(f"{name:<70} {ratio:7.3f}   ({ours:.4g} / {peer:.4g})")
    return {"name": name, "ratio": round(ratio, 4), "goal": goal, "direction": direction, "ours": ours, "peer": peer}


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
    subprocess.run(["dotnet", "build", "-c", "Release", PROJECT, "-v", "quiet"], check=True, cwd=ROOT)
    built = subprocess.run(
        ["dotnet", "msbuild", PROJECT, "-getProperty:TargetPath", "-p:Configuration=Release"], capture_output=True, text=True, check=True, cwd=ROOT)
    binary = built.stdout.strip().removesuffix(".dll")
    rows = []
    if options.only in "train-resnet18-32":
        ours, python, tuned = measure(["train-resnet18-32", str(options.pictures)], options.repeats, binary)
        field = "picturesPerSecond"
        rows.append(row("train ResNet-18 at 32 px, pictures/s, to Python as installed", median(ours, field), median(python, field), 1.0, "atLeast"))
        rows.append(row("train ResNet-18 at 32 px, pictures/s, to Python with its allocator tuned", median(ours, field), median(tuned, field), 0.9, "atLeast"))
    with tempfile.TemporaryDirectory() as folder:
        for architecture in ("vgg16", "vit_l_16"):
            if options.only not in f"load {architecture}":
                continue
            path = checkpoint(architecture, folder)
            size = os.path.getsize(path)
            ours, python, tuned = measure(["load", architecture, path], options.repeats, binary)
            rows.append(row(f"build and load {architecture}, seconds, to Python as installed", median(ours, "seconds"), median(python, "seconds"), 0.1, "atMost"))
            rows.append(row(f"build and load {architecture}, seconds, to Python tuned", median(ours, "seconds"), median(tuned, "seconds"), 1.0, "atMost"))
            rows.append(row(f"build and load {architecture}, peak memory, to the file", median(ours, "peakBytes"), size, 1.15, "atMost"))
            rows.append(row(f"build and load {architecture}, peak memory, to Python as installed", median(ours, "peakBytes"), median(python, "peakBytes"), 1.0, "atMost"))
            os.remove(path)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False).stdout.strip()
    import torch
    machine = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    result = {
        "machine": f"{machine}, {os.cpu_count()} cores, {platform.system()}",
        "commit": commit,
        "python": f"Python {platform.python_version()}, torch {torch.__version__}",
        "dotnet": subprocess.run(["dotnet", "--version"], capture_output=True, text=True, check=True).stdout.strip(),
        "repeats": options.repeats,
        "rows": rows,
    }
    target = os.path.join(ROOT, "benchmarks", "results", "compare.json")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")


main()
