using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class MappedFileTests : IDisposable
{
    private static readonly CheckpointOptions Mapped = new() { MapFile = true };

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(CheckpointFormat.TorchZip)]
    [InlineData(CheckpointFormat.SafeTensors)]
    public void Targets_hold_what_copying_gives_them_and_keep_it_when_the_file_is_closed_and_replaced(CheckpointFormat form)
    {
        List<KeyValuePair<string, Tensor>> stored = Weights();
        string path = Save(stored, form);
        List<KeyValuePair<string, Tensor>> targets = Zeros(stored);
        Tensor before = targets[0].Value.view(200, 300);
        using (StateDict state = StateDict.Open(path, Mapped))
        {
            state.LoadInto(targets);
        }

        using (StateDict other = StateDict.FromTensors(Zeros(stored)))
        {
            other.Save(path, form);
        }

        Assert.All(stored.Zip(targets), pair => Assert.True(pair.First.Value.equal(pair.Second.Value).all().item<bool>(), pair.First.Key));
        // The large one left its memory, and the small one did not.
        Assert.Equal(!OperatingSystem.IsLinux(), before.equal(targets[0].Value).all().item<bool>());
        Assert.True(targets[0].Value.requires_grad);
    }

    [Theory]
    [InlineData(CheckpointFormat.TorchZip)]
    [InlineData(CheckpointFormat.SafeTensors)]
    public void What_is_written_to_a_target_reaches_neither_the_file_nor_another_target(CheckpointFormat form)
    {
        List<KeyValuePair<string, Tensor>> stored = Weights();
        string path = Save(stored, form);
        byte[] bytes = File.ReadAllBytes(path);
        List<KeyValuePair<string, Tensor>> trained = Zeros(stored);
        List<KeyValuePair<string, Tensor>> other = Zeros(stored);
        foreach (List<KeyValuePair<string, Tensor>> targets in new[] { trained, other })
        {
            using StateDict state = StateDict.Open(path, Mapped);
            state.LoadInto(targets);
        }

        using (no_grad())
        {
            trained.ForEach(pair => pair.Value.add_(1));
        }

        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.All(stored.Zip(other), pair => Assert.True(pair.First.Value.equal(pair.Second.Value).all().item<bool>()));
        Assert.All(stored.Zip(trained), pair => Assert.True((pair.First.Value + 1).equal(pair.Second.Value).all().item<bool>()));
    }

    [Fact]
    public void Targets_with_one_tensor_in_the_file_do_not_share_its_memory()
    {
        Tensor one = randn(300, 300);
        // Written by PyTorch, tied tensors are one storage; here the view is made to be so by its names.
        string path = Save([new("first", one)], CheckpointFormat.TorchZip);
        using StateDict state = StateDict.Open(path, Mapped);
        TensorEntry entry = state.Entries[0];
        Tensor first = zeros(300, 300);
        Tensor second = zeros(300, 300);
        state.WithEntries([entry, entry with { Name = "second" }]).LoadInto([new("first", first), new("second", second)]);

        first.zero_();

        Assert.True(second.equal(one).all().item<bool>());
    }

    [Fact]
    public void A_damaged_entry_is_refused()
    {
        string path = Save([new("weight", ones(300, 300))], CheckpointFormat.TorchZip);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        using StateDict state = StateDict.Open(path, Mapped);

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => state.LoadInto([new("weight", zeros(300, 300))]));

        Assert.Equal(CheckpointErrorKind.CorruptZip, refusal.Kind);
        Assert.Contains("checksum", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_after_it_was_opened_is_refused()
    {
        string path = Save([new("weight", ones(300, 300))], CheckpointFormat.SafeTensors);
        using StateDict state = StateDict.Open(path, Mapped);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length / 2);
        }

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => state.LoadInto([new("weight", zeros(300, 300))]));

        Assert.Equal(CheckpointErrorKind.Truncated, refusal.Kind);
    }

    [Fact]
    public void Other_types_and_layouts_of_targets_are_filled_by_copying()
    {
        Tensor stored = randn(64, 16, 12, 12);
        string path = Save([new("weight", stored)], CheckpointFormat.SafeTensors);
        using StateDict state = StateDict.Open(path, Mapped);
        Tensor doubles = zeros(64, 16, 12, 12, dtype: ScalarType.Float64);
        Tensor laid = MemoryLayout.WithChannelsLast(zeros(64, 16, 12, 12));

        state.LoadInto([new("weight", doubles)]);
        state.LoadInto([new("weight", laid)]);

        Assert.True(stored.to(ScalarType.Float64).equal(doubles).all().item<bool>());
        Assert.True(stored.equal(laid).all().item<bool>());
        Assert.Equal(1, laid.stride()[1]);
    }

    [Fact]
    public void A_mapped_network_predicts_and_trains_as_a_copied_one()
    {
        string path = _folder.File("model.safetensors");
        using (ImageModel made = TransferModel.Create("squeezenet1_1", classes: 3, seed: 5))
        {
            made.Save(path);
        }

        using ImageModel copied = ImageModel.Load(path);
        using ImageModel mapped = ImageModel.Load(path, mapFile: true);
        Tensor images = randn(2, 3, 64, 64);
        foreach (ImageModel model in new[] { copied, mapped })
        {
            model.Module.eval();
            using Tensor loss = model.Module.call(images).square().sum();
            loss.backward();
            using IDisposable guard = no_grad();
            foreach ((_, TorchSharp.Modules.Parameter parameter) in model.Module.named_parameters())
            {
                parameter.sub_(parameter.grad! * 0.01);
            }
        }

        using IDisposable quiet = no_grad();
        Assert.True(allclose(copied.Module.call(images), mapped.Module.call(images), rtol: 1e-5, atol: 1e-6));
    }

    private static List<KeyValuePair<string, Tensor>> Weights() =>
    [
        new("large", new TorchSharp.Modules.Parameter(randn(200, 300))),
        new("counter", tensor(7L)),
        new("small", randn(5)),
        new("longs", arange(20000)),
        new("halves", randn(300, 200).to(ScalarType.Float16)),
    ];

    private static List<KeyValuePair<string, Tensor>> Zeros(List<KeyValuePair<string, Tensor>> like) =>
        [
            .. like.Select(
                pair => KeyValuePair.Create(
                    pair.Key, pair.Key == "large" ? new TorchSharp.Modules.Parameter(zeros_like(pair.Value)) : zeros_like(pair.Value)))
        ];

    private string Save(List<KeyValuePair<string, Tensor>> tensors, CheckpointFormat form)
    {
        string path = _folder.File("weights.bin");
        using StateDict state = StateDict.FromTensors(tensors);
        state.Save(path, form);
        return path;
    }
}
