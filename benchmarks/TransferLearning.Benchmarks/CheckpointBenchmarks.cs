using BenchmarkDotNet.Attributes;
using TorchSharp;

namespace TransferLearning.Benchmarks;

/// <summary>Reading a 45 MB checkpoint (ResNet-18) into a network that is there, beside reading the file in 1 MB pieces.</summary>
public class CheckpointBenchmarks
{
    private readonly string _folder = Directory.CreateTempSubdirectory("benchmark-").FullName;
    private readonly byte[] _buffer = new byte[1 << 20];
    private ImageNetwork? _network;

    private string SafeTensors => Path.Combine(_folder, "resnet18.safetensors");

    private string Zip => Path.Combine(_folder, "resnet18.pth");

    [GlobalSetup]
    public void Write()
    {
        _network = ModelCatalog.Get("resnet18").Build();
        _network.Initialize(0);
        using StateDict state = StateDict.FromTensors(_network.State());
        state.Save(SafeTensors);
        state.Save(Zip);
    }

    [GlobalCleanup]
    public void Delete()
    {
        _network?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Baseline = true)]
    public long ReadInPieces()
    {
        using FileStream file = new(Zip, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        long sum = 0;
        for (int read = file.Read(_buffer); read > 0; read = file.Read(_buffer))
        {
            sum += read;
        }

        return sum;
    }

    [Benchmark]
    public double LoadZip() => LoadFrom(Zip);

    [Benchmark]
    public double LoadSafeTensors() => LoadFrom(SafeTensors);

    private double LoadFrom(string path)
    {
        using StateDict state = StateDict.Open(path);
        return state.LoadInto(_network!.State()).Coverage;
    }
}
