"""Text networks beside Python torch: BERT-base's step and inference, memory of loading, and what padding costs.

    /usr/bin/python3 benchmarks/compare/text.py [--repeats 5] [--blas FOLDER]

Debian's PyTorch multiplies matrices with whatever BLAS is installed, which may be the slow reference. FOLDER holds the libblas.so.3 of another one,
such as that of the package libopenblas0-pthread unpacked anywhere; Python is then measured with it too.
"""
import argparse
import os
import shutil
import sys
import tempfile

from measure import HERE, TUNED, blas, blas_name, build, interleave, median, row, run, write

STEPS = "4"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--blas")
    options = parser.parse_args()
    repeats = options.repeats
    binary = build()
    better = blas(options.blas) if options.blas else {}
    quick = {"with another BLAS": better, "with another BLAS and its allocator tuned": {**better, **TUNED}} if options.blas else {}
    rows = []
    for job, what in (("text-bert-train", "training step"), ("text-bert-infer", "inference")):
        python = lambda steps: [sys.executable, os.path.join(HERE, "text_peer.py"), job, steps]
        ours, *theirs = interleave(repeats, ([binary, "job", job, STEPS], None), *((python(STEPS), environment) for environment in quick.values()))
        # With the reference BLAS a step takes minutes: one is enough to see that.
        (installed,) = interleave(1 if options.blas else repeats, (python("1" if options.blas else STEPS), None))
        speed = lambda results: 1 / median(results, "seconds")
        for name, results in (("as installed", installed), *zip(quick, theirs)):
            rows.append(row(f"BERT-base, batch 8 x 128, {what}: batches a second, beside Python {name}", speed(ours), speed(results), 1.0, "atLeast"))
    folder = tempfile.mkdtemp(prefix="text-benchmark-")
    try:
        run([binary, "job", "text-write", folder])
        (loaded,) = interleave(repeats, ([binary, "job", "text-load", folder], None))
        rows.append(row("BERT-base, loading: peak memory, beside the size of the file", median(loaded, "peakBytes"), median(loaded, "fileBytes"), 1.15, "atMost"))
    finally:
        shutil.rmtree(folder)
    (padded,) = interleave(repeats, ([binary, "job", "text-padding", "512"], None))
    rows.append(row("training on texts of many lengths: tokens a second, rows as long as needed, beside all of 128", median(padded, "dynamic"), median(padded, "padded"), 1.0, "atLeast"))
    write("text", repeats, rows, otherBlas=blas_name(options.blas) if options.blas else None)


if __name__ == "__main__":
    main()
