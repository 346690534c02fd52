"""The trainer beside a loop written by hand in TorchSharp, and the tutorial's job beside Python.

    /usr/bin/python3 benchmarks/compare/overhead.py [--repeats 5] [--images 4000] [--rounds 9]
"""
import argparse
import os
import sys

from measure import HERE, TUNED, build, interleave, median, row, write


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    binary = build()
    job = lambda *arguments: ([binary, "job", "overhead", *(str(argument) for argument in arguments)], None)
    steps = options.images // 100
    short, tutorial = interleave(options.repeats, job("resnet20", 2, 100, options.rounds, 1), job("resnet18", 100, steps, 3, 0))
    rows = [
        row(f"a step of about 10 ms ({1000 * median(short, 'byHand'):.1f} ms by hand) with trainer, a line of log and a report each, to one by hand",
            median(short, "ratio"), 1, 1.01, "atMost"),
        row("train ResNet-18 at 32 px, batch 100, images/s, to a loop by hand", 1, median(tutorial, "ratio"), 0.98, "atLeast")]
    training = lambda *ways: ([binary, "job", "train-resnet18-32", str(options.images), *ways], None)
    python = [sys.executable, os.path.join(HERE, "jobs.py"), "train-resnet18-32", str(options.images)]
    *ours, installed, tuned = interleave(
        options.repeats, training(), training("channels-last"), training("bfloat16", "channels-last"), (python, None), (python, TUNED))
    field = "imagesPerSecond"
    for way, results in zip(("", ", channels last", ", bfloat16 and channels last"), ours):
        what = f"train ResNet-18 at 32 px, batch 100{way}, images/s"
        rows.append(row(f"{what}, to Python as installed", median(results, field), median(installed, field), 1.1, "atLeast"))
        rows.append(row(f"{what}, to Python with its allocator tuned", median(results, field), median(tuned, field), 0.9, "atLeast"))
    write("overhead", options.repeats, rows)


main()
