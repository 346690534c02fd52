using System.Diagnostics;
using TorchSharp;
using TorchSharp.PyBridge;
using TransferLearning.Tests;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>What TorchSharp.PyBridge does with files from outside, beside the library's own reader.</summary>
internal static class PyBridgeJobs
{
    private const int Repeats = 9;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>pybridge FOLDER: hostile files, each in a process of its own, because one may take the memory or the time; then how long a
    /// sound one takes.</summary>
    /// <param name="folder">The damaged and hostile checkpoints.</param>
    public static string Run(string folder)
    {
        string[] files = [.. Directory.GetFiles(folder).Where(IsCheckpoint).Order(StringComparer.Ordinal)];
        SortedDictionary<string, string[]> outcomes = [];
        foreach (string file in files)
        {
            using Process process = Process.Start(
                new ProcessStartInfo(Environment.ProcessPath!, ["job", "pybridge-one", file])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            bool isOver = process.WaitForExit(Limit);
            if (!isOver)
            {
                process.Kill();
            }

            string[] said = isOver && process.ExitCode == 0 ? output.Result.Trim().Split(' ') : ["ended", "ended"];
            outcomes[Path.GetFileName(file)] = isOver ? said : ["no end", "no end"];
        }

        (double zip, double safe) = Times();
        int[] accepted = [.. Enumerable.Range(0, 2).Select(side => outcomes.Values.Count(one => one[side] == "accepted"))];
        return ResultsFile.Of(
            [
                new { name = $"{files.Length} hostile files, accepted by the library", ratio = (double)accepted[1], goal = 0.0,
                    direction = "atMost" },
                new { name = $"{files.Length} hostile files, accepted by PyBridge", ratio = (double)accepted[0] },
                new { name = "a ResNet-50 as zip, PyBridge's time to the library's", ratio = zip },
                new { name = "a ResNet-50 as safetensors, PyBridge's time to the library's", ratio = safe },
                new { name = "parameters of a layer that load_py leaves frozen, share", ratio = Frozen() },
            ],
            new { pyBridge = outcomes.ToDictionary(one => one.Key, one => one.Value[0]) });
    }

    /// <summary>pybridge-one FILE: whether PyBridge and the library accept it.</summary>
    public static string One(string file)
    {
        LibTorch.Load();
        return $"{Accepts(() => Count(ReadByPyBridge(file)))} {Accepts(() => Count(ReadByLibrary(file)))}";
    }

    private static bool IsCheckpoint(string file) => Path.GetExtension(file) is ".pth" or ".pt" or ".bin" or ".safetensors";

    private static string Accepts(Action read)
    {
        try
        {
            read();
            return "accepted";
        }
        catch (Exception)
        {
            return "refused";
        }
    }

    private static void Count(IEnumerable<Tensor> tensors) => _ = tensors.Sum(tensor => tensor.numel());

    private static IEnumerable<Tensor> ReadByPyBridge(string file)
        => file.EndsWith(".safetensors", StringComparison.Ordinal)
            ? [.. Safetensors.LoadStateDict(file).Values]
            : [.. PyTorchUnpickler.UnpickleStateDict(file).Values.OfType<Tensor>()];

    private static IEnumerable<Tensor> ReadByLibrary(string file)
    {
        using StateDict state = StateDict.Open(file);
        return [.. state.Entries.Select(entry => state.Read(entry.Name))];
    }

    private static (double Zip, double Safe) Times()
    {
        using TemporaryFolder folder = new();
        using (ImageModel model = ImageModel.Create("resnet50", 1000, seed: 1))
        using (StateDict state = StateDict.FromTensors(model.Module.State()))
        {
            state.Save(folder.File("a.pth"));
            state.Save(folder.File("a.safetensors"));
        }

        return (Ratio(folder.File("a.pth")), Ratio(folder.File("a.safetensors")));

        static double Ratio(string file)
            => Math.Round(Median(() => Count(ReadByPyBridge(file))) / Median(() => Count(ReadByLibrary(file))), 2);
    }

    // The first rounds warm up.
    private static double Median(Action read)
    {
        List<double> seconds = [];
        for (int round = 0; round < Repeats + 2; round++)
        {
            using DisposeScope scope = NewDisposeScope();
            Stopwatch watch = Stopwatch.StartNew();
            read();
            seconds.Add(watch.Elapsed.TotalSeconds);
        }

        return seconds.Skip(2).Order().ElementAt(Repeats / 2);
    }

    private static double Frozen()
    {
        using TemporaryFolder folder = new();
        using TorchSharp.Modules.Linear layer = nn.Linear(4, 2);
        using (StateDict state = StateDict.FromTensors(layer.state_dict()
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value.detach()))))
        {
            state.Save(folder.File("a.pth"));
        }

        layer.load_py(folder.File("a.pth"));
        return layer.parameters().Average(parameter => parameter.requires_grad ? 0.0 : 1.0);
    }
}
