"""Memory over long runs, and time and memory against the number of samples.

    /usr/bin/python3 benchmarks/compare/memory.py [--steps 40000] [--epochs 200] [--thousands 1,10,100,1000] [--repeats 3]
"""
import argparse

import numpy

from measure import build, interleave, median, row, run, write


def worst_deviation(samples, values):
    """How far the worst point lies from the straight line a + b n that fits best, as a share of its value."""
    n, y = numpy.array(samples, float), numpy.array(values, float)
    weights = 1 / y
    line = numpy.linalg.lstsq(numpy.stack([weights, n * weights], 1), y * weights, rcond=None)[0]
    fitted = line[0] + line[1] * n
    print(f"    fitted {line[0]:.4g} + {line[1]:.4g} n: {[f'{value:.4g}' for value in fitted]} for {[f'{value:.4g}' for value in y]}")
    return float(numpy.max(numpy.abs(fitted - y) / y))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40000)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--thousands", default="1,10,100,1000")
    options = parser.parse_args()
    binary = build()
    job = lambda *arguments: [binary, "job", *(str(argument) for argument in arguments)]
    rows = []
    for what, result in (
            (f"{options.epochs} epochs", run(job("memory-epochs", options.epochs))), (f"{options.steps} steps", run(job("memory-steps", options.steps)))):
        rows.append(row(f"{what}: largest resident memory, to that after a tenth of them", result["largestAfter"], result["atTenth"], 1.02, "atMost"))
        rows.append(row(f"{what}: largest resident memory, to that after half of them", result["largestAfter"], result["atHalf"], 1.02, "atMost"))
        rows.append(row(f"{what}: most live tensors between steps, to those after half", result["mostTensorsAfter"], result["tensorsAtHalf"], 1.0, "atMost"))
    thousands = [int(number) for number in options.thousands.split(",")]
    results = interleave(options.repeats, *((job("growth", number * 1000), None) for number in thousands))
    counts = [number * 1000 for number in thousands]
    seconds = [median(result, "seconds") for result in results]
    sizes = [max(median(result, "bytes"), 1 << 20) for result in results]
    what = f"open a zip and train an epoch on {options.thousands} thousand images"
    rows.append(row(f"{what}: seconds an image, most images to fewest", seconds[-1] / counts[-1], seconds[0] / counts[0], 1.15, "atMost"))
    rows.append(row(f"{what}: seconds, worst deviation from a straight line", worst_deviation(counts, seconds), 1, 0.25, "atMost"))
    rows.append(row(f"{what}: bytes an image, most images", sizes[-1] / counts[-1], 1, 200, "atMost"))
    rows.append(row(f"{what}: bytes, worst deviation from a straight line", worst_deviation(counts, sizes), 1, 0.25, "atMost"))
    write("memory", options.repeats, rows)


main()
