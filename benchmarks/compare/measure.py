"""What every comparison shares: interleaved runs of one job here and in Python, ratios of medians, and the file of results.

Every run is given the same number of threads, as PyTorch's own choice may be fewer than there are cores; OMP_NUM_THREADS sets another.
Python is run twice: as installed, and with glibc's allocator set as this library sets it (MALLOC_*_ environment variables).
Rows of benchmarks/results/<processor>/<area>.json: name, ratio, goal, direction (atLeast or atMost), and the numbers behind them.
"""
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROJECT = os.path.join(ROOT, "benchmarks", "TransferLearning.Benchmarks")
THREADS = os.environ.get("OMP_NUM_THREADS", str(os.cpu_count()))
TUNED = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1), "MALLOC_TOP_PAD_": str(64 << 20)}


def blas(folder):
    """What has Python take the libblas.so.3 of a folder. Its threads wait asleep: OpenBLAS's and OpenMP's keep each other from the cores
    else. Where the CPU has AVX-512 OpenBLAS is told so: of one that is younger than itself it takes the kernels of 2004
    (OPENBLAS_VERBOSE=2 says which)."""
    if not os.path.exists(os.path.join(folder, "libblas.so.3")):
        sys.exit(f"There is no libblas.so.3 in {folder}: Python would multiply with the BLAS that is installed.")
    has_avx512 = any(line.startswith("flags") and " avx512f " in line for line in open("/proc/cpuinfo"))
    return {"LD_LIBRARY_PATH": folder, "OMP_WAIT_POLICY": "PASSIVE", **({"OPENBLAS_CORETYPE": "SkylakeX"} if has_avx512 else {})}


def blas_name(folder):
    """Which library the libblas.so.3 of a folder is."""
    return os.path.basename(os.path.realpath(os.path.join(folder, "libblas.so.3")))


def build():
    """Builds the jobs and returns the program that runs them."""
    subprocess.run(["dotnet", "build", "-c", "Release", PROJECT, "-v", "quiet"], check=True, cwd=ROOT)
    built = subprocess.run(
        ["dotnet", "msbuild", PROJECT, "-getProperty:TargetPath", "-p:Configuration=Release"], capture_output=True, text=True, check=True, cwd=ROOT)
    return built.stdout.strip().removesuffix(".dll")


def as_package(binary, folder):
    """The same program in a folder of its own, with the library compiled ahead of time as its package has it."""
    project = os.path.join(ROOT, "packaging", "ReadyToRun.csproj")
    system = "-p:RuntimeIdentifier=linux-x64"
    subprocess.run(["dotnet", "build", project, "-t:CompileTheLibrary", system, "-c", "Release", "-v", "quiet"], check=True, cwd=ROOT)
    target = os.path.join(folder, "program")
    shutil.copytree(os.path.dirname(binary), target)
    compiled = os.path.join("obj", "linux-x64", "Release", "net10.0", "linux-x64", "R2R", "TransferLearning.dll")
    shutil.copy(os.path.join(os.path.dirname(project), compiled), target)
    return os.path.join(target, os.path.basename(binary))


def run(command, environment=None):
    """Runs one job; its last line of output is JSON. The seconds of the whole process are added where
    the job does not say its own, and the CPU's, which other programs disturb least."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": THREADS, **(environment or {})}, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, **json.loads(done.stdout.strip().splitlines()[-1]), "cpuSeconds": round(cpu, 2)}


def interleave(repeats, *commands):
    """Runs each (command, environment) once per repeat, in turn, the order reversed every other time; a list of results for each."""
    results = [[] for _ in commands]
    for repeat in range(repeats):
        turns = list(zip(results, commands))
        for kept, (command, environment) in turns if repeat % 2 == 0 else reversed(turns):
            kept.append(run(command, environment))
    return results


def beside_python(job, repeats, binary, peer):
    """Results of a job here, in Python as installed, and in Python with its allocator tuned."""
    python = [sys.executable, os.path.join(HERE, peer), *job]
    return interleave(repeats, ([binary, "job", *job], None), (python, None), (python, TUNED))


def median(results, field):
    return statistics.median(result[field] for result in results)


def row(name, ours, peer, goal, direction):
    ratio = ours / peer
    print(f"{name:<80} {ratio:8.3f}   goal {direction} {goal}   ({ours:.4g} / {peer:.4g})", flush=True)
    return {"name": name, "ratio": round(ratio, 4), "goal": goal, "direction": direction, "ours": ours, "peer": peer}


def processor():
    """The CPU's name."""
    return next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())


def folder():
    """Where the results of this processor lie."""
    name = re.sub("[^a-z0-9]+", "-", re.sub(r"\(.*?\)|@.*|\bCPU\b|\bProcessor\b", " ", processor()).strip().lower()).strip("-")
    path = os.path.join(ROOT, "benchmarks", "results", name)
    os.makedirs(path, exist_ok=True)
    return path


def write(area, repeats, rows, **notes):
    """Writes benchmarks/results/<processor>/<area>.json with the machine, the commit and the versions."""
    import torch

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False).stdout.strip()
    result = {
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "commit": commit,
        "python": f"Python {platform.python_version()}, torch {torch.__version__}",
        "dotnet": subprocess.run(["dotnet", "--version"], capture_output=True, text=True, check=True).stdout.strip(),
        "threads": THREADS,
        "repeats": repeats,
        **notes,
        "rows": rows,
    }
    target = os.path.join(folder(), f"{area}.json")
    with open(target, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
