using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class StateDictTests
{
    private static string Fixture(string name) => ParityFolder.File("checkpoints/" + name);

    [Theory]
    [InlineData("good/zip_wrapped_module.pth")]
    [InlineData("good/legacy_wrapped_module.pth")]
    public void Takes_the_weights_out_of_a_wrapper_and_strips_the_common_prefix(string file)
    {
        using StateDict weights = StateDict.Open(Fixture(file));

        Assert.Equal(
            ["conv.weight", "conv.bias", "bn.running_mean", "bn.num_batches_tracked", "fc.weight", "fc.bias"],
            weights.Entries.Select(entry => entry.Name));
        Assert.Equal(12, weights.Root["epoch"]!.AsInteger());
        Assert.Equal("tiny", weights.Root["arch"]!.AsString());
    }

    [Fact]
    public void Takes_another_section_only_when_asked_to()
    {
        using StateDict model = StateDict.Open(Fixture("good/zip_model_key.pth"));
        using StateDict average = StateDict.Open(Fixture("good/zip_model_key.pth"), new CheckpointOptions { Section = "ema/module" });

        Assert.Equal(6, model.Entries.Count);
        Assert.Equal(6, average.Entries.Count);
        CheckpointException refusal = Assert.Throws<CheckpointException>(
            () => StateDict.Open(Fixture("good/zip_model_key.pth"), new CheckpointOptions { Section = "ema/weights" }));
        Assert.Equal(CheckpointErrorKind.MissingEntry, refusal.Kind);
        Assert.Contains("module, decay", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeps_a_prefix_that_not_all_names_have()
    {
        using TemporaryFolder folder = new();
        using Tensor tensor = ones(2);
        using (StateDict memory = StateDict.FromTensors([new("module.a", tensor), new("b", tensor)]))
        {
            memory.Save(folder.File("a.safetensors"));
        }

        using StateDict weights = StateDict.Open(folder.File("a.safetensors"));
        Assert.Equal(["module.a", "b"], weights.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void Renames_by_the_key_map_and_refuses_two_tensors_of_one_name()
    {
        KeyMap map = KeyMap.Empty.Exact(
            "fc.weight", "classifier.w").Prefix("conv.", "stem.").Pattern(@"^bn\.(\w+)$", "norm.$1").Drop("norm.num");
        using StateDict weights = StateDict.Open(Fixture("good/zip_ordered.pth"), new CheckpointOptions { KeyMap = map });
        Assert.Equal(
            ["stem.weight", "stem.bias", "norm.running_mean", "classifier.w", "fc.bias"], weights.Entries.Select(entry => entry.Name));

        CheckpointException refusal = Assert.Throws<CheckpointException>(
            () => StateDict.Open(
                Fixture("good/zip_ordered.pth"), new CheckpointOptions { KeyMap = KeyMap.Empty.Pattern(@"^\w+\.bias$", "bias") }));
        Assert.Equal(CheckpointErrorKind.DuplicateEntry, refusal.Kind);
        Assert.Contains("'fc.bias'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'conv.bias'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_regular_expression_that_explodes_is_stopped()
    {
        KeyMap map = KeyMap.Empty.Pattern("^(a+)+$", "x", TimeSpan.FromMilliseconds(20));
        Assert.Throws<System.Text.RegularExpressions.RegexMatchTimeoutException>(() => map.Apply(new string('a', 40) + "b"));
    }

    [Fact]
    public void Reads_into_another_type_another_layout_and_a_parameter()
    {
        using StateDict weights = StateDict.Open(Fixture("good/zip_ordered.pth"));
        using Tensor plain = weights.Read("conv.weight");
        using Tensor doubles = zeros(4, 3, 3, 3, ScalarType.Float64);
        using Tensor channelsLast = zeros(4, 3, 3, 3).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        using TorchSharp.Modules.Parameter parameter = new(zeros(4, 3, 3, 3));

        weights.ReadInto("conv.weight", doubles);
        weights.ReadInto("conv.weight", channelsLast);
        weights.ReadInto("conv.weight", parameter);

        Assert.False(channelsLast.is_contiguous());
        Assert.True(parameter.requires_grad && parameter.is_leaf);
        foreach (Tensor read in new[] { doubles, channelsLast, parameter })
        {
            using Tensor difference = (read.to(ScalarType.Float32) - plain).abs().max();
            Assert.Equal(0f, difference.item<float>());
        }
    }

    [Fact]
    public void Converts_large_tensors_piece_by_piece()
    {
        const long Count = (3L << 20) + 5;
        using TemporaryFolder folder = new();
        using Tensor source = arange(Count, ScalarType.Int32);
        using (StateDict memory = StateDict.FromTensors([new("a", source)]))
        {
            memory.Save(folder.File("a.safetensors"));
        }

        using StateDict weights = StateDict.Open(folder.File("a.safetensors"));
        using Tensor destination = zeros(Count, ScalarType.Float64);
        weights.ReadInto("a", destination);
        using Tensor same = destination.eq(source).all();
        Assert.True(same.item<bool>());
    }

    [Fact]
    public void Refuses_a_destination_that_does_not_fit()
    {
        using StateDict weights = StateDict.Open(Fixture("good/zip_dtypes.pth"));
        using Tensor wrongShape = zeros(5, 3);
        using Tensor real = zeros(3, 5);

        Assert.Contains(
            "[3, 5]", Assert.Throws<ArgumentException>(() => weights.ReadInto("float32", wrongShape)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => weights.ReadInto("complex64", real));
        Assert.Throws<KeyNotFoundException>(() => weights.Read("float31"));
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        using StateDict weights = StateDict.Open(Fixture("good/zip_noncontiguous.pth"));
        using IDisposable scope = NewDisposeScope();
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        foreach (TensorEntry entry in weights.Entries)
        {
            weights.Read(entry.Name).Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_closed_file_is_no_longer_read()
    {
        StateDict weights = StateDict.Open(Fixture("good/zip_ordered.pth"));
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(() => weights.Read("fc.bias"));
    }

    [Fact]
    public void A_further_form_is_asked_first()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("own.bin"), [(byte)'O', (byte)'W', (byte)'N', 1, 2, 3]);

        using StateDict weights = StateDict.Open(folder.File("own.bin"), new CheckpointOptions { AdditionalFormats = [new OwnFormat()] });

        using Tensor tensor = weights.Read("bytes");
        Assert.Equal([1, 2, 3], tensor.data<byte>().ToArray());
    }

    private sealed class OwnFormat : ICheckpointFormat
    {
        public bool Recognizes(ReadOnlySpan<byte> head, string path) => head.StartsWith("OWN"u8);

        public CheckpointContent Read(CheckpointFile file, CheckpointOptions options)
        {
            byte[] bytes = new byte[file.Length - 3];
            file.Read(3, bytes);
            TensorStorage storage = new(bytes.Length, offset => new MemoryStream(bytes[(int)offset..]));
            return CheckpointContent.FromTensors([new("bytes", TensorView.Create(file, null, ScalarType.Byte, [bytes.Length], storage))]);
        }
    }
}
