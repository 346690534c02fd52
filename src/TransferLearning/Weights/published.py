#!/usr/bin/env python3
"""Writes published.csv and the lists in the folder classes beside this script: the weight sets that torchvision publishes for classification, and those of the CIFAR ResNets.

Run with torchvision 0.14.1 (torch 1.13). Nothing is downloaded: addresses, scores and preprocessing are torchvision's own metadata.
Multiply-adds are counted here, on shapes alone (meta tensors), over every convolution and matrix product of one forward pass at the
published crop: those of linear layers and of attention included; element-wise work, normalisation and pooling are not counted.
The set recommended by torchvision is the last of its architecture.
"""

import csv
import inspect
import math
import pathlib
import re

import torch
import torchvision
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision.models._api import WeightsEnum

COLUMNS = ["architecture", "name", "address", "sha256", "classes", "top1", "top5", "parameters", "gflops", "licence",
           "resize", "crop", "interpolation", "mean", "std", "class_names"]

# The lists of class names in the folder classes, one name a line in the order of the logits.
IMAGENET, CIFAR10 = "imagenet-1k", "cifar-10"
CIFAR10_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

# Not classifiers: their last layers hold no numbers, so that even pooled features would be NaN.
LEFT_OUT = {("vgg16", "IMAGENET1K_FEATURES")}

# Trained on pixels from -1 to 1. torchvision reaches that in two steps, ImageNet's normalisation and then transform_input inside the
# network; a network without transform_input, the default here, gets the same numbers from one.
MINUS_ONE_TO_ONE = {"googlenet", "inception_v3"}

CIFAR_HOME = "https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models/"
# Depth, first digits of the SHA-256 (also in the file's name), top-1 by the table of errors in the publisher's README.
CIFAR = [(20, "12fca82f", 91.73), (32, "d509ac18", 92.63), (44, "014dd654", 93.10), (56, "4bfd9763", 93.39), (110, "1d1ed7c2", 93.68)]


class Unfilled:
    """Networks are built without filling their weights: only the shapes are needed."""

    NAMES = ["uniform_", "normal_", "trunc_normal_", "erfinv_", "clamp_", "fill_", "zero_", "mul_", "add_"]

    def __enter__(self):
        self.kept = {name: torch.Tensor.__dict__.get(name) for name in self.NAMES}
        for name in self.NAMES:
            setattr(torch.Tensor, name, lambda tensor, *_, **__: tensor)

    def __exit__(self, *_):
        for name, method in self.kept.items():
            if method is None:
                delattr(torch.Tensor, name)
            else:
                setattr(torch.Tensor, name, method)


class MultiplyAdds(TorchDispatchMode):
    """Counts the multiply-adds of convolutions and matrix products that run inside it."""

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        name = function.overloadpacket.__name__
        if "convolution" in name:
            self.total += result.numel() * math.prod(args[1].shape[1:])
        elif name in ("mm", "bmm"):
            self.total += result.numel() * args[0].shape[-1]
        elif name in ("addmm", "baddbmm"):
            self.total += result.numel() * args[1].shape[-1]
        elif "attention" in name or "transformer" in name:
            raise NotImplementedError(f"{function}: a fused form that would not be counted")
        return result


def multiply_adds(build, crop):
    # Older networks compute constants (index tables) that need real numbers, so only the parameters are left unfilled.
    with Unfilled():
        network = build()
    network = network.to("meta").eval()
    with MultiplyAdds() as count:
        network(torch.empty(1, 3, crop, crop, device="meta"))
    return count.total


def number(value, digits=6):
    return "" if value is None or math.isnan(value) else f"{value:.{digits}f}".rstrip("0").rstrip(".")


def vector(values):
    return " ".join(number(value) for value in values)


def torchvision_rows():
    models = torchvision.models
    builders = {key: value for key, value in vars(models).items() if inspect.isfunction(value)}
    by_enum = {}
    for name, builder in builders.items():
        parameter = inspect.signature(builder).parameters.get("weights")
        match = parameter and re.search(r"(\w+_Weights)", str(parameter.annotation))
        if match:
            by_enum[match.group(1)] = name
    counts = {}
    for key, enum in sorted(vars(models).items()):
        if not (inspect.isclass(enum) and issubclass(enum, WeightsEnum) and enum is not WeightsEnum):
            continue
        architecture = by_enum[key]
        for weights in sorted(enum, key=lambda one: one is enum.DEFAULT):
            if (architecture, weights.name) in LEFT_OUT:
                continue
            prepare, meta = weights.transforms(), weights.meta
            crop, resize = prepare.crop_size[0], prepare.resize_size[0]
            options = {"image_size": crop} if architecture.startswith("vit_") else {}
            if architecture in ("googlenet", "inception_v3"):
                options["init_weights"] = False
            if (architecture, crop) not in counts:
                counts[architecture, crop] = multiply_adds(lambda: builders[architecture](**options), crop)
            mean, std = ((0.5,) * 3, (0.5,) * 3) if architecture in MINUS_ONE_TO_ONE else (prepare.mean, prepare.std)
            scores = meta["_metrics"]["ImageNet-1K"]
            yield [architecture, weights.name, weights.url, re.search(r"-([0-9a-f]{8,})\.pth$", weights.url).group(1),
                   len(meta["categories"]), number(scores["acc@1"]), number(scores["acc@5"]), meta["num_params"],
                   number(counts[architecture, crop] / 1e9, 3), "CC-BY-NC-4.0" if "SWAG" in meta.get("license", "") else "BSD-3-Clause",
                   resize, crop, prepare.interpolation.value, vector(mean), vector(std), IMAGENET]


def cifar_rows():
    for depth, digest, top1 in CIFAR:
        blocks = (depth - 2) // 6
        parameters = operations = 0
        # The stem, then three stages of two convolutions a block, each with a normalisation's weight and bias.
        layers = [(3, 16, 32)]
        for width, side in ((16, 32), (32, 16), (64, 8)):
            for _ in range(2 * blocks):
                layers.append((layers[-1][1], width, side))
        for inputs, width, side in layers:
            parameters += 9 * inputs * width + 2 * width
            operations += 9 * inputs * width * side * side
        yield [f"resnet{depth}", "CIFAR10_V1", f"{CIFAR_HOME}resnet{depth}-{digest}.th", digest, 10, number(top1), "",
               parameters + 64 * 10 + 10, number((operations + 640) / 1e9, 3), "BSD-2-Clause", 32, 32, "bilinear",
               vector((0.485, 0.456, 0.406)), vector((0.229, 0.224, 0.225)), CIFAR10]


def main():
    assert torchvision.__version__.startswith("0.14.1"), torchvision.__version__
    rows = sorted([*torchvision_rows(), *cifar_rows()], key=lambda row: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", row[0])])
    with open(pathlib.Path(__file__).with_name("published.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    for name, names in ((IMAGENET, torchvision.models.ResNet18_Weights.DEFAULT.meta["categories"]), (CIFAR10, CIFAR10_NAMES)):
        lists = pathlib.Path(__file__).with_name("classes")
        (lists / f"{name}.txt").write_text("".join(f"{line}\n" for line in names), encoding="utf-8")
    print(f"{len(rows)} sets of {len({row[0] for row in rows})} architectures")


if __name__ == "__main__":
    main()
