"""Goldens of Keras Applications: the layers of each published file, and what the network computes with hash-filled weights.

Usage: generate.py [--full FOLDER]

Everything is written down from the definitions of Keras Applications, in Keras' own terms: maps are height x width x
channels, kernels height x width x inputs x outputs, padding is explicit.  The arithmetic is plain numpy in 64 bits, so
that nothing of the library under test (layouts, folding, padding) is assumed here.  No number stems from a trained network.

golden.json and, with h5py, the small .h5 files beside it are (re)written; --full also writes each network's whole file
as Keras does (hundreds of megabytes), for a check by hand: TRANSFERLEARNING_KERAS=FOLDER makes the tests read those.

The fill rule is that of ../Parity/README.md with the salt "keras": kernels are "matrix" with gain 4 over height x width x
inputs, gamma and moving_variance "scale", all else "small".  The names are layer/array, without the ":0".
"""
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Parity", "generate"))
import parity_fill  # noqa: E402

SALT, GAIN = "keras", 4.0
CLASSES = 7


def values(layer, role, shape):
    c = parity_fill.centred(SALT, f"{layer}/{role}", int(np.prod(shape)))
    if role == "kernel":
        c *= parity_fill.weight_bound(GAIN, int(np.prod(shape[:-1])))
    elif role == "depthwise_kernel":
        c *= parity_fill.weight_bound(GAIN, shape[0] * shape[1])
    elif role in ("gamma", "moving_variance"):
        c *= np.float32(0.5)
        c += np.float32(1.0)
    else:
        c *= np.float32(0.1)
    return c.reshape(shape)


def pixels(name, size):
    """Whole numbers of 0 to 255, height x width x (red, green, blue)."""
    c = parity_fill.centred(SALT, "pixels:" + name, size * size * 3)
    return np.floor((c.astype(np.float64) + 1) * 128).reshape(size, size, 3)


def caffe(rgb):
    return rgb[:, :, ::-1] - np.array([103.939, 116.779, 123.68])


def tf(rgb):
    return rgb / 127.5 - 1


class Net:
    """Records the layers while it computes."""

    def __init__(self):
        self.layers = []

    def weight(self, layer, role, shape):
        if not self.layers or self.layers[-1]["name"] != layer:
            self.layers.append({"name": layer, "weights": []})
        self.layers[-1]["weights"].append({"name": role, "shape": list(shape)})
        return values(layer, role, shape).astype(np.float64)

    @staticmethod
    def pad(x, height, width, value=0.0):
        return np.pad(x, (height, width, (0, 0)), constant_values=value)

    @staticmethod
    def same(size, kernel, stride):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return (total // 2, total - total // 2)

    @staticmethod
    def windows(x, kernel, stride):
        height = (x.shape[0] - kernel[0]) // stride + 1
        width = (x.shape[1] - kernel[1]) // stride + 1
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                yield i, j, x[i:i + (height - 1) * stride + 1:stride, j:j + (width - 1) * stride + 1:stride]

    def conv(self, x, layer, filters, kernel, stride=1, padding="valid", bias=True, depthwise=False):
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        if padding == "same":
            x = self.pad(x, self.same(x.shape[0], kernel[0], stride), self.same(x.shape[1], kernel[1], stride))
        inputs = x.shape[2]
        if depthwise:
            k = self.weight(layer, "depthwise_kernel", (*kernel, inputs, 1))
            out = sum(part * k[i, j, :, 0] for i, j, part in self.windows(x, kernel, stride))
        else:
            k = self.weight(layer, "kernel", (*kernel, inputs, filters))
            out = sum(part @ k[i, j] for i, j, part in self.windows(x, kernel, stride))
        return out + self.weight(layer, "bias", (out.shape[2],)) if bias else out

    def norm(self, x, layer, epsilon, scale=True):
        n = (x.shape[2],)
        gamma = self.weight(layer, "gamma", n) if scale else 1.0
        beta = self.weight(layer, "beta", n)
        mean = self.weight(layer, "moving_mean", n)
        variance = self.weight(layer, "moving_variance", n)
        return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta

    def max_pool(self, x, kernel, stride):
        return np.maximum.reduce([part for _, _, part in self.windows(x, (kernel, kernel), stride)])

    def average_same(self, x, kernel):
        """Stride 1, the mean of the real pixels alone."""
        pad = self.same(x.shape[0], kernel, 1)
        total = sum(part for _, _, part in self.windows(self.pad(x, pad, pad), (kernel, kernel), 1))
        count = sum(part for _, _, part in self.windows(self.pad(np.ones_like(x), pad, pad), (kernel, kernel), 1))
        return total / count

    def dense(self, x, layer, units):
        return x @ self.weight(layer, "kernel", (x.shape[0], units)) + self.weight(layer, "bias", (units,))


def relu(x):
    return np.maximum(x, 0)


def relu6(x):
    return np.clip(x, 0, 6)


def vgg16(net, x):
    for block, (count, filters) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for i in range(1, count + 1):
            x = relu(net.conv(x, f"block{block}_conv{i}", filters, 3, padding="same"))
        x = net.max_pool(x, 2, 2)
    return x, None


def resnet50(net, x, first_names=False):
    epsilon = 1e-3 if first_names else 1.001e-5

    def unit(x, stage, block, i, filters, kernel, stride=1, padding="valid"):
        if first_names:
            tail = f"{stage}{'abcdef'[block - 1]}_branch" + ("1" if i == 0 else "2" + "abc"[i - 1])
            names = "res" + tail, "bn" + tail
        else:
            names = f"conv{stage}_block{block}_{i}_conv", f"conv{stage}_block{block}_{i}_bn"
        return net.norm(net.conv(x, names[0], filters, kernel, stride, padding), names[1], epsilon)

    x = net.conv(net.pad(x, (3, 3), (3, 3)), "conv1" if first_names else "conv1_conv", 64, 7, 2)
    x = relu(net.norm(x, "bn_conv1" if first_names else "conv1_bn", epsilon))
    x = net.max_pool(net.pad(x, (1, 1), (1, 1)), 3, 2)
    for stage, (filters, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], 2):
        for block in range(1, blocks + 1):
            stride = 2 if block == 1 and stage > 2 else 1
            shortcut = unit(x, stage, block, 0, 4 * filters, 1, stride) if block == 1 else x
            y = relu(unit(x, stage, block, 1, filters, 1, stride))
            y = relu(unit(y, stage, block, 2, filters, 3, padding="same"))
            x = relu(shortcut + unit(y, stage, block, 3, 4 * filters, 1))
    return x, net.dense(x.mean((0, 1)), "fc1000" if first_names else "probs", CLASSES)


