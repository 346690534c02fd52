"""Speech networks beside torchaudio and plain torch: wav2vec2-base's inference and CTC step, whisper-tiny's encoder and its tokens with the cache.

    /usr/bin/python3 benchmarks/compare/speech-models.py --blas FOLDER [--repeats 5] [--steps 4]

FOLDER holds the libblas.so.3 of a quick BLAS, such as that of the package libopenblas0-pthread unpacked anywhere: Debian's PyTorch may multiply
matrices with the slow reference.
"""
import argparse
import os
import sys

from measure import HERE, TUNED, blas, blas_name, build, interleave, median, row, write

BATCH, SECONDS, TOKENS = 4, 2, 64
JOBS = (
    ("speech-wav2vec2-infer", "wav2vec2-base, batch of 4 x 2 s, inference: seconds of sound a second", BATCH * SECONDS),
    ("speech-wav2vec2-train", "wav2vec2-base, batch of 4 x 2 s, CTC training step: seconds of sound a second", BATCH * SECONDS),
    ("speech-whisper-encode", "whisper-tiny, encoder: windows of 30 s a second", 1),
    ("speech-whisper-write", "whisper-tiny, decoder with the cache: tokens a second", TOKENS),
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", default="4")
    parser.add_argument("--blas", required=True)
    options = parser.parse_args()
    binary, rows = build(), []
    for job, what, work in JOBS:
        python = [sys.executable, os.path.join(HERE, "speech_models_peer.py"), job, options.steps]
        quick = blas(options.blas)
        ours, plain, tuned = interleave(
            options.repeats, ([binary, "job", job, options.steps], None), (python, quick), (python, {**quick, **TUNED}))
        for name, results in (("Python", plain), ("Python with its allocator tuned", tuned)):
            rows.append(row(f"{what}, beside {name}", work / median(ours, "seconds"), work / median(results, "seconds"), 1.0, "atLeast"))
    write("speech-models", options.repeats, rows, otherBlas=blas_name(options.blas))


if __name__ == "__main__":
    main()
