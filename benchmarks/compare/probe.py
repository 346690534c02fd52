"""Multinomial logistic regression to convergence, beside scikit-learn on the same features and threads.

    /usr/bin/python3 benchmarks/compare/probe.py [--repeats 5]

Features are noise around a mean for each class, float32 as networks give them; both sides fit the same objective, scikit-learn with a tolerance
at which its objective comes as near to the minimum. Needs scikit-learn.
"""
import argparse
import json
import os
import sys
import tempfile

from measure import HERE, build, interleave, median, row, write

CASES = [("244 samples of 512 features, 2 classes, C = 0.1", 244, 512, 2, 0.1), ("5,000 samples of 512 features, 10 classes, C = 0.01", 5000, 512, 10, 0.01)]


def main():
    parser = argparse.ArgumentParser(description="Logistic regression beside scikit-learn.")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    binary = build()
    peer = [sys.executable, os.path.join(HERE, "probe_peer.py")]
    rows, notes = [], {}
    with tempfile.TemporaryDirectory() as work:
        for name, samples, width, classes, strength in CASES:
            file = os.path.join(work, "features.safetensors")
            import probe_peer

            probe_peer.make(file, samples, width, classes)
            ours, theirs = interleave(
                options.repeats, ([binary, "job", "probe", file, str(strength)], None), ([*peer, file, str(strength)], None))
            rows.append(row(f"{name}: fit, seconds to scikit-learn's", median(ours, "seconds"), median(theirs, "seconds"), 1, "atMost"))
            rows.append(row(f"{name}: objective to scikit-learn's", median(ours, "objective"), median(theirs, "objective"), 1.000001, "atMost"))
            notes[name] = {"iterations": [ours[0]["iterations"], theirs[0]["iterations"]]}
    write("probe", options.repeats, rows, iterations=notes)


if __name__ == "__main__":
    main()
