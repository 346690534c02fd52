using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>What the parts of a training step take, and what the optimiser takes in one pass over memory and by LibTorch's
/// operators.</summary>
internal static class OptimizerJobs
{
    /// <summary>Steps of both kinds in turn, in one process; medians of seconds.</summary>
    /// <param name="arguments">resnet18, vit_b_16 or bert; how many steps; how many threads, 0 for LibTorch's choice.</param>
    public static string Run(string[] arguments)
    {
        int threads = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        LibTorch.Configure(new RuntimeOptions { Threads = threads > 0 ? threads : null });
        using Network network = Built(arguments[0], out Optimizer rule, out ModelInput input, out Tensor labels);
        network.Initialize(1);
        network.train();
        (string, Tensor)[] all = [.. network.named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter))];
        ParameterGroup[] groups = [new ParameterGroup("all", all)];
        using OptimizerState once = rule.CreateState(groups), often = rule.CreateState(groups);
        often.InOnePass = false;
        List<double> forward = [], backward = [], pass = [], operators = [], clip = [];
        for (int i = 0; i < 2 * (int.Parse(arguments[1], CultureInfo.InvariantCulture) + 2); i++)
        {
            using DisposeScope scope = NewDisposeScope();
            once.ZeroGrad();
            Stopwatch clock = Stopwatch.StartNew();
            Tensor loss = nn.functional.cross_entropy(network.call(input), labels);
            double first = clock.Elapsed.TotalSeconds;
            loss.backward();
            loss.item<float>();
            double second = clock.Elapsed.TotalSeconds;
            (i % 2 == 0 ? once : often).Step();
            double third = clock.Elapsed.TotalSeconds;
            new ClipByNorm(1e-6).Apply(all.Select(entry => entry.Item2));
            double fourth = clock.Elapsed.TotalSeconds;
            if (i >= 4)
            {
                forward.Add(first);
                backward.Add(second - first);
                (i % 2 == 0 ? pass : operators).Add(third - second);
                clip.Add(fourth - third);
            }
        }

        input.Dispose();
        labels.Dispose();
        return JsonSerializer.Serialize(new
        {
            forward = Median(forward),
            backward = Median(backward),
            onePass = Median(pass),
            operators = Median(operators),
            clip = Median(clip),
        });
    }

    private static Network Built(string name, out Optimizer rule, out ModelInput input, out Tensor labels)
    {
        bool isText = name == "bert";
        int batch = name == "resnet18" ? 100 : 8, size = name == "resnet18" ? 32 : 224;
        rule = isText || name == "vit_b_16" ? new AdamW(5e-5) : new Sgd(0.001, momentum: 0.9);
        labels = arange(batch, ScalarType.Int64).remainder(2);
        input = isText
            ? new TokenInput(arange(batch * 128, ScalarType.Int64).mul(7919).remainder(30000).add(1).view(batch, 128))
            : new ImageInput(randn(batch, 3, size, size));
        return isText
            ? (Network)ConfigCatalog.Of(TextJobs.BertBase).Build(TextJobs.BertBase, new Classification(2).Head)
            : ModelCatalog.Get(name).Build(new NetworkOptions { Classes = 10 });
    }

    private static double Median(List<double> numbers) => numbers.Order().ElementAt(numbers.Count / 2);
}
