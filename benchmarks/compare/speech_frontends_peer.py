"""The same front ends in torchaudio: NAME FILE.wav SECONDS. Prints one line of JSON."""
import json
import sys
import time
import wave

import numpy
import torch
import torchaudio

torch.set_num_threads(1)
name, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
with wave.open(path) as sound:
    samples = torch.from_numpy(numpy.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(numpy.float32) / 32768)

mel = torchaudio.transforms.MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=80)
slaney = torchaudio.functional.melscale_fbanks(201, 0.0, 8000.0, 80, 16000, norm="slaney", mel_scale="slaney").T.contiguous()
window = torch.hann_window(400)
down = torchaudio.transforms.Resample(16000, 8000)


def whisper(wave):
    power = torch.stft(wave, 400, 160, window=window, return_complex=True)[..., :-1].abs() ** 2
    logarithm = torch.clamp(slaney @ power, min=1e-10).log10()
    return (torch.maximum(logarithm, logarithm.max() - 8) + 4) / 4


work = {
    "log-mel": lambda: (mel(samples) + 1e-6).log(),
    "whisper": lambda: whisper(samples),
    "fbank": lambda: torchaudio.compliance.kaldi.fbank(samples[None] * 32768, num_mel_bins=80, window_type="hanning"),
    "resample": lambda: down(samples),
}[name]


def run(limit):
    count, start, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < limit:
        work()
        count += 1
    return count * len(samples) / 16000 / (time.process_time() - used)


with torch.no_grad():
    run(seconds / 2)
    print(json.dumps({"secondsPerSecond": run(seconds)}))
