using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace TransferLearning;

/// <summary>Matches a state dict with targets, and only then writes.</summary>
internal static class WeightLoading
{
    /// <summary>Fewer bytes than these are read by one thread before others have begun.</summary>
    internal const long FewBytes = 32 << 20;

    private const int MostReaders = 4;
    private const int SectionsShown = 10;
    private const string BatchCounter = "num_batches_tracked";

    public static WeightLoadReport Load(
        string source, StateDict weights, IReadOnlyList<KeyValuePair<string, Tensor>> targets, LoadOptions options)
    {
        List<Match> matches = [];
        List<Tensor> counters = [];
        List<string> missing = [];
        List<ShapeMismatch> mismatches = [];
        HashSet<string> names = [];
        (long elements, long filled, long bytes) = (0, 0, 0);
        foreach ((string name, Tensor target) in targets)
        {
            elements += target.NumberOfElements;
            if (!names.Add(name))
            {
                throw new ArgumentException($"The targets hold the name '{name}' twice.", nameof(targets));
            }

            if (!weights.TryGet(name, out TensorEntry? entry))
            {
                if (name == BatchCounter || name.EndsWith("." + BatchCounter, StringComparison.Ordinal))
                {
                    counters.Add(target);
                    filled += target.NumberOfElements;
                }
                else
                {
                    missing.Add(name);
                }
            }
            else if (!target.shape.AsSpan().SequenceEqual([.. entry.Shape]))
            {
                mismatches.Add(new ShapeMismatch(name, target.shape, entry.Shape));
            }
            else if (!entry.View.CanConvertTo(target.dtype))
            {
                throw new CheckpointException(
                    CheckpointErrorKind.BadDtype,
                    source,
                    $"tensor '{name}'",
                    $"It holds {entry.Dtype}; the target takes {target.dtype}. Nothing was changed.",
                    "Use a model of complex numbers, or other weights.");
            }
            else
            {
                matches.Add(new Match(target, entry));
                filled += target.NumberOfElements;
                bytes += entry.View.ByteCount;
            }
        }

        WeightLoadReport report = new()
        {
            Source = source,
            Applied = [.. matches.Select(match => match.Entry.Name)],
            Missing = missing,
            Unexpected = [.. weights.Entries.Select(entry => entry.Name).Where(name => !names.Contains(name))],
            ShapeMismatches = mismatches,
            Coverage = elements == 0 ? 1 : (double)filled / elements,
        };
        Refuse(weights, report, options);

        using (no_grad())
        {
            counters.ForEach(counter => counter.zero_());
        }

        Read(source, matches, bytes, options);
        return report with { BytesRead = bytes };
    }

    /// <summary>Copying from the page cache and checking sums keeps one core busy; several read different tensors at once.</summary>
    private static void Read(string source, List<Match> matches, long bytes, LoadOptions options)
    {
        // Two targets that looked into the same pages would train each other.
        HashSet<TensorStorage?> shared =
        [
            .. matches.GroupBy(match => match.Entry.View.Storage).Where(group => group.Count() > 1).Select(group => group.Key)
        ];
        void ReadOne(Match match)
        {
            TensorView view = match.Entry.View;
            if (shared.Contains(view.Storage) || !view.MapInto(match.Target))
            {
                view.ReadInto(match.Target);
                if (!options.AllowNonFinite)
                {
                    RequireFinite(source, match.Entry.Name, match.Target);
                }
            }
        }

        if (bytes < FewBytes)
        {
            matches.ForEach(ReadOne);
            return;
        }

        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, 1, MostReaders) };
        try
        {
            Parallel.ForEach(
                Partitioner.Create(
                    matches.OrderByDescending(match => match.Entry.View.ByteCount), EnumerablePartitionerOptions.NoBuffering),
                parallel,
                ReadOne);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    /// <summary>Refuses a tensor that holds NaN or infinity.</summary>
    public static void RequireFinite(string source, string name, Tensor tensor)
    {
        if (!FiniteElements.AreAll(tensor))
        {
            throw new CheckpointException(
                CheckpointErrorKind.NonFinite,
                source,
                $"tensor '{name}'",
                "It holds NaN or infinity; finite weights were expected.",
                "Take a checkpoint from before the training diverged, or set LoadOptions.AllowNonFinite if that is meant to be so.");
        }
    }

    private static void Refuse(StateDict weights, WeightLoadReport report, LoadOptions options)
    {
        bool Required(string name) => !options.OptionalPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

        if (!options.AllowPartial && (report.Missing.Any(Required) || report.ShapeMismatches.Any(mismatch => Required(mismatch.Name))))
        {
            throw new WeightLoadException(report, Remedy(weights));
        }

        if (!options.AllowUnexpected && report.Unexpected.Count > 0)
        {
            throw new WeightLoadException(
                report, "The checkpoint holds names the model lacks; set LoadOptions.AllowUnexpected to pass over them.");
        }
    }

    private static string Remedy(StateDict weights)
    {
        string[] sections = [.. weights.Root.Pairs
            .Where(pair => pair.Value.Kind == CheckpointValueKind.Dictionary).Select(pair => pair.Key.ToString()).Take(SectionsShown)];
        return weights.Entries.Count == 0 && sections.Length > 0
            ? $"The file has no tensors at its root; name the part to take with CheckpointOptions.Section: {string.Join(", ", sections)}."
            : "Choose the weights of this architecture, rename with CheckpointOptions.KeyMap, "
                + "or name what may differ in LoadOptions.OptionalPrefixes.";
    }

    // Not a tuple: .NET has its lists and queries of classes compiled, of structures it compiles them as a program starts.
    private sealed record Match(Tensor Target, TensorEntry Entry);
}
