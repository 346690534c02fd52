"""What a frozen BERT-base gives for texts of 12 to 40 words, in whole numbers of 8 bits and with bfloat16 allowed, beside float32; random
weights.

    /usr/bin/python3 benchmarks/compare/text_int8.py [--repeats 3] [--texts 192]
"""
import argparse

from measure import build, interleave, median, row, write


def main():
    parser = argparse.ArgumentParser(description="Features of texts in int8 and bfloat16 beside float32.")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--texts", type=int, default=768)
    options = parser.parse_args()
    binary = build()
    few = options.texts // 4
    cases = [("Float32", options.texts), ("Int8", options.texts), ("BFloat16", options.texts), ("Float32", few), ("Int8", few)]
    exact, whole, half, exact_few, whole_few = interleave(
        options.repeats, *(([binary, "job", "text-features", precision, str(texts)], None) for precision, texts in cases))
    speed = lambda results: median(results, "textsPerSecond")
    rows = [row("features of BERT-base, texts/s in int8, to its float32", speed(whole), speed(exact), 2.0, "atLeast"),
            row(f"features of BERT-base, {few} texts, texts/s in int8, observing ranges included, to its float32",
                speed(whole_few), speed(exact_few), 2.0, "atLeast"),
            row("features of BERT-base, texts/s with bfloat16 allowed, to its float32", speed(half), speed(exact), 0.97, "atLeast")]
    write("text-int8", options.repeats, rows, texts=options.texts, largestRelativeDifference=round(median(whole, "relativeDifference"), 4))


if __name__ == "__main__":
    main()
