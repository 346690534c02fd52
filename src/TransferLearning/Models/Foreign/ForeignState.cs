using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>A checkpoint of another library under the names and in the shapes of this library's network: renamed, split tensors joined,
/// axes of length 1 added or left out, and constants that the network computes itself taken from there.</summary>
internal sealed class ForeignState : IDisposable
{
    private const string ConstantSuffix = ".relative_position_index";

    private readonly List<Tensor> _made = [];

    /// <summary>Gives the weights the network's names.</summary>
    /// <param name="names">Where the names are from.</param>
    /// <param name="source">The checkpoint; it stays the caller's and must outlive this.</param>
    /// <param name="network">The network the weights are for, or one like it; it stays the caller's and must outlive this.</param>
    public ForeignState(ForeignNames names, StateDict source, ImageNetwork network)
    {
        IReadOnlyList<KeyValuePair<string, Tensor>> targets = network.State();
        Names = names;
        try
        {
            State = source.WithEntries(Entries(source, targets));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the names are from.</summary>
    public ForeignNames Names { get; }

    /// <summary>The weights under the network's names. They live as long as this, the checkpoint and the network.</summary>
    public StateDict State { get; }

    /// <summary>Finds out whether a checkpoint has another library's names.</summary>
    /// <param name="architecture">The name of the architecture that the weights are for.</param>
    /// <param name="source">The checkpoint.</param>
    /// <returns>Whose names they are; null if they are not known as another library's.</returns>
    public static ForeignNames? Recognise(string architecture, StateDict source)
        => ForeignNamesTable.All.FirstOrDefault(row => row.Fits(source) && Regex.IsMatch(architecture, row.Architectures));

    /// <inheritdoc/>
    public void Dispose() => _made.ForEach(tensor => tensor.Dispose());

    private List<TensorEntry> Entries(StateDict source, IReadOnlyList<KeyValuePair<string, Tensor>> targets)
    {
        KeyMap map = Names.Names([.. targets.Select(target => target.Key)]);
        Dictionary<string, Tensor> byName = new(targets);
        Dictionary<string, TensorEntry> entries = [];
        Dictionary<string, SortedList<int, TensorEntry>> joined = [];
        foreach (TensorEntry entry in source.Entries)
        {
            string plain = entry.Name.StartsWith(Names.Prefix, StringComparison.Ordinal) ? entry.Name[Names.Prefix.Length..] : entry.Name;
            string name = map.Apply(plain)!;
            int sign = name.LastIndexOf('#');
            if (sign < 0)
            {
                Add(name, entry.View);
                continue;
            }

            if (!joined.TryGetValue(name[..sign], out SortedList<int, TensorEntry>? parts))
            {
                joined[name[..sign]] = parts = [];
            }

            parts.Add(int.Parse(name.AsSpan(sign + 1), CultureInfo.InvariantCulture), entry);
        }

        foreach ((string name, SortedList<int, TensorEntry> parts) in joined)
        {
            Add(name, TensorView.Of(Made(Join(name, parts.Values)), isParameter: true));
        }

        foreach ((string name, Tensor constant) in targets.Where(target => target.Key.EndsWith(ConstantSuffix, StringComparison.Ordinal)))
        {
            entries[name] = new TensorEntry(name, TensorView.Of(constant, isParameter: false));
        }

        return [.. entries.Values];

        void Add(string name, TensorView view)
        {
            if (byName.TryGetValue(name, out Tensor? target)
                && !view.Shape.SequenceEqual(target.shape)
                && Squeezed(view.Shape).SequenceEqual(Squeezed(target.shape)))
            {
                using Tensor read = view.Read();
                view = TensorView.Of(Made(read.reshape(target.shape)), view.IsParameter);
            }

            if (!entries.TryAdd(name, new TensorEntry(name, view)))
            {
                throw new InvalidDataException(
                    $"The names of {Names.Home} in this checkpoint give '{name}' twice: it holds two networks. Choose one with "
                        + "CheckpointOptions.Section, or rename with a KeyMap.");
            }
        }
    }

    private static Tensor Join(string name, IList<TensorEntry> parts)
    {
        if (parts.Any(part => !part.Shape.Skip(1).SequenceEqual(parts[0].Shape.Skip(1)) || part.Shape.Count == 0))
        {
            string found = string.Join(", ", parts.Select(part => $"{part.Name} [{string.Join(", ", part.Shape)}]"));
            throw new InvalidDataException(
                $"'{name}' is joined from parts that must agree in all axes but the first, and these do not: {found}.");
        }

        using DisposeScope scope = NewDisposeScope();
        return cat([.. parts.Select(part => part.View.Read())], 0).MoveToOuterDisposeScope();
    }

    // Kept from the scopes of the caller, because entries refer to it.
    private Tensor Made(Tensor tensor)
    {
        _made.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    private static IEnumerable<long> Squeezed(IEnumerable<long> shape) => shape.Where(size => size != 1);
}
