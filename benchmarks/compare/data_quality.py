"""What an audit finds among labels of which a twentieth was changed, what parts of a data set are worth, and which labels are worth most.

    python3 benchmarks/compare/data_quality.py --data FOLDER [--cache FOLDER] [--pieces FOLDER]

FOLDER holds cifar10/train.zip and test.zip (JPEG, a folder for each class), models/resnet20-12fca82f.th and text/trec_train.tsv and trec_test.tsv.
Every piece is a job of its own; what lies in --pieces already is not run again. There is no peer.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

from measure import HERE, build, write

SEEDS = [1, 2, 3]
PIECES = (
    [("features-cifar", None)]
    + [(f"labels-{name}", seed) for name in ("cifar", "trec", "emoji") for seed in SEEDS]
    + [("core-cifar", share) for share in (0.1, 0.25, 0.5)]
    + [(f"active-{name}", seed) for name in ("cifar", "emoji") for seed in SEEDS]
    + [("audit-cifar", None)]
    + [("hashes", distance) for distance in (4, 6, 8)]
)


def run(binary, part, number, options):
    name = part if number is None else f"{part}-{number}"
    file = os.path.join(options.pieces, name + ".json")
    if not os.path.exists(file):
        samples = os.path.join(HERE, "..", "..", "samples")
        command = [binary, "job", "data-quality", part, options.data, samples, options.cache] + ([] if number is None else [str(number)])
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        with open(file, "w") as target:
            target.write(text)
    with open(file) as source:
        return json.load(source)["result"]


def mean(values):
    return round(statistics.mean(values), 4)


def labels(results):
    """The means over the seeds of every number; the ways of pruning by their names."""
    summary = {key: mean([one[key] for one in results]) for key in results[0] if isinstance(results[0][key], float)}
    summary |= {key: results[0][key] for key in ("samples", "injected")}
    summary["methods"] = {
        first["method"]: {key: mean([one["methods"][place][key] for one in results]) for key in ("found", "precision", "recall")}
        for place, first in enumerate(results[0]["methods"])
    }
    return summary


def curves(results):
    return {
        way: [[point["labels"], mean([one["curves"][way][place]["accuracy"] for one in results])] for place, point in enumerate(curve)]
        for way, curve in results[0]["curves"].items()
    }


def main():
    parser = argparse.ArgumentParser(description="Data quality, core sets, active learning.")
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache", default=os.path.join(tempfile.gettempdir(), "data-quality-features"))
    parser.add_argument("--pieces", default=os.path.join(tempfile.gettempdir(), "data-quality-pieces"))
    parser.add_argument("--binary")
    options = parser.parse_args()
    os.makedirs(options.pieces, exist_ok=True)
    binary = options.binary or build()
    found = {(part, number): run(binary, part, number, options) for part, number in PIECES}
    of = lambda part: [result for (name, _), result in found.items() if name == part]
    write(
        "data-quality", len(SEEDS), [],
        labels={name: labels(of(f"labels-{name}")) for name in ("cifar", "trec", "emoji")},
        coreSets=of("core-cifar"),
        activeLearning={name: curves(of(f"active-{name}")) for name in ("cifar", "emoji")},
        audit=of("audit-cifar")[0], hashes=of("hashes"), pieces={f"{part} {number or ''}".strip(): result for (part, number), result in found.items()})


if __name__ == "__main__":
    main()