def resnet50_first(net, x):
    return resnet50(net, x, first_names=True)


def mobilenet(net, x):
    def normed(x, layer):
        return relu6(net.norm(x, layer, 1e-3))

    x = normed(net.conv(net.pad(x, (0, 1), (0, 1)), "conv1", 32, 3, 2, bias=False), "conv1_bn")
    rows = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    for i, (filters, stride) in enumerate(rows, 1):
        if stride == 2:
            x = net.conv(net.pad(x, (0, 1), (0, 1)), f"conv_dw_{i}", None, 3, 2, bias=False, depthwise=True)
        else:
            x = net.conv(x, f"conv_dw_{i}", None, 3, padding="same", bias=False, depthwise=True)
        x = normed(x, f"conv_dw_{i}_bn")
        x = normed(net.conv(x, f"conv_pw_{i}", filters, 1, bias=False), f"conv_pw_{i}_bn")
    logits = net.conv(x.mean((0, 1), keepdims=True), "conv_preds", CLASSES, 1)
    return x, logits.reshape(-1)


def mobilenet_v2(net, x):
    def normed(x, layer):
        return net.norm(x, layer, 1e-3)

    x = relu6(normed(net.conv(net.pad(x, (0, 1), (0, 1)), "Conv1", 32, 3, 2, bias=False), "bn_Conv1"))
    rows = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    block = 0
    for expansion, filters, count, first_stride in rows:
        for i in range(count):
            stride, prefix, y = (first_stride if i == 0 else 1), f"block_{block}_", x
            if block == 0:
                prefix = "expanded_conv_"
            else:
                y = relu6(normed(net.conv(y, prefix + "expand", expansion * x.shape[2], 1, bias=False), prefix + "expand_BN"))
            if stride == 2:
                y = net.conv(net.pad(y, (0, 1), (0, 1)), prefix + "depthwise", None, 3, 2, bias=False, depthwise=True)
            else:
                y = net.conv(y, prefix + "depthwise", None, 3, padding="same", bias=False, depthwise=True)
            y = relu6(normed(y, prefix + "depthwise_BN"))
            y = normed(net.conv(y, prefix + "project", filters, 1, bias=False), prefix + "project_BN")
            x = x + y if stride == 1 and x.shape[2] == filters else y
            block += 1
    x = relu6(normed(net.conv(x, "Conv_1", 1280, 1, bias=False), "Conv_1_bn"))
    return x, net.dense(x.mean((0, 1)), "predictions", CLASSES)


