"""The last stage of ResNet-18 (224 pixels) and the last two layers of BERT-base (12 to 40 tokens), ten epochs on random weights: what lies
before them run as it is in every epoch, run in the fastest form, or computed once.

    /usr/bin/python3 benchmarks/compare/division.py [--repeats 3] [--epochs 10] [--images 160] [--texts 160]
"""
import argparse

from measure import build, interleave, median, row, write


def main():
    parser = argparse.ArgumentParser(description="Training the last stages of a network, beside the uncached run.")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--images", type=int, default=160)
    parser.add_argument("--texts", type=int, default=160)
    options = parser.parse_args()
    binary = build()
    rows, seconds, losses = [], {}, {}
    for network, name, count, goal, ways in (
            ("resnet18", "ResNet-18 from layer4", options.images, 1.9, ("plain", "form", "once")),
            ("bert", "BERT-base from layer.10", options.texts, 2.0, ("plain", "once"))):
        results = interleave(
            options.repeats,
            *(([binary, "job", "division", network, way, str(options.epochs), str(count)], None) for way in ways))
        took = {way: median(kept, "seconds") for way, kept in zip(ways, results)}
        seconds[network] = {way: round(value, 2) for way, value in took.items()}
        losses[network] = {way: kept[0]["loss"] for way, kept in zip(ways, results)}
        for way in ways[1:]:
            what = "computed once" if way == "once" else "in the fastest form in every epoch"
            rows.append(row(f"{name}, {options.epochs} epochs, what is frozen {what}, speed to running it as it is", took["plain"], took[way], goal if way == "once" else 1.2, "atLeast"))
    write("division", options.repeats, rows, images=options.images, texts=options.texts, seconds=seconds, finalLoss=losses)


if __name__ == "__main__":
    main()
