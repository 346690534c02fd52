using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;

namespace TransferLearning.Onnx.Tests;

/// <summary>A file in ONNX Runtime.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly SessionOptions _options = new() { IntraOpNumThreads = 1 };
    private readonly InferenceSession _session;

    public OnnxRun(string path) => _session = new InferenceSession(path, _options);

    public IReadOnlyDictionary<string, NodeMetadata> Inputs => _session.InputMetadata;

    public IReadOnlyDictionary<string, NodeMetadata> Outputs => _session.OutputMetadata;

    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>The outputs by name, with their shapes; the inputs that the file does not take are left out.</summary>
    public IReadOnlyDictionary<string, (int[] Shape, float[] Values)> Run(params (string Name, torch.Tensor Value)[] inputs)
    {
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = _session.Run(
            [.. inputs.Where(input => Inputs.ContainsKey(input.Name)).Select(input => Named(input.Name, input.Value))]);
        return outputs.ToDictionary(
            output => output.Name,
            output => (output.AsTensor<float>().Dimensions.ToArray(), output.AsTensor<float>().ToArray()));
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    /// <summary>The largest difference, as a share of the largest number where that is above 1.</summary>
    public static double Difference(torch.Tensor expected, float[] actual)
    {
        float[] numbers = [.. expected.to(torch.float32).contiguous().data<float>()];
        Assert.Equal(numbers.Length, actual.Length);
        Assert.All(numbers, number => Assert.True(float.IsFinite(number)));
        double scale = Math.Max(1, numbers.Max(Math.Abs));
        return numbers.Zip(actual).Max(pair => Math.Abs((double)pair.First - pair.Second)) / scale;
    }

    private static NamedOnnxValue Named(string name, torch.Tensor value)
    {
        int[] shape = [.. value.shape.Select(length => (int)length)];
        using torch.Tensor plain = value.contiguous();
        return value.dtype switch
        {
            torch.ScalarType.Int64 => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(plain.data<long>().ToArray(), shape)),
            torch.ScalarType.Byte => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<byte>(plain.data<byte>().ToArray(), shape)),
            _ => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(plain.data<float>().ToArray(), shape)),
        };
    }
}