def inception_v3(net, x):
    number = 0

    def unit(x, filters, rows, columns, padding="same", stride=1):
        nonlocal number
        number += 1
        # As a process that had made other models before names them.
        x = net.conv(x, f"conv2d_{93 + number}", filters, (rows, columns), stride, padding, bias=False)
        return relu(net.norm(x, f"batch_normalization_{93 + number}", 1e-3, scale=False))

    def join(*maps):
        return np.concatenate(maps, axis=2)

    x = unit(x, 32, 3, 3, "valid", 2)
    x = unit(x, 32, 3, 3, "valid")
    x = unit(x, 64, 3, 3)
    x = net.max_pool(x, 3, 2)
    x = unit(x, 80, 1, 1, "valid")
    x = unit(x, 192, 3, 3, "valid")
    x = net.max_pool(x, 3, 2)
    for pool in (32, 64, 64):
        a = unit(x, 64, 1, 1)
        b = unit(unit(x, 48, 1, 1), 64, 5, 5)
        c = unit(unit(unit(x, 64, 1, 1), 96, 3, 3), 96, 3, 3)
        x = join(a, b, c, unit(net.average_same(x, 3), pool, 1, 1))
    a = unit(x, 384, 3, 3, "valid", 2)
    b = unit(unit(unit(x, 64, 1, 1), 96, 3, 3), 96, 3, 3, "valid", 2)
    x = join(a, b, net.max_pool(x, 3, 2))
    for width in (128, 160, 160, 192):
        a = unit(x, 192, 1, 1)
        b = unit(unit(unit(x, width, 1, 1), width, 1, 7), 192, 7, 1)
        c = unit(unit(unit(x, width, 1, 1), width, 7, 1), width, 1, 7)
        c = unit(unit(c, width, 7, 1), 192, 1, 7)
        x = join(a, b, c, unit(net.average_same(x, 3), 192, 1, 1))
    a = unit(unit(x, 192, 1, 1), 320, 3, 3, "valid", 2)
    b = unit(unit(unit(unit(x, 192, 1, 1), 192, 1, 7), 192, 7, 1), 192, 3, 3, "valid", 2)
    x = join(a, b, net.max_pool(x, 3, 2))
    for _ in range(2):
        a = unit(x, 320, 1, 1)
        b = unit(x, 384, 1, 1)
        b = join(unit(b, 384, 1, 3), unit(b, 384, 3, 1))
        c = unit(unit(x, 448, 1, 1), 384, 3, 3)
        c = join(unit(c, 384, 1, 3), unit(c, 384, 3, 1))
        x = join(a, b, c, unit(net.average_same(x, 3), 192, 1, 1))
    return x, net.dense(x.mean((0, 1)), "predictions", CLASSES)


NETS = [
    # name, the library's name, network, input size, preprocessing, form of the array names in the file
    ("vgg16_notop", "vgg16", vgg16, 64, caffe, "keras1"),
    ("resnet50", "resnet50", resnet50, 64, caffe, "keras2"),
    ("resnet50_first", "resnet50", resnet50_first, 64, caffe, "keras1"),
    ("inception_v3", "inception_v3", inception_v3, 107, tf, "keras2"),
    ("mobilenet", "mobilenet_v1", mobilenet, 64, tf, "keras2"),
    ("mobilenet_v2", "mobilenet_v2", mobilenet_v2, 64, tf, "keras2"),
]

KERAS1 = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std"}


def stored_name(layer, role, form):
    """The arrays' names as Keras 1 and Keras 2 write them."""
    return f"{layer}_{KERAS1.get(role, role)}_1:0" if form == "keras1" else f"{layer}/{role}:0"


def write_h5(path, layers, form, extra=()):
    """What keras.engine.saving writes: a group per layer, the order in attributes."""
    import h5py
    with h5py.File(path, "w") as f:
        names = [layer["name"] for layer in layers] + list(extra)
        f.attrs["layer_names"] = [name.encode() for name in names]
        f.attrs["backend"] = b"tensorflow"
        f.attrs["keras_version"] = b"2.2.4"
        for name in extra:
            f.create_group(name).attrs["weight_names"] = []
        for layer in layers:
            group = f.create_group(layer["name"])
            stored = [stored_name(layer["name"], w["name"], form) for w in layer["weights"]]
            group.attrs["weight_names"] = [name.encode() for name in stored]
            for name, w in zip(stored, layer["weights"]):
                group.create_dataset(name, data=values(layer["name"], w["name"], w["shape"]))


