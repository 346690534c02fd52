"""GPT-2 small writes: the cache beside none, and tokens a second beside greedy decoding with a cache written by hand in PyTorch. Weights in
fewer bits are those of WithPrecision; without the cache, and in Python, they are float32.

    /usr/bin/python3 benchmarks/compare/generation.py --blas FOLDER [--repeats 3]

FOLDER holds the libblas.so.3 of another BLAS than the reference, as in text.py. Its threads and those of OpenMP wait for each other asleep
(OMP_WAIT_POLICY), as they otherwise keep each other from the cores, and Python's allocator is set as this library sets it.
"""
import argparse
import os
import sys

from measure import HERE, TUNED, blas, blas_name, build, interleave, median, row, write

TOKENS = "128"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--blas", required=True)
    options = parser.parse_args()
    environment = {**blas(options.blas), **TUNED}
    python = [sys.executable, os.path.join(HERE, "generation_peer.py"), TOKENS]
    ours, theirs = interleave(options.repeats, ([build(), "job", "text-generation", TOKENS], None), (python, environment))
    assert all(result["sameTokens"] for result in ours)
    speed = lambda results, part: 1 / median(results, part)
    beside_python = lambda name, part, theirs_part: row(
        f"GPT-2 small, {name}: tokens a second, beside Python", speed(ours, part), speed(theirs, theirs_part), 1.3, "atLeast")
    beside_none = lambda name, part: row(
        f"GPT-2 small, 128 tokens: with the cache{name}, beside without", speed(ours, part), speed(ours, "withoutCache"), 5.0, "atLeast")
    write(
        "generation",
        options.repeats,
        [
            beside_none("", "withCache"),
            beside_none(" and weights in bfloat16", "bfloat16"),
            beside_none(" and weights in 8 bits", "int8"),
            beside_python("one prompt", "withCache", "withCache"),
            beside_python("one prompt, weights in bfloat16", "bfloat16", "withCache"),
            beside_python("one prompt, weights in 8 bits", "int8", "withCache"),
            beside_python("8 prompts together", "batch", "batch"),
            beside_python("8 prompts together, weights in bfloat16", "bfloat16Batch", "batch"),
            beside_python("8 prompts together, weights in 8 bits", "int8Batch", "batch"),
            row("GPT-2 small, the first token after a prompt of 512: speed, beside Python", speed(ours, "first"), speed(theirs, "first"), 1.3, "atLeast"),
        ],
        otherBlas=blas_name(options.blas),
    )


if __name__ == "__main__":
    main()
