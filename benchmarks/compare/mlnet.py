"""ML.NET's image featurizer and L-BFGS maximum entropy, beside a probe of the same network here: fit, evaluate, predict one by one.

    /usr/bin/python3 benchmarks/compare/mlnet.py WEIGHTS IMAGES [--repeats 3]

WEIGHTS is the ResNet-18 of the package Microsoft.ML.DnnImageFeaturizer.ResNet18 as safetensors; IMAGES a zip file or folder with
train/CLASS/*.jpg and val/CLASS/*.jpg. Both sides resize to 224 and crop the middle, and use every core.
"""
import argparse
import os
import subprocess
import tempfile

from frozen import find
from measure import HERE, ROOT, build, interleave, median, row, write


def main():
    parser = argparse.ArgumentParser(description="ML.NET's image featurizer beside a probe of the same network.")
    parser.add_argument("weights")
    parser.add_argument("images")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    project = os.path.join(HERE, "mlnet")
    subprocess.run(["dotnet", "build", "-c", "Release", project, "-v", "quiet"], check=True, cwd=ROOT)
    target = subprocess.run(
        ["dotnet", "msbuild", project, "-getProperty:TargetPath", "-p:Configuration=Release"], capture_output=True, text=True, check=True, cwd=ROOT)
    theirs = target.stdout.strip().removesuffix(".dll")
    with tempfile.TemporaryDirectory() as work:
        images = find(options.images, work)
        binary = build()
        ours, half, peer = interleave(
            options.repeats,
            ([binary, "job", "mlnet", options.weights, images, "Float32"], None),
            ([binary, "job", "mlnet", options.weights, images, "BFloat16"], None),
            ([theirs, images], None))
    name = f"ResNet-18 of CNTK, {ours[0]['images']} photographs"
    rows = []
    for results, way, goal in ((ours, "", 0.55), (half, ", bfloat16 allowed", 0.55)):
        rows += [
            row(f"{name}: accuracy on the validation images{way}, to ML.NET's", median(results, "accuracy"), median(peer, "accuracy"), 1, "atLeast"),
            row(f"{name}: load, features and fit{way}, seconds to ML.NET's", median(results, "fitSeconds"), median(peer, "fitSeconds"), goal, "atMost"),
            row(f"{name}: evaluate{way}, seconds to ML.NET's", median(results, "evaluateSeconds"), median(peer, "evaluateSeconds"), goal, "atMost"),
        ]
    rows += [
        row(f"{name}: predict one by one, images/s to ML.NET's", median(ours, "predictionsPerSecond"), median(peer, "predictionsPerSecond"), 1, "atLeast"),
        row(f"{name}: peak memory to ML.NET's", median(ours, "peakBytes"), median(peer, "peakBytes"), 1, "atMost"),
    ]
    write("mlnet", options.repeats, rows, results={"ours": ours, "bfloat16 allowed": half, "ML.NET": peer})


if __name__ == "__main__":
    main()
