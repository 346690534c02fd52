"""GPT-2 small writes: the cache beside none, and tokens a second beside greedy decoding with a cache written by hand in PyTorch.

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
    write(
        "generation",
        options.repeats,
        [
            row("GPT-2 small, 128 tokens: with the cache, beside without", speed(ours, "withCache"), speed(ours, "withoutCache"), 5.0, "atLeast"),
            row("GPT-2 small, one prompt: tokens a second, beside Python", speed(ours, "withCache"), speed(theirs, "withCache"), 1.3, "atLeast"),
            row("GPT-2 small, 8 prompts together: tokens a second, beside Python", speed(ours, "batch"), speed(theirs, "batch"), 1.3, "atLeast"),
            row("GPT-2 small, the first token after a prompt of 512: speed, beside Python", speed(ours, "first"), speed(theirs, "first"), 1.3, "atLeast"),
        ],
        otherBlas=blas_name(options.blas),
    )


if __name__ == "__main__":
    main()
