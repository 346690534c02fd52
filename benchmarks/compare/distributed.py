"""Several processes: all-reduce, weak and strong scaling at one and two, and a model of the cost for more, as a plot.

    /usr/bin/python3 benchmarks/compare/distributed.py [--repeats 3]     measures, writes the results, draws the plot
    /usr/bin/python3 benchmarks/compare/distributed.py --plot            draws docs/distributed.svg from the results there are

Runs are interleaved and medians are kept. Each process has one thread, so two processes on two cores have twice the cores of one.
Results: benchmarks/results/<processor>/distributed.json.
"""
import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys

from measure import folder, row, write

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROJECT = os.path.join(ROOT, "benchmarks", "TransferLearning.Benchmarks")
MPI = {
    "Open MPI": ["mpirun.openmpi", "--allow-run-as-root", "--bind-to", "none", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"],
    "MPICH": ["mpirun.mpich"],
}
PARAMETERS = 11_181_642  # ResNet-18 with ten classes
HEAD = 5_130
SAMPLES = os.path.join(ROOT, "samples", "QuickStart")
LATENCY = {10: 30e-6, 100: 5e-6}  # seconds of one message: TCP, RDMA
EFFICIENT = 0.8  # the share of a link's rate that large messages reach


def target():
    return os.path.join(folder(), "distributed.json")


def run(mpi, size, *job):
    binary = os.path.join(PROJECT, "bin", "Release", "net10.0", "linux-x64", "TransferLearning.Benchmarks")
    command = [*MPI[mpi], "-np", str(size), binary, "job", *(str(argument) for argument in job)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    lines = [line[line.index("{"):] for line in done.stdout.splitlines() if "{" in line]  # a terminal's codes may come before
    if done.returncode != 0 or not lines:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(lines[-1])


def step_seconds(pixels, images, batch):
    """One step of one process, from the CPU time of a long and a short run: other work on the machine does not count."""
    def processor_time(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run("Open MPI", 1, "distributed", pixels, "full", count, batch)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return (processor_time(3 * images) - processor_time(images)) / (2 * 2 * images / batch)


def interleave(repeats, runs):
    """The median seconds of each run, all run once per repeat in turn."""
    results = {name: [] for name in runs}
    for repeat in range(repeats):
        for name in runs if repeat % 2 == 0 else reversed(list(runs)):
            results[name].append(run(*runs[name])["seconds"])
            print(f"{name:<60} {results[name][-1] * 1000:10.2f} ms", flush=True)
    return {name: statistics.median(values) for name, values in results.items()}


def measure(repeats):
    sizes = [1_000, 100_000, 1_000_000, PARAMETERS]
    reduce = interleave(repeats, {f"{mpi}, {size} floats": (mpi, 2, "all-reduce", size, 20) for mpi in MPI for size in sizes})
    cases = {}
    for pixels, mode, images, batch in ((32, "full", 128, 32), (32, "frozen", 256, 32), (224, "full", 8, 4), (224, "frozen", 16, 4)):
        case = f"{pixels} px, {mode}"
        cases[f"{case}: 1 process"] = ("Open MPI", 1, "distributed", pixels, mode, images, batch)
        cases[f"{case}: 2 processes, twice the images"] = ("Open MPI", 2, "distributed", pixels, mode, 2 * images, batch)
        cases[f"{case}: 2 processes, as many images"] = ("Open MPI", 2, "distributed", pixels, mode, images, batch)
    cases["32 px, full: 2 processes, twice the images, gradients in bfloat16"] = ("Open MPI", 2, "distributed", 32, "full", 256, 32, "bfloat16")
    train = interleave(repeats, cases)
    scaling = {}
    for case in dict.fromkeys(name.split(":")[0] for name in train):
        one = train[f"{case}: 1 process"]
        scaling[case] = {
            "weak": round(one / train[f"{case}: 2 processes, twice the images"], 3),
            "strong": round(one / (2 * train[f"{case}: 2 processes, as many images"]), 3),
        }
    rows = [
        row(f"{case}: {kind} scaling of two processes, 1 is perfect", efficiency, 1, 0.8, "atLeast")
        for case, kinds in scaling.items() for kind, efficiency in kinds.items()
    ]
    accuracy = {
        precision: [run("Open MPI", 2, "distributed-accuracy", SAMPLES, seed, precision)["accuracy"] for seed in range(1, 6)]
        for precision in ("float32", "bfloat16")
    }
    rows.append(row(
        "accuracy of a fine-tuned ResNet-20 (five seeds), gradients exchanged in bfloat16, to float32",
        statistics.mean(accuracy["bfloat16"]), statistics.mean(accuracy["float32"]), 0.99, "atLeast"))
    write(
        "distributed", repeats, rows, load=os.getloadavg()[0], allReduceSeconds=reduce, seconds=train, efficiency=scaling, accuracy=accuracy,
        stepSeconds={"32 px, batch 32": step_seconds(32, 64, 32), "224 px, batch 4": step_seconds(224, 4, 4)})


def efficiency(step, bytes_sent, ranks, gbit):
    """Share of perfect speed: a ring moves 2 (N - 1) / N of the bytes in each direction, a tree needs 2 log2 N messages in a row."""
    if ranks == 1:
        return 1.0
    seconds = 2 * (ranks - 1) / ranks * bytes_sent / (gbit * 1e9 / 8 * EFFICIENT) + 2 * math.log2(ranks) * LATENCY[gbit]
    return step / (step + seconds)


def plot():
    with open(target(), encoding="utf-8") as file:
        result = json.load(file)
    small, large = result["stepSeconds"]["32 px, batch 32"], result["stepSeconds"]["224 px, batch 4"] * 8
    ranks = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    lines = [
        ("32 px, all weights, 10 Gbit", small, 4 * PARAMETERS, 10, "#c0392b", ""),
        ("32 px, all weights in bfloat16, 10 Gbit", small, 2 * PARAMETERS, 10, "#c0392b", "6 4"),
        ("32 px, all weights, 100 Gbit", small, 4 * PARAMETERS, 100, "#e67e22", ""),
        ("224 px, all weights, 10 Gbit", large, 4 * PARAMETERS, 10, "#2471a3", ""),
        ("224 px, all weights, 100 Gbit", large, 4 * PARAMETERS, 100, "#27ae60", "6 4"),
        ("32 px on a chip 20 times as fast, 10 Gbit", small / 20, 4 * PARAMETERS, 10, "#7d3c98", ""),
        ("32 px on a chip 20 times as fast, 100 Gbit", small / 20, 4 * PARAMETERS, 100, "#7d3c98", "6 4"),
    ]
    width, height, left, top, right, bottom = 860, 540, 70, 50, 330, 120
    x = lambda count: left + (width - left - right) * math.log2(count) / math.log2(ranks[-1])
    y = lambda share: top + (height - top - bottom) * (1 - share)
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="28" font-size="16">Weak scaling of ResNet-18 by a model of the cost: share of perfect speed</text>',
    ]
    for percent in range(0, 101, 20):
        svg.append(f'<line x1="{left}" x2="{width - right}" y1="{y(percent / 100):.1f}" y2="{y(percent / 100):.1f}" stroke="#ddd"/>')
        svg.append(f'<text x="{left - 8}" y="{y(percent / 100) + 4:.1f}" text-anchor="end">{percent} %</text>')
    for count in ranks:
        svg.append(f'<text x="{x(count):.1f}" y="{height - bottom + 20}" text-anchor="middle">{count}</text>')
    svg.append(f'<text x="{(left + width - right) / 2}" y="{height - bottom + 40}" text-anchor="middle">processes</text>')
    table = {}
    shares = [efficiency(step, sent, ranks[-1], gbit) for _, step, sent, gbit, _, _ in lines]
    labels = {}
    place = top - 20.0
    for index in sorted(range(len(lines)), key=lambda i: -shares[i]):
        place = max(y(shares[index]), place + 18)
        labels[index] = place
    for index, (name, step, sent, gbit, colour, dash) in enumerate(lines):
        points = " ".join(f"{x(count):.1f},{y(efficiency(step, sent, count, gbit)):.1f}" for count in ranks)
        svg.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        svg.append(f'<line x1="{x(512) + 3:.1f}" y1="{y(shares[index]):.1f}" x2="{x(512) + 18:.1f}" y2="{labels[index]:.1f}" stroke="{colour}"/>')
        svg.append(f'<text x="{x(512) + 22:.1f}" y="{labels[index] + 4:.1f}" fill="{colour}">{name}</text>')
        table[name] = {str(count): round(efficiency(step, sent, count, gbit), 3) for count in (8, 64, 512)}
    notes = [
        f"Measured: a step of 32 images at 32 px takes {small * 1000:.0f} ms of one core, at 224 px {large:.1f} s. Assumed: batch 32 a process, no overlap,",
        f"{EFFICIENT:.0%} of the link's rate, {LATENCY[10] * 1e6:.0f} µs a message at 10 Gbit, {LATENCY[100] * 1e6:.0f} µs at 100 Gbit; a ring moves 2 (N − 1)/N of {4 * PARAMETERS / 1e6:.0f} MB each way,",
        "2 log₂ N messages follow one another. A frozen backbone sends its head, 21 kB, instead. Not in it: stragglers, disks.",
    ]
    for number, note in enumerate(notes):
        svg.append(f'<text x="{left - 50}" y="{height - 52 + 19 * number}" font-size="12" fill="#444">{note}</text>')
    svg.append("</svg>")
    with open(os.path.join(ROOT, "docs", "distributed.svg"), "w", encoding="utf-8") as file:
        file.write("\n".join(svg) + "\n")
    result["model"] = table
    with open(target(), "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--plot", action="store_true")
    options = parser.parse_args()
    if not options.plot:
        subprocess.run(["dotnet", "build", "-c", "Release", PROJECT, "-v", "quiet"], check=True, cwd=ROOT)
        measure(options.repeats)
    plot()


main()
