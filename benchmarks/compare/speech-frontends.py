"""Front ends on 16 kHz speech that is decoded already, seconds of sound per second of one core, beside torchaudio.

    /usr/bin/python3 benchmarks/compare/speech-frontends.py [--repeats 5] [--seconds 2] [--sound FILE.wav]

The sound is a WAV file of one channel at 16 kHz; without it a recording of the tests is repeated to 30 seconds.
"""
import argparse
import os
import tempfile
import wave

import measure
from measure import ROOT, build, interleave, median, row, write

RECORDING = os.path.join(ROOT, "tests", "TransferLearning.Speech.Tests", "Fixtures", "Parity", "speech", "wav", "0_jackson_0_16k.wav")
NAMES = {
    "log-mel": "log-mel of 80 bands, FFT of 400, hop of 160, to torchaudio's MelSpectrogram and log",
    "whisper": "Whisper's log-mel of 80 bands, to the same in PyTorch",
    "fbank": "Kaldi filter bank of 80 bands, to torchaudio's",
    "resample": "16 kHz to 8 kHz, to torchaudio's Resample",
}


def repeated(path, seconds=30):
    with wave.open(RECORDING) as source:
        data = source.readframes(source.getnframes())
    with wave.open(path, "wb") as target:
        target.setparams((1, 2, 16000, 0, "NONE", ""))
        target.writeframes((data * (1 + 32000 * seconds // len(data)))[:32000 * seconds])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--sound")
    options = parser.parse_args()
    measure.THREADS = "1"
    binary = build()
    peer = os.path.join(measure.HERE, "speech_frontends_peer.py")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        sound = options.sound or os.path.join(folder, "sound.wav")
        if not options.sound:
            repeated(sound)
        for name, what in NAMES.items():
            job = [name, sound, str(options.seconds)]
            ours, python = interleave(options.repeats, ([binary, "job", "speech-frontend", *job], None), ([measure.sys.executable, peer, *job], None))
            field = "secondsPerSecond"
            rows.append(row(f"{what}, sound per CPU time", median(ours, field), median(python, field), 2, "atLeast"))
    write("speech-frontends", options.repeats, rows)


main()
