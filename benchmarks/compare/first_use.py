"""From the start of a process to its first prediction: load MobileNetV2, decode an image, predict; whole processes, run in turn.

    /usr/bin/python3 benchmarks/compare/first_use.py WEIGHTS.pth IMAGE [--repeats 9]

Ours in three forms: compiled as it runs, with the library compiled ahead of time as its package has it, and published with PublishReadyToRun.
What LibTorch's own start and end take is the same program without arguments.
"""
import argparse
import os
import subprocess
import sys
import tempfile

from measure import HERE, ROOT, THREADS, as_package, interleave, median, row, run, write

PROGRAM = os.path.join(ROOT, "benchmarks", "FirstUse")


def publish(folder, ahead):
    subprocess.run(
        ["dotnet", "publish", PROGRAM, "-c", "Release", "-v", "quiet", "-o", folder, f"-p:PublishReadyToRun={str(ahead).lower()}", "-p:RunAnalyzers=false"], check=True, cwd=ROOT)
    return os.path.join(folder, "FirstUse")


def main():
    parser = argparse.ArgumentParser(description="The first prediction of a program.")
    parser.add_argument("weights")
    parser.add_argument("image")
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    job = [options.weights, options.image]
    with tempfile.TemporaryDirectory() as folder:
        whole = publish(os.path.join(folder, "whole"), True)
        plain = publish(os.path.join(folder, "plain"), False)
        package = as_package(plain, os.path.join(folder, "package"))
        peer = [sys.executable, os.path.join(HERE, "first_use_peer.py"), *job, THREADS]
        forms = [[program, *job] for program in (plain, package, whole)]
        commands = [*forms, [package], peer]
        for command in commands:
            run(command)
        *ours, alone, theirs = interleave(options.repeats, *((command, None) for command in commands))
    rows = [
        row(f"start to first prediction of MobileNetV2, {name}, seconds, to Python", median(mine, "seconds"), median(theirs, "seconds"), 0.35, "atMost")
        for name, mine in zip(("compiled as it runs", "as the package has it", "published with PublishReadyToRun"), ours)
    ]
    notes = {part: round(median(ours[1], part), 4) for part in ("load", "predict")}
    notes["a program that loads LibTorch and ends"] = round(median(alone, "seconds"), 4)
    notes["of that, loading LibTorch"] = round(median(alone, "libTorch"), 4)
    write("first-use", options.repeats, rows, secondsOfParts=notes)


if __name__ == "__main__":
    main()
