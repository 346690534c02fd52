"""ML.NET's image featurizer and L-BFGS maximum entropy, beside a probe of the same network here: fit, evaluate, predict one by one.

    /usr/bin/python3 benchmarks/compare/mlnet.py WEIGHTS IMAGES [--repeats 3]

WEIGHTS is the ResNet-18 of the package Microsoft.ML.DnnImageFeaturizer.ResNet18 as safetensors; IMAGES a zip file or folder with
train/CLASS/*.jpg and val/CLASS/*.jpg. Both sides resize to 224 and crop the middle, and use every core; both are as their packages have
them, with .NET's own settings and, both again, without its profiling of managed code (TieredPGO), as this library's template sets it.
--one-core pins each to one and compares the CPU's seconds of the whole job, for machines on which others work.
"""
import argparse
import os
import subprocess
import tempfile

from frozen import find
from measure import HERE, ROOT, as_package, build, interleave, median, row, write

# The precision that is asked for, what the rows call it, and the share of ML.NET's seconds that it should take at most.
WAYS = [("Float32", "", 0.55), ("BFloat16", ", bfloat16 allowed", 0.55), ("Int8", ", int8", 0.334)]
UNPROFILED = [way for way in WAYS if way[0] != "BFloat16"]


def main():
    parser = argparse.ArgumentParser(description="ML.NET's image featurizer beside a probe of the same network.")
    parser.add_argument("weights")
    parser.add_argument("images")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one-core", action="store_true")
    options = parser.parse_args()
    project = os.path.join(HERE, "mlnet")
    subprocess.run(["dotnet", "build", "-c", "Release", project, "-v", "quiet"], check=True, cwd=ROOT)
    target = subprocess.run(
        ["dotnet", "msbuild", project, "-getProperty:TargetPath", "-p:Configuration=Release"], capture_output=True, text=True, check=True, cwd=ROOT)
    theirs = target.stdout.strip().removesuffix(".dll")
    with tempfile.TemporaryDirectory() as work:
        images = find(options.images, work)
        binary = as_package(build(), work)
        pinned, threads = (["taskset", "-c", "1"], {"OMP_NUM_THREADS": "1"}) if options.one_core else ([], None)

        def runs(some, settings):
            return [
                *(([*pinned, binary, "job", "mlnet", options.weights, images, precision], settings) for precision, *_ in some),
                ([*pinned, theirs, images], settings)]

        unprofiled = [] if options.one_core else runs(UNPROFILED, {"DOTNET_TieredPGO": "0"})
        measured = interleave(options.repeats, *runs(WAYS, threads), *unprofiled)
    *ways, peer = measured[:len(WAYS) + 1]
    ours = ways[0]
    name = f"ResNet-18 of CNTK, {ours[0]['images']} photographs"
    rows = []
    job = "load, fit, evaluate, and predict the validation images one by one"
    for results, (_, way, goal) in zip(ways, WAYS):
        rows.append(row(f"{name}: accuracy on the validation images{way}, to ML.NET's", median(results, "accuracy"), median(peer, "accuracy"), 1, "atLeast"))
        if options.one_core:
            rows.append(row(f"{name}: {job}{way}, seconds of one core to ML.NET's", median(results, "cpuSeconds"), median(peer, "cpuSeconds"), goal, "atMost"))
            continue
        for part, field in (("load, features and fit", "fitSeconds"), ("evaluate", "evaluateSeconds")):
            rows.append(row(f"{name}: {part}{way}, seconds to ML.NET's", median(results, field), median(peer, field), goal, "atMost"))
    if not options.one_core:
        *again, rival = measured[len(WAYS) + 1:]
        for results, (_, way, goal) in zip(again, UNPROFILED):
            rows.append(row(
                f"{name}: load, features and fit{way}, both without .NET's profiling, seconds to ML.NET's",
                median(results, "fitSeconds"), median(rival, "fitSeconds"), goal, "atMost"))
        rows.append(row(
            f"{name}: predict one by one, images/s to ML.NET's", median(ours, "predictionsPerSecond"), median(peer, "predictionsPerSecond"), 1, "atLeast"))
    rows.append(row(f"{name}: peak memory to ML.NET's", median(ours, "peakBytes"), median(peer, "peakBytes"), 1, "atMost"))
    write("mlnet", options.repeats, rows, results={**{precision: results for results, (precision, *_) in zip(ways, WAYS)}, "ML.NET": peer})


if __name__ == "__main__":
    main()
