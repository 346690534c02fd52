// Loads MobileNetV2, predicts one image, and says how long each part took: MODEL IMAGE THREADS.
using System.Diagnostics;
using System.Globalization;
using TransferLearning;

long start = Stopwatch.GetTimestamp();
LibTorch.Load();
double libTorch = Stopwatch.GetElapsedTime(start).TotalSeconds;
TorchSharp.torch.set_num_threads(int.Parse(args[2], CultureInfo.InvariantCulture));
start = Stopwatch.GetTimestamp();
using ImageModel model = Pretrained.MobileNetV2(args[0]);
double load = Stopwatch.GetElapsedTime(start).TotalSeconds;
start = Stopwatch.GetTimestamp();
Prediction prediction = model.Predict(args[1]);
double predict = Stopwatch.GetElapsedTime(start).TotalSeconds;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{{\"libTorch\": {libTorch}, \"load\": {load}, \"predict\": {predict}, \"class\": {prediction.Class}, "
        + $"\"compiled\": {System.Runtime.JitInfo.GetCompiledMethodCount()}}}"));
