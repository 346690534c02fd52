using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using TransferLearning.Onnx;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>Reads weights from ONNX files and compares the network with the file in ONNX Runtime.</summary>
internal static class OnnxImportJobs
{
    /// <summary>onnx-import ARCHITECTURE FILE …: a line for each file.</summary>
    public static string Run(string[] arguments)
    {
        LibTorch.Load();
        return string.Join('\n', arguments[1..].Select(file => JsonSerializer.Serialize(Measure(arguments[0], file))));
    }

    private static object Measure(string architecture, string file)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            using ImageModel model = OnnxPretrained.Load(architecture, file);
            double seconds = watch.Elapsed.TotalSeconds;
            using SessionOptions options = new() { IntraOpNumThreads = 1 };
            using InferenceSession session = new(file, options);
            int[] shape = session.InputMetadata.First().Value.Dimensions;
            torch.Tensor images = rand([.. shape.Select(length => (long)Math.Max(1, length))]);
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(
            [
                NamedOnnxValue.CreateFromTensor(
                    session.InputMetadata.Keys.First(),
                    new DenseTensor<float>(images.data<float>().ToArray(), [.. images.shape.Select(length => (int)length)])),
            ]);
            float[] expected = [.. outputs[0].AsTensor<float>()], actual = [.. model.Module.call(images).data<float>()];
            double scale = Math.Max(1e-6, expected.Max(Math.Abs));
            double difference = expected.Zip(actual).Max(pair => Math.Abs((double)pair.First - pair.Second)) / scale;
            return new
            {
                file = Path.GetFileName(file),
                difference,
                seconds = Math.Round(seconds, 2),
                missing = model.LoadReport!.Missing.Count,
                unused = model.LoadReport.Unexpected.Count,
                refused = "",
            };
        }
        catch (Exception exception) when (exception is CheckpointException or WeightLoadException)
        {
            return new
            {
                file = Path.GetFileName(file),
                difference = 1.0,
                seconds = 0.0,
                missing = 0,
                unused = 0,
                refused = exception.Message
            };
        }
    }
}
