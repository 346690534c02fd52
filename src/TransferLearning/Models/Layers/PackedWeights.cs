namespace TransferLearning.Layers;

/// <summary>Copies of a network's weights in the layout in which oneDNN multiplies a few rows with them fastest: it lays out anew, in every
/// product of two rows or more, what it reads as it is stored. A decoding that lasts makes them, each once its products without have cost
/// what the copy does.</summary>
/// <remarks>They hold the weights as they were; whoever may change these disposes them first. Whether they are faster belongs to the
/// processor: it is measured once, and remembered by <see cref="MeasuredForms"/>. Not for several threads.</remarks>
/// <param name="mostBytes">What the copies may take; further weights stay as they are stored.</param>
/// <param name="areFaster">Whether products with them are faster; null measures it.</param>
internal sealed class PackedWeights(long mostBytes = 1L << 31, bool? areFaster = null) : IDisposable
{
    // Of more rows LibTorch's own product is as fast; one row reads a weight once, in whichever layout.
    private const long FewestRows = 2, MostRows = 64;

    // A copy takes as long as so many products save by it.
    private const int UsesBefore = 6;

    // Of the trial.
    private const int Rows = 8, Inputs = 768, Outputs = 3072;
    private const double Gain = 0.9;

    private static readonly Lazy<bool> AreFaster = new(() => Prefers(MeasuredForms.Shared));

    private readonly Dictionary<Parameter, Entry> _entries = new(ReferenceEqualityComparer.Instance);

    /// <summary>What the copies take.</summary>
    public long Bytes { get; private set; }

    /// <summary>The copy for a product, which stays this object's; null where it is to be done without.</summary>
    /// <param name="weight">[outputs, inputs]. No copy is made of what is not a network's own tensor, stored so: the products of one that
    /// is stored the other way round are slowed little, and turning it takes long.</param>
    /// <param name="rows">How many rows are multiplied.</param>
    public Tensor? Of(Tensor weight, long rows)
    {
        if (weight is not Parameter stored || weight.stride(1) != 1 || rows > MostRows)
        {
            return null;
        }

        if (!_entries.TryGetValue(stored, out Entry? entry))
        {
            _entries.Add(stored, entry = new Entry());
        }

        long bytes = weight.numel() * sizeof(float);
        if (entry.Packed is null && rows >= FewestRows && ++entry.Uses > UsesBefore && Bytes + bytes <= mostBytes
            && (areFaster ?? AreFaster.Value))
        {
            entry.Packed = OneDnnScript.PackLinear(weight, rows).DetachFromDisposeScope();
            Bytes += bytes;
        }

        return entry.Packed;
    }

    public void Dispose()
    {
        foreach (Entry entry in _entries.Values)
        {
            entry.Packed?.Dispose();
        }

        _entries.Clear();
        Bytes = 0;
    }

    /// <summary>Whether products with them are faster on this machine.</summary>
    public static bool Prefers(MeasuredForms forms) => OneDnnScript.IsAvailable && forms.IsFaster(
        $"products of {Rows} rows with copied weights",
        "copied",
        "stored",
        Gain,
        () =>
        {
            Tensor input = ones(Rows, Inputs), weight = ones(Outputs, Inputs), packed = OneDnnScript.PackLinear(weight, Rows);
            return (() => OneDnnLinear.Run(input, packed, null), () => OneDnnLinear.Run(input, weight, null));
        });

    private sealed class Entry
    {
        public int Uses { get; set; }

        public Tensor? Packed { get; set; }
    }
}
