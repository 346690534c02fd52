"""Training steps beside Python: every weight of ResNet-18 at 32 pixels, ViT-B/16 at 224, BERT-base; the optimizer's part of them; and what finding
the fastest form of a frozen network costs.

    /usr/bin/python3 benchmarks/compare/steps.py --blas FOLDER [--repeats 3] [--images 4000] [--steps 2]

FOLDER holds the libblas.so.3 of a quick BLAS, such as that of the package libopenblas0-pthread unpacked anywhere: Debian's PyTorch may multiply
matrices with the reference BLAS. Python's allocator is tuned as this library's is. Of two epochs the second counts; .NET compiles its methods anew
while a program's first seconds pass, so an epoch must be longer than those.
"""
import argparse
import os
import statistics
import sys
import tempfile

from measure import HERE, THREADS, TUNED, blas, blas_name, build, interleave, median, row, write


def ratio(name, ours, peer, goal, direction, value=lambda result: result):
    """The median of the ratios of one repeat each: what else the machine does disturbs both sides of a repeat alike."""
    middle = statistics.median(value(a) / value(b) for a, b in zip(ours, peer))
    return row(name, middle, 1, goal, direction)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--blas", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=2)
    options = parser.parse_args()
    binary = build()
    tuned = {**TUNED, **blas(options.blas)}
    rows = []
    with tempfile.TemporaryDirectory(prefix="steps-benchmark-") as home:
        job = lambda *arguments: ([binary, "job", *(str(argument) for argument in arguments)], {"TRANSFERLEARNING_HOME": home})
        python = lambda environment, script, *arguments: (
            [sys.executable, os.path.join(HERE, script), *(str(argument) for argument in arguments)], environment)
        plain, measured, theirs = interleave(
            options.repeats,
            job("train-resnet18-32", options.images),
            job("train-resnet18-32", options.images, "measured"),
            python(TUNED, "jobs.py", "train-resnet18-32", options.images)) # it needs no BLAS, whose threads would only wait
        speed = lambda result: result["imagesPerSecond"]
        what = "train ResNet-18 at 32 px, batch 100, float32, images/s"
        rows.append(ratio(f"{what}, in the layout that is measured to be faster, to Python with its allocator tuned", measured, theirs, 1.1, "atLeast", speed))
        rows.append(ratio(f"{what}, in the plain layout, to Python with its allocator tuned", plain, theirs, 1.0, "atLeast", speed))
        whole = lambda result: 1 / (result["forward"] + result["backward"] + result["onePass"] if "forward" in result else result["seconds"])
        for name, shown in (("vit_b_16", "ViT-B/16 at 224 px, batch 8"), ("bert", "BERT-base, batch 8 x 128")):
            ours, theirs = interleave(
                min(options.repeats, 2),
                job("optimizer", name, options.steps, THREADS),
                python(tuned, "steps_peer.py", name, options.steps))
            rows.append(ratio(f"train {shown}, AdamW, float32, steps/s, to Python with OpenBLAS and its allocator tuned", ours, theirs, 1.1, "atLeast", whole))
            rows.append(row(f"train {shown}: AdamW in one pass over memory, seconds to LibTorch's operators", median(ours, "onePass"), median(ours, "operators"), 0.5, "atMost"))
        (small,) = interleave(1, job("optimizer", "resnet18", 20, THREADS))
        rows.append(row("ResNet-18: SGD with momentum in one pass over memory, seconds to LibTorch's operators", median(small, "onePass"), median(small, "operators"), 0.9, "atMost"))
        for precision in ("Float32", "BFloat16"):
            (forms,) = interleave(options.repeats, job("forms", "resnet18", 224, 32, precision, THREADS))
            shown = f"features of ResNet-18 at 224 px, batches of 32, {precision.lower()} allowed"
            rows.append(row(f"{shown}: the first batch beyond the others, fastest form not known yet, in plain batches", median(forms, "measured"), 1, 1.5, "atMost"))
            rows.append(row(f"{shown}: the same when it is remembered", median(forms, "remembered"), 1, 1.5, "atMost"))
            rows.append(row(f"{shown}: seconds of 244 images the first time, to the second", median(forms, "seconds244"), median(forms, "seconds244Again"), 1.2, "atMost"))
            rows.append(row(f"{shown}: images/s in the form that was chosen, to the plain network", median(forms, "plainBatch"), median(forms, "steadyBatch"), 1.0, "atLeast"))
    write("steps", options.repeats, rows, otherBlas=blas_name(options.blas))


main()
