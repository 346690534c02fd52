using System.Collections;
using System.Reflection;
using System.Security.Cryptography;

namespace TransferLearning;

/// <summary>What must be the same for a run to resume from a checkpoint, in words, so that an error can name what differs.</summary>
internal static class RunIdentity
{
    /// <summary>The key of the number of processes.</summary>
    public const string Processes = "processes";

    /// <summary>The key of the hash of what is frozen.</summary>
    public const string FrozenWeights = "frozen weights";

    private static readonly string[] AddedLater =
    [
        nameof(Classification.Scaling),
        nameof(ExponentialMovingAverage.BeginsBeforeFirstStep),
        nameof(OneCycleSchedule.EndsAfterLastStep),
    ];

    /// <summary>The identity of a run: what the task says of model and data, and all options that change numbers.</summary>
    public static Dictionary<string, string> Of(TrainingPlan plan, IBatchSource source, Optimizer optimizer, FineTuneOptions options)
    {
        Dictionary<string, string> identity = new(plan.Identity)
        {
            ["trained parameters"] = Names(plan.Groups),
            [FrozenWeights] = Hash(
                ModuleState.Of(plan.Network).Where(entry => entry.Value is TorchSharp.Modules.Parameter { requires_grad: false })),
            ["optimizer"] = Describe(optimizer),
            ["samples in an epoch"] = Describe(source.SampleCount),
        };
        foreach ((string name, string value) in OfOptions(options))
        {
            identity[name] = value;
        }

        return identity;
    }

    /// <summary>All options that change numbers.</summary>
    public static Dictionary<string, string> OfOptions(FineTuneOptions options)
    {
        Dictionary<string, string> identity = [];
        foreach ((string name, object? value) in new (string, object?)[]
        {
            (nameof(options.Epochs), options.Epochs),
            (nameof(options.BatchSize), options.BatchSize),
            (nameof(options.AccumulationSteps), options.AccumulationSteps),
            (nameof(options.Seed), options.Seed),
            (nameof(options.Schedule), options.Schedule),
            (nameof(options.Loss), options.Loss),
            (nameof(options.Clipping), options.Clipping),
            (nameof(options.Average), options.Average),
            (nameof(options.Patience), options.Patience),
            (nameof(options.EvaluateEvery), options.EvaluateEvery),
            (nameof(options.RestoreBestWeights), options.RestoreBestWeights),
            (nameof(options.Precision), options.Precision),
            (nameof(options.ChannelsLast), options.ChannelsLast ?? false),
            (nameof(options.OnBadSample), options.OnBadSample),
            (nameof(options.CachedViews), options.CachedViews),
        })
        {
            identity[name] = Describe(value);
        }

        // What older runs do not have is there only where it says something.
        if (options.Sampler is not null)
        {
            identity[nameof(options.Sampler)] = Describe(options.Sampler);
        }

        if (options.Methods.Count > 0)
        {
            identity[nameof(options.Methods)] = string.Join(", ", options.Methods.Select(method => method.Identity));
        }

        if (options.Budget is { } budget)
        {
            identity["budget"] = budget.Identity;
        }

        if (options.Communicator is { Size: > 1 } communicator)
        {
            identity[Processes] = Describe(communicator.Size);
            identity[nameof(options.Distributed)] = Describe(options.Distributed ?? new DistributedOptions());
        }

        if (options.Phase is { Words: { } phase })
        {
            identity["phase"] = phase;
        }

        return identity;
    }

    /// <summary>An immutable value in words, without the computer's language: its type and every public property.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "none",
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "yes" : "no",
        Type type => type.Name,
        Dataset dataset => dataset.Fingerprint,
        IEnumerable many => $"[{string.Join(", ", many.Cast<object?>().Select(Describe))}]",
        _ => Properties(value),
    };

    /// <summary>A type and its public properties in words, but for some.</summary>
    public static string Properties(object value, params string[] without)
        => $"{value.GetType().Name}({string.Join(", ", value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.Name != "EqualityContract")
            .Where(property => !without.Contains(property.Name))

            // What older runs and shards do not have is there only where it says something.
            .Where(property => !AddedLater.Contains(property.Name) || property.GetValue(value) is not (null or false))
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => $"{property.Name}: {Describe(property.GetValue(value))}"))})";

    /// <summary>A hash of names, shapes and numbers.</summary>
    public static string Hash(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Tensor tensor) in tensors)
        {
            using DisposeScope scope = NewDisposeScope();
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name}\n{tensor.dtype}[{string.Join(',', tensor.shape)}]\n"));
            Tensor flat = tensor.detach().cpu().contiguous().view(-1);
            TensorBytes.ForEachPiece(flat, hash, static (bytes, hash) => hash.AppendData(bytes));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    private static string Names(IReadOnlyList<ParameterGroup> groups)
    {
        (string Name, Tensor Parameter)[] all = [.. groups.SelectMany(part => part.Parameters)];
        string[] rates = [.. groups.Select(part => $"{part.Name} x{Describe(part.RateFactor)} decay {Describe(part.WeightDecay)}")];
        string[] shapes = [.. all.Select(entry => $"{entry.Name}[{string.Join(',', entry.Parameter.shape)}]{entry.Parameter.dtype}")];
        byte[] digest = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', [.. rates, .. shapes])));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{all.Length} from {all[0].Name} to {all[^1].Name} in {string.Join(", ", groups.Select(part => part.Name).Distinct())} "
                + $"({Convert.ToHexStringLower(digest.AsSpan(0, 6))})");
    }
}
