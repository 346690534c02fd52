using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Writes PyTorch's zip form: an ordered dictionary of plain tensors, each with a storage of its own.</summary>
internal static class TorchZipWriter
{
    private const string Root = "archive";

    public static void Write(Stream stream, IReadOnlyList<TensorEntry> entries, bool always64 = false)
    {
        ZipWriter zip = new(stream, always64);
        zip.Add($"{Root}/data.pkl", Pickle(entries));
        zip.Add($"{Root}/byteorder", "little"u8);
        for (int i = 0; i < entries.Count; i++)
        {
            using Tensor flat = TensorBytes.Contiguous(entries[i]);
            Crc32 checksum = new();
            TensorBytes.ForEachPiece(flat, checksum, static (bytes, checksum) => checksum.Append(bytes));
            zip.Begin(
                string.Create(CultureInfo.InvariantCulture, $"{Root}/data/{i}"),
                entries[i].View.ByteCount,
                checksum.GetCurrentHashAsUInt32());
            TensorBytes.ForEachPiece(flat, zip, static (bytes, zip) => zip.Write(bytes));
        }

        zip.Add($"{Root}/version", "3\n"u8);
        zip.Finish();
    }

    private static byte[] Pickle(IReadOnlyList<TensorEntry> entries)
    {
        using PickleOutput pickle = new();
        pickle.EmptyOrderedDictionary();
        pickle.Write(PickleOpcode.Mark);
        for (int i = 0; i < entries.Count; i++)
        {
            TensorEntry entry = entries[i];
            pickle.Text(entry.Name);
            pickle.Global("torch._utils", "_rebuild_tensor_v2");
            pickle.Write(PickleOpcode.Mark);

            pickle.Write(PickleOpcode.Mark);
            pickle.Text("storage");
            pickle.Global("torch", ElementType.Of(entry.Dtype).StorageClass);
            pickle.Text(i.ToString(CultureInfo.InvariantCulture));
            pickle.Text("cpu");
            pickle.Integer(entry.View.ElementCount);
            pickle.Write(PickleOpcode.Tuple);
            pickle.Write(PickleOpcode.PersistentId);

            pickle.Integer(0);
            pickle.Integers(entry.Shape);
            pickle.Integers(RowMajor(entry.Shape));
            pickle.Write(PickleOpcode.False);
            pickle.EmptyOrderedDictionary();
            pickle.Write(PickleOpcode.Tuple);
            pickle.Write(PickleOpcode.Reduce);
        }

        pickle.Write(PickleOpcode.SetItems);
        return pickle.Finish();
    }

    private static long[] RowMajor(IReadOnlyList<long> shape)
    {
        long[] strides = new long[shape.Count];
        long step = 1;
        for (int i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(shape[i], 1);
        }

        return strides;
    }
}
