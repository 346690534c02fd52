"""What a frozen BERT-base gives for texts of 12 to 40 words, in whole numbers of 8 bits and with bfloat16 allowed, beside float32; random
weights.

    /usr/bin/python3 benchmarks/compare/text_int8.py [--repeats 3] [--texts 192]
"""
import argparse

from measure import build, interleave, median, row, write


def main():
    parser = argparse.ArgumentParser(description="Features of texts in int8 and bfloat16 beside float32.")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--texts", type=int, default=192)
    options = parser.parse_args()
    binary = build()
    precisions = ("Float32", "Int8", "BFloat16")
    exact, whole, half = interleave(
        options.repeats, *(([binary, "job", "text-features", precision, str(options.texts)], None) for precision in precisions))
    speed = lambda results: median(results, "textsPerSecond")
    rows = [row("features of BERT-base, texts/s in int8, to its float32", speed(whole), speed(exact), 2.0, "atLeast"),
            row("features of BERT-base, texts/s with bfloat16 allowed, to its float32", speed(half), speed(exact), 0.97, "atLeast")]
    write("text-int8", options.repeats, rows, texts=options.texts, largestRelativeDifference=round(median(whole, "relativeDifference"), 4))


if __name__ == "__main__":
    main()
