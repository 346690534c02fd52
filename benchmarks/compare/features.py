"""What enters the head, images a second, here and by ONNX Runtime on the same threads and batches.

    /usr/bin/python3 benchmarks/compare/features.py [--repeats 5] [--threads 2] [--only WORDS] [--loaded] [--accuracy WEIGHTS FOLDER]

--loaded is for a machine that does other work too: one thread, and the CPU's time in place of the clock's.
--accuracy takes MobileNetV2's weights and a folder (or zip) of images with train and val, and adds what bfloat16 does to a real task.
"""
import argparse
import os
import sys
import tempfile

from measure import HERE, THREADS, build, interleave, median, row, run, write

# Network, side, images at once and passes: .NET compiles its methods anew in the first second, which must be a small part of them.
CASES = [
    ("resnet18", 224, 16, 20), ("resnet18", 224, 100, 4), ("resnet50", 224, 16, 10), ("resnet50", 224, 100, 2),
    ("resnet18", 32, 16, 400), ("resnet18", 32, 100, 80),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=int(THREADS))
    parser.add_argument("--only", default="")
    parser.add_argument("--loaded", action="store_true")
    parser.add_argument("--accuracy", nargs=2, metavar=("WEIGHTS", "FOLDER"))
    options = parser.parse_args()
    threads = 1 if options.loaded else options.threads
    field = "imagesPerCpuSecond" if options.loaded else "imagesPerSecond"
    binary = build()
    rows, notes = [], {"threads": str(threads), "measured": field, "onnxRuntime": "Microsoft.ML.OnnxRuntime 1.31.1, float32"}
    with tempfile.TemporaryDirectory() as folder:
        for architecture, side, batch, runs in CASES:
            name = f"{architecture} at {side} px, batches of {batch}"
            if options.only not in name:
                continue
            weights, onnx = os.path.join(folder, f"{architecture}.pth"), os.path.join(folder, f"{architecture}-{side}.onnx")
            run([sys.executable, os.path.join(HERE, "features_peer.py"), architecture, str(side), weights, onnx])
            job = lambda way, file: ([binary, "job", "features", way, file, architecture, str(side), str(batch), str(runs), str(threads)], None)
            plain, ours, half, whole, peer = interleave(
                options.repeats, job("plain", weights), job("Float32", weights), job("BFloat16", weights), job("Int8", weights), job("onnx", onnx))
            rate = median(peer, field)
            rows.append(row(f"features of {name}, images/s in float32, to ONNX Runtime", median(ours, field), rate, 0.98, "atLeast"))
            rows.append(row(f"features of {name}, images/s in bfloat16, to ONNX Runtime in float32", median(half, field), rate, 1.7, "atLeast"))
            rows.append(row(f"features of {name}, images/s in int8, to ONNX Runtime in float32", median(whole, field), rate, 2.7, "atLeast"))
            notes[name] = {
                "plain network, to ONNX Runtime": round(median(plain, field) / rate, 4),
                "float32 features differ by (relative norm)": median(ours, "relativeDifference"),
                "bfloat16 features differ by (relative norm)": median(half, "relativeDifference"),
                "int8 features differ by (relative norm)": median(whole, "relativeDifference"),
                "answered by": sorted({
                    f"{asked} asked: {result['answeredBy']}" for asked, kept in (("Float32", ours), ("BFloat16", half), ("Int8", whole)) for result in kept}),
                "first float32 batch (folding, check) costs this many plain ones": round(
                    median(ours, "secondsOfFirst") * median(plain, "imagesPerSecond") / batch, 2),
            }
    if options.accuracy:
        notes["accuracy of a MobileNetV2 probe"] = run([binary, "job", "features-accuracy", *options.accuracy])
    write("features", options.repeats, rows, **notes)


main()
