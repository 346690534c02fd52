// Loads MobileNetV2, predicts one image, and says how long each part took: MODEL IMAGE. Without arguments it only loads LibTorch.
using System.Diagnostics;
using System.Globalization;
using TransferLearning;

long start = Stopwatch.GetTimestamp();
if (args.Length == 0)
{
    LibTorch.Load();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"libTorch\": {Stopwatch.GetElapsedTime(start).TotalSeconds}}}"));
    return;
}

using ImageModel model = Pretrained.MobileNetV2(args[0]);
double load = Stopwatch.GetElapsedTime(start).TotalSeconds;
start = Stopwatch.GetTimestamp();
Prediction prediction = model.Predict(args[1]);
double predict = Stopwatch.GetElapsedTime(start).TotalSeconds;
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{{\"load\": {load}, \"predict\": {predict}, \"class\": {prediction.Class}, "
        + $"\"compiled\": {System.Runtime.JitInfo.GetCompiledMethodCount()}}}"));
