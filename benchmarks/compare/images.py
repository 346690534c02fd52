"""500 x 375 JPEG files to normalised values: processor time beside Pillow and torchvision, and two workers beside one.

    /usr/bin/python3 benchmarks/compare/images.py [--repeats 5] [--seconds 4] [--photos FILE.zip]

The images are photographs of the given zip (or of photos/hymenoptera.zip in the folder that TRANSFERLEARNING_DATA names), fitted to
500 x 375 at quality 88; without it they are drawn.
"""
import argparse
import io
import os
import random
import tempfile
import zipfile

from measure import beside_python, build, interleave, median, row, write

COUNT = 100


def fitted(photos, folder):
    from PIL import Image, ImageOps

    with zipfile.ZipFile(photos) as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith(".jpg"))
        for i, name in enumerate(names[:COUNT]):
            image = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
            ImageOps.fit(image, (500, 375)).save(f"{folder}/{i:03}.jpg", quality=88)


def drawn(folder):
    from PIL import Image, ImageDraw, ImageFilter

    draws = random.Random(1)
    for i in range(COUNT):
        image = Image.effect_noise((500, 375), 60).convert("RGB")
        pen = ImageDraw.Draw(image)
        for _ in range(60):
            x, y, size = draws.randrange(500), draws.randrange(375), draws.randrange(10, 90)
            pen.ellipse((x, y, x + size, y + size), fill=tuple(draws.randrange(256) for _ in range(3)))
        noisy = Image.effect_noise((500, 375), 30).convert("RGB")
        Image.blend(image.filter(ImageFilter.GaussianBlur(1)), noisy, 0.12).save(f"{folder}/{i:03}.jpg", quality=88)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--photos", default=os.path.join(os.environ.get("TRANSFERLEARNING_DATA", ""), "photos", "hymenoptera.zip"))
    options = parser.parse_args()
    binary = build()
    with tempfile.TemporaryDirectory() as folder:
        real = os.path.exists(options.photos)
        fitted(options.photos, folder) if real else drawn(folder)
        size = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)) / COUNT
        ours, python, tuned = beside_python(["images", folder, str(options.seconds)], options.repeats, binary, "images_peer.py")
        field = "millisecondsPerImage"
        what = "decode, resize, crop, normalise a 500 x 375 JPEG, images per second of one core, to Pillow + torchvision"
        rows = [
            row(f"{what} as installed", median(python, field), median(ours, field), 1.5, "atLeast"),
            row(f"{what} with the allocator tuned", median(tuned, field), median(ours, field), 1.5, "atLeast")]
        loader = lambda workers, environment=None: ([binary, "job", "images-loader", folder, str(workers), str(options.seconds)], environment)
        system = {"TRANSFERLEARNING_ALLOCATOR": "system"}
        one, two, plain_one, plain_two = interleave(options.repeats, loader(1), loader(2), loader(1, system), loader(2, system))
        field = "imagesPerSecond"
        rows.append(row("the same through the loader, images/s, two workers to one", median(two, field), median(one, field), 1.9, "atLeast"))
        rows.append(row("allocator tuned to glibc's defaults, images/s, one worker", median(one, field), median(plain_one, field), 0.97, "atLeast"))
        rows.append(row("allocator tuned to glibc's defaults, images/s, two workers", median(two, field), median(plain_two, field), 0.97, "atLeast"))
    write("images", options.repeats, rows, images=f"{COUNT} {'photographs' if real else 'drawn images'} of {size / 1000:.0f} kB on average")


main()
