"""Runs samples/SpokenDigits on the whole Free Spoken Digit Dataset: four speakers to train, two others, never heard before, to test.

usage: spoken_digits.py FSDD.zip [--out RESULTS.json]
The zip holds DIGIT_SPEAKER_INDEX.wav (Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0).
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import zipfile

TEST_SPEAKERS = {"theo", "yweweler"}

parser = argparse.ArgumentParser()
parser.add_argument("archive")
parser.add_argument("--out")
options = parser.parse_args()
root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with tempfile.TemporaryDirectory() as work:
    divided = os.path.join(work, "digits.zip")
    with zipfile.ZipFile(options.archive) as source, zipfile.ZipFile(divided, "w") as target:
        for name in source.namelist():
            match = re.search(r"(\d)_([a-z]+)_(\d+)\.wav$", name)
            if match:
                part = "test" if match[2] in TEST_SPEAKERS else "train"
                target.writestr(f"{part}/{match[1]}/{os.path.basename(name)}", source.read(name))
    rows = os.path.join(work, "rows.json")
    subprocess.run(
        ["dotnet", "run", "-c", "Release", "--project", os.path.join(root, "samples", "SpokenDigits"), "--",
         "--data", divided, "--counts", "5,20,200", "--json", rows],
        check=True,
    )
    with open(rows) as file:
        result = json.load(file)
    if options.out:
        with open(options.out, "w") as file:
            json.dump(result, file, indent=2)
