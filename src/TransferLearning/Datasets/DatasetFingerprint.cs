using System.Security.Cryptography;

namespace TransferLearning;

/// <summary>Hashes what can be known of a data set without reading its samples.</summary>
internal static class DatasetFingerprint
{
    public static string Of(Dataset dataset)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, dataset.ClassNames.Count);
        foreach (string name in dataset.ClassNames)
        {
            Append(hash, name);
        }

        Append(hash, dataset.Count);
        for (int index = 0; index < dataset.Count; index++)
        {
            Append(hash, dataset.NameOf(index));
            Append(hash, dataset.LabelOf(index));
            Append(hash, dataset.ContentMark(index));
        }

        string digest = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
        return string.Create(CultureInfo.InvariantCulture, $"{dataset.Count}-{dataset.ClassNames.Count}-{digest}");
    }

    // Each text is led by its length, so that no two lists of texts give the same bytes.
    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