def small_files():
    """Files of a few kilobytes: what h5py writes, and what must be refused."""
    import h5py
    layers = [{"name": "conv1", "weights": [{"name": "kernel", "shape": [2, 3, 4, 5]}, {"name": "bias", "shape": [5]}]},
              {"name": "bn", "weights": [{"name": r, "shape": [5]} for r in ("gamma", "beta", "moving_mean", "moving_variance")]}]
    write_h5(os.path.join(HERE, "small_keras1.h5"), layers, "keras1", extra=["input_1"])
    write_h5(os.path.join(HERE, "small_keras2.h5"), layers, "keras2", extra=["input_1"])
    k = np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3)

    def start(name, **options):
        f = h5py.File(os.path.join(HERE, name), "w", **options)
        f.attrs["layer_names"] = [b"a"]
        group = f.create_group("a")
        group.attrs["weight_names"] = [b"a/kernel:0"]
        return f, group

    # A whole model, with a model used as a layer and a long list spread over attributes.
    with h5py.File(os.path.join(HERE, "small_model.h5"), "w") as f:
        f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": [
            {"class_name": "Model", "config": {"name": "base", "layers": [
                {"class_name": "Conv2D", "config": {"name": "second"}}, {"class_name": "Conv2D", "config": {"name": "first"}}]}},
            {"class_name": "Dense", "config": {"name": "dense", "activation": "softmax"}}]}})
        root = f.create_group("model_weights")
        root.attrs["layer_names0"] = [b"dense"]
        root.attrs["layer_names1"] = [b"base"]
        base = root.create_group("base")
        base.attrs["weight_names"] = [b"first/kernel:0", b"second/kernel:0"]
        base.create_dataset("first/kernel:0", data=k)
        base.create_dataset("second/kernel:0", data=k + 10)
        dense = root.create_group("dense")
        dense.attrs["weight_names"] = [b"dense/kernel:0"]
        dense.create_dataset("dense/kernel:0", data=k[0, 0])

    f, group = start("refused_external_link.h5", libver="latest")
    group["a/kernel:0"] = h5py.ExternalLink("small_model.h5", "/model_weights/base/first/kernel:0")
    f.close()
    f, group = start("refused_external_storage.h5")
    group.create_dataset("a/kernel:0", shape=k.shape, dtype="f4", external=[("small_model.h5", 0, 24)])
    f.close()
    f, group = start("refused_chunked.h5")
    group.create_dataset("a/kernel:0", data=k, chunks=k.shape, compression="gzip")
    f.close()
    f, group = start("refused_double.h5")
    group.create_dataset("a/kernel:0", data=k.astype(np.float64))
    f.close()
    f, group = start("refused_huge.h5")
    group.create_dataset("a/kernel:0", shape=(1, 1, 30000, 60000), dtype="f4")
    f.close()
    f, group = start("refused_cycle.h5")
    group["a/kernel:0"] = h5py.SoftLink("/a/a/kernel:0")
    f.close()
    f, group = start("refused_new_cycle.h5", libver="latest")
    group.create_group("a")["kernel:0"] = h5py.SoftLink("kernel:0")
    f.close()
    f, group = start("refused_dense_links.h5", libver="latest")
    for i in range(20):
        group.create_group(f"g{i}")
    f.close()
    f, group = start("refused_no_names.h5")
    del f.attrs["layer_names"]
    f.close()
    # One array under many names: more numbers than the file has bytes.
    with h5py.File(os.path.join(HERE, "refused_repeated.h5"), "w") as f:
        names = [f"l{i}" for i in range(20)]
        f.attrs["layer_names"] = [n.encode() for n in names]
        data = f.create_dataset("data", data=np.zeros((1, 1, 8, 256), np.float32))
        for n in names:
            group = f.create_group(n)
            group.attrs["weight_names"] = [f"{n}/kernel:0".encode()]
            group.create_group(n)["kernel:0"] = data


def main(full=None):
    golden = []
    for name, architecture, build, size, preprocess, form in NETS:
        net = Net()
        spatial, logits = build(net, preprocess(pixels(name, size)))
        golden.append({
            "name": name, "architecture": architecture, "size": size, "form": form, "layers": net.layers,
            "pooled": [float(f"{v:.9g}") for v in spatial.mean((0, 1))[:24]],
            "map_mean": float(f"{spatial.mean():.9g}"),
            "logits": None if logits is None else [float(f"{v:.9g}") for v in logits],
        })
        print(name, spatial.shape, golden[-1]["map_mean"], golden[-1]["logits"] and golden[-1]["logits"][:3], flush=True)
        if full:
            write_h5(os.path.join(full, name + ".h5"), net.layers, form)
    with open(os.path.join(HERE, "golden.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(entry) for entry in golden) + "\n]\n")
    small_files()


if __name__ == "__main__":
    main(sys.argv[2] if sys.argv[1:2] == ["--full"] else None)
