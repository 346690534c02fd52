using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Hashes what features depend on into keys of 128 bits (XXH3, Collet). Not for secrets.</summary>
internal static class FeatureHash
{
    // A higher number gives other keys everywhere: for the day on which the same weights and samples give other features.
    private const int Version = 3;

    // A tensor is read in pieces, because a span holds at most 2 GiB.
    private const long PieceElements = 1L << 26;

    /// <summary>The key of everything that turns a sample into features.</summary>
    /// <param name="part">Its names, types, shapes and bytes are hashed.</param>
    /// <param name="identity">What else makes the network what it is: architecture, options, the form in which it is run.</param>
    /// <param name="preprocessor">How samples are preprocessed.</param>
    /// <param name="precision">How features are stored.</param>
    public static UInt128 OfBackbone(FrozenPart part, string identity, Preprocessor preprocessor, FeaturePrecision precision)
    {
        string preparation = preprocessor is StackedPreprocessor stacked
            ? $"{preprocessor.Fingerprint};{string.Join(',', stacked.Shape)}"
            : preprocessor.Fingerprint;
        KeyValuePair<string, Tensor>[] state = [.. part.Network.State().Where(entry => part.Holds(entry.Key))];
        UInt128[] contents = new UInt128[state.Length];
        Parallel.For(0, state.Length, index => contents[index] = OfTensor(state[index].Value));

        XxHash128 hash = new();
        Append(hash, Version);
        Append(hash, identity);
        Append(hash, preparation);
        Append(hash, (int)precision);
        for (int i = 0; i < state.Length; i++)
        {
            Append(hash, state[i].Key);
            Append(hash, $"{state[i].Value.dtype}[{string.Join(',', state[i].Value.shape)}]");
            Append(hash, contents[i]);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>The key of a sample's content.</summary>
    public static UInt128 OfSample(Dataset dataset, int index, SampleIdentity identity)
    {
        if (identity == SampleIdentity.Content && OfContent(dataset.Read(index).Input) is { } content)
        {
            return content;
        }

        XxHash128 hash = new();
        long mark = dataset.ContentMark(index);
        Append(hash, dataset.NameOf(index));
        Append(hash, mark);
        if (mark == 0)
        {
            // The data set knows nothing of its contents: at least no other set shall be taken for it.
            Append(hash, dataset.Fingerprint);
            Append(hash, index);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>The key of what a sample holds; null where its bytes cannot be known.</summary>
    public static UInt128? OfContent(SampleContent content)
    {
        ReadOnlySpan<byte> bytes = content.ToBytes().Span;
        if (bytes.IsEmpty)
        {
            return null;
        }

        XxHash128 hash = new();
        Append(hash, content is RawImage raw ? $"{raw.Width}x{raw.Height}" : content.GetType().Name);
        hash.Append(bytes);
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>The key of one augmented view of a sample: draws depend on the seed, the epoch and the number of the sample.</summary>
    public static UInt128 OfView(UInt128 sample, long seed, int view, int index)
    {
        XxHash128 hash = new();
        Append(hash, sample);
        Append(hash, seed);
        Append(hash, view);
        Append(hash, index);
        return hash.GetCurrentHashAsUInt128();
    }

    private static UInt128 OfTensor(Tensor tensor)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = tensor.detach().cpu().contiguous().reshape(-1); // whatever the layout in memory, the same numbers give the same hash
        XxHash128 hash = new();
        for (long start = 0; start < plain.numel(); start += PieceElements)
        {
            hash.Append(plain.narrow(0, start, Math.Min(PieceElements, plain.numel() - start)).bytes);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    // Each text is led by its length, so that no two lists of texts give the same bytes.
    private static void Append(XxHash128 hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.Append(bytes);
    }

    private static void Append(XxHash128 hash, UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, number);
        hash.Append(bytes);
    }

    private static void Append(XxHash128 hash, long number) => Append(hash, (UInt128)unchecked((ulong)number));
    private static void Append(XxHash128 hash, int number) => Append(hash, (long)number);
}
