using TorchSharp;
using TransferLearning.Keras;

namespace TransferLearning.Tests;

public sealed class HdfSourceTests
{
    private static readonly KerasRole[] Roles = [KerasRole.Gamma, KerasRole.Beta, KerasRole.Mean, KerasRole.Variance];

    [Theory]
    [InlineData("small_keras1.h5")]
    [InlineData("small_keras2.h5")]
    public void Reads_what_h5py_writes(string file)
    {
        using KerasSource source = KerasSource.Open(PathOf(file));

        Assert.Equal(["conv1", "bn"], source.Layers.Select(layer => layer.Name));
        Assert.Null(source.Config);
        AssertArray(source, "conv1", KerasRole.Kernel, "kernel", [2, 3, 4, 5]);
        AssertArray(source, "conv1", KerasRole.Bias, "bias", [5]);
        foreach ((KerasRole role, string name) in Roles.Zip(["gamma", "beta", "moving_mean", "moving_variance"]))
        {
            AssertArray(source, "bn", role, name, [5]);
        }
    }

    [Fact]
    public void A_whole_model_is_read_in_the_order_of_its_configuration()
    {
        using KerasSource source = KerasSource.Open(PathOf("small_model.h5"));

        Assert.Equal(["second", "first", "dense"], source.Layers.Select(layer => layer.Name));
        Assert.Equal("softmax", source.Config!.Layers[^1].Text("activation"));
        Assert.True(source.Find("second")!.TryGet(KerasRole.Kernel, out KerasWeight? kernel));
        using torch.Tensor tensor = kernel.Read();
        Assert.Equal([10f, 11, 12, 13, 14, 15], NativeFloats.Of(tensor).ToArray());
    }

    [Theory]
    [InlineData("refused_chunked.h5", CheckpointErrorKind.BadGeometry)]
    [InlineData("refused_double.h5", CheckpointErrorKind.BadDtype)]
    [InlineData("refused_huge.h5", CheckpointErrorKind.TooLarge)]
    [InlineData("refused_repeated.h5", CheckpointErrorKind.TooLarge)]
    [InlineData("refused_external_storage.h5", CheckpointErrorKind.PathTraversal)]
    [InlineData("refused_external_link.h5", CheckpointErrorKind.PathTraversal)]
    [InlineData("refused_cycle.h5", CheckpointErrorKind.PathTraversal)]
    [InlineData("refused_new_cycle.h5", CheckpointErrorKind.PathTraversal)]
    [InlineData("refused_dense_links.h5", CheckpointErrorKind.BadHeader)]
    [InlineData("refused_no_names.h5", CheckpointErrorKind.NotACheckpoint)]
    public void Refuses_what_no_file_of_Keras_has(string file, CheckpointErrorKind kind)
    {
        CheckpointException exception = Assert.Throws<CheckpointException>(() => ReadAll(PathOf(file)));

        Assert.Equal(kind, exception.Kind);
        Assert.Contains(file, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HEAP", 8, 0x0FFF_FFFF)] // names of a group
    [InlineData("GCOL", 24, 0x0FFF_FFFF)] // texts of an attribute
    public void A_length_takes_no_memory_before_it_is_checked(string signature, int field, int claimed)
    {
        byte[] sound = File.ReadAllBytes(PathOf("small_model.h5"));
        using TemporaryFolder folder = new();
        string path = folder.File("a.h5");
        int found = 0;
        for (int at = 0; sound.AsSpan(at).IndexOf(System.Text.Encoding.ASCII.GetBytes(signature)) is >= 0 and int next; at += next + 4)
        {
            byte[] changed = [.. sound];
            BitConverter.GetBytes(claimed).CopyTo(changed, at + next + field);
            File.WriteAllBytes(path, changed);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<CheckpointException>(() => ReadAll(path));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
            found++;
        }

        Assert.True(found > 0);
    }

    [Fact]
    public void A_damaged_file_gives_one_kind_of_exception_wherever_it_is_cut_or_changed()
    {
        byte[] whole = File.ReadAllBytes(PathOf("small_keras2.h5"));
        string path = Path.GetTempFileName();
        try
        {
            SeededRandom random = new(3);
            for (int i = 0; i < 200; i++)
            {
                byte[] bytes = i % 2 == 0 ? whole[..(int)(random.NextUInt64() % (ulong)whole.Length)] : [.. whole];
                if (i % 2 == 1)
                {
                    bytes[(int)(random.NextUInt64() % (ulong)bytes.Length)] ^= (byte)(1 + (random.NextUInt64() % 255));
                }

                File.WriteAllBytes(path, bytes);
                try
                {
                    ReadAll(path);
                }
                catch (CheckpointException exception)
                {
                    Assert.Contains(path, exception.Message, StringComparison.Ordinal);
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void ReadAll(string path)
    {
        using KerasSource source = KerasSource.Open(path);
        foreach (KerasLayer layer in source.Layers)
        {
            foreach (KerasRole role in Enum.GetValues<KerasRole>())
            {
                if (layer.TryGet(role, out KerasWeight? weight))
                {
                    weight.Read().Dispose();
                }
            }
        }
    }

    private static void AssertArray(KerasSource source, string layer, KerasRole role, string name, long[] shape)
    {
        Assert.True(source.Find(layer)!.TryGet(role, out KerasWeight? weight));
        using torch.Tensor tensor = weight.Read();
        Assert.Equal(shape, tensor.shape);
        Assert.Equal(KerasGolden.Values(layer, name, shape), NativeFloats.Of(tensor).ToArray());
    }

    private static string PathOf(string file) => Path.Combine(KerasGolden.Folder, file);
}
