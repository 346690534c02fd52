"""Text networks beside Python torch: BERT-base's step and inference, the cache of a decoder, memory of loading, and what padding costs.

usage: text.py [repeats]
"""
import os
import shutil
import sys
import tempfile

from measure import beside_python, build, interleave, median, row, run, write

STEPS = "6"


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    binary = build()
    rows = []
    for job, what in (("text-bert-train", "training step"), ("text-bert-infer", "inference")):
        ours, plain, tuned = beside_python([job, STEPS], repeats, binary, "text_peer.py")
        speed = lambda results: 1 / median(results, "seconds")
        rows.append(row(f"BERT-base, batch 8 x 128, {what}: batches a second, beside Python as installed", speed(ours), speed(plain), 1.0, "atLeast"))
        rows.append(row(f"BERT-base, batch 8 x 128, {what}: batches a second, beside Python with its allocator tuned", speed(ours), speed(tuned), 1.0, "atLeast"))
    (written,) = interleave(repeats, ([binary, "job", "text-generation", "128"], None))
    assert all(result["sameTokens"] for result in written)
    rows.append(row("GPT-2 small, 128 tokens: with the cache, beside without", 1 / median(written, "withCache"), 1 / median(written, "withoutCache"), 5.0, "atLeast"))
    folder = tempfile.mkdtemp(prefix="text-benchmark-")
    try:
        run([binary, "job", "text-write", folder])
        (loaded,) = interleave(repeats, ([binary, "job", "text-load", folder], None))
        rows.append(row("BERT-base, loading: peak memory, beside the size of the file", median(loaded, "peakBytes"), median(loaded, "fileBytes"), 1.15, "atMost"))
    finally:
        shutil.rmtree(folder)
    (padded,) = interleave(repeats, ([binary, "job", "text-padding", "512"], None))
    rows.append(row("training on texts of many lengths: tokens a second, rows as long as needed, beside all of 128", median(padded, "dynamic"), median(padded, "padded"), 1.0, "atLeast"))
    write("text", repeats, rows)


if __name__ == "__main__":
    main()
