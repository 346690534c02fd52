"""scikit-learn's side: probe_peer.py FILE C, the time of the second fit to a safetensors file of features and labels."""
import json
import struct
import sys
import time

import numpy


def make(path, samples, width, classes):
    """Writes features around a mean for each class, and their labels."""
    random = numpy.random.default_rng(1)
    labels = numpy.arange(samples) % classes
    means = random.standard_normal((classes, width))
    features = numpy.maximum(random.standard_normal((samples, width)) + 0.15 * means[labels], 0).astype(numpy.float32)
    entries, offset = {}, 0
    for name, array, kind in (("features", features, "F32"), ("labels", labels.astype(numpy.int64), "I64")):
        entries[name] = {"dtype": kind, "shape": array.shape, "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    header = json.dumps(entries).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + features.tobytes() + labels.astype(numpy.int64).tobytes())


def read(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        entries, data = json.loads(file.read(size)), file.read()
    part = lambda name, kind: numpy.frombuffer(data[slice(*entries[name]["data_offsets"])], kind).reshape(entries[name]["shape"])
    return part("features", numpy.float32).astype(numpy.float64), part("labels", numpy.int64)


def main():
    from sklearn.linear_model import LogisticRegression

    (features, labels), strength = read(sys.argv[1]), float(sys.argv[2])
    for _ in range(2):
        model = LogisticRegression(C=strength, tol=1e-4, max_iter=10000, multi_class="multinomial")
        start = time.perf_counter()
        model.fit(features, labels)
        seconds = time.perf_counter() - start
    logits = model.decision_function(features)
    weights = model.coef_
    if logits.ndim == 1:  # of two classes it keeps the weights of the second; those of the first are minus them
        weights, logits = numpy.concatenate([-weights, weights]), numpy.stack([-logits, logits], 1)
    loss = (numpy.logaddexp.reduce(logits, 1) - logits[numpy.arange(len(labels)), labels]).sum()
    objective = (weights ** 2).sum() / 2 + strength * loss
    print(json.dumps({"seconds": seconds, "objective": objective, "iterations": int(model.n_iter_.max())}))


if __name__ == "__main__":
    main()
