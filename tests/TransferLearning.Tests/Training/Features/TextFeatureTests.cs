using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class TextFeatureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _threads = get_num_threads();

    // Networks so small lose more to handing work around than they gain from a second thread.
    public TextFeatureTests() => set_num_threads(1);

    public void Dispose()
    {
        set_num_threads(_threads);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("distilbert")]
    [InlineData("roberta")]
    [InlineData("gpt2")]
    public void The_head_sees_of_pooled_vectors_what_the_network_would_give_it(string type)
    {
        using DisposeScope scope = NewDisposeScope();
        using TextModel model = TinyText.Model(_folder.Path, type: type);
        model.ReplaceHead(2);
        using Dataset data = TinyText.Opinions(20);
        FeatureRows rows = Rows(model, null, data);
        using IDisposable guard = no_grad();
        model.Module.eval();

        foreach (Batch batch in Loader(model, data).Epoch(0))
        {
            using (batch)
            using (Tensor pooled = rows.Gather(batch.Indices))
            using (Tensor whole = model.Module.call(batch.Input))
            {
                Assert.True(allclose(whole, model.Module.ForwardHead(pooled), rtol: 1e-4, atol: 1e-5));
            }
        }
    }

    [Fact]
    public void A_frozen_network_reads_each_text_once_and_its_head_learns()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        using Dataset data = TinyText.Opinions(48);
        using Dataset validation = TinyText.Opinions(16);
        using FeatureCache cache = new(Path.Combine(_folder.Path, "features"));
        FineTuneOptions options = new() { Epochs = 10, BatchSize = 16, Seed = 3, Validation = validation, FeatureCache = cache };

        TrainingHistory history = model.ReplaceHead(2).FreezeBackbone().FineTune(data, new AdamW(0.05), options);

        Assert.Equal(10, history.Epochs.Count);
        Assert.True(history.Epochs[^1].Loss < history.Epochs[0].Loss);
        Assert.NotNull(history.Epochs[^1].ValidationAccuracy);
        Assert.Equal(model.Evaluate(validation).Accuracy!.Value, history.Epochs.Max(epoch => epoch.ValidationAccuracy!.Value), 6);
        Assert.True(cache.StoredBytes > 0);

        // A second run finds everything, whatever its head.
        long stored = cache.StoredBytes;
        model.ReplaceHead(2).FreezeBackbone().FineTune(data, new AdamW(0.05), options);
        Assert.Equal(stored, cache.StoredBytes);
    }

    [Fact]
    public void Training_a_frozen_network_changes_nothing_but_the_head()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        model.ReplaceHead(2).FreezeBackbone();
        Dictionary<string, Tensor> before = model.Module.State().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        using Dataset data = TinyText.Opinions(32);

        model.FineTune(data, new AdamW(0.01), new FineTuneOptions { Epochs = 2, BatchSize = 8 });

        foreach ((string name, Tensor value) in model.Module.State())
        {
            bool same = value.equal(before[name]).all().item<bool>();
            Assert.Equal(!model.Module.IsInHead(name), same);
        }
    }

    [Fact]
    public void Texts_that_have_the_same_tokens_are_read_once()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        model.ReplaceHead(2);
        using Dataset once = TinyText.Opinions(10);
        using Dataset often = once.Subset([.. Enumerable.Range(0, 40).Select(i => i % 10)]);
        using FeatureCache cache = new();
        FeatureRows few = Rows(model, cache, once);
        long stored = cache.StoredBytes;

        FeatureRows many = Rows(model, cache, often);

        Assert.Equal(stored, cache.StoredBytes);
        using Tensor first = few.Gather([7]);
        using Tensor last = many.Gather([37]);
        Assert.True(first.equal(last).all().item<bool>());
    }

    private static BackboneFeatures Features(TextModel model, FeatureCache? cache)
        => new(
            new FrozenPart(model.Module), Device.Cpu, new("a text network"), cache, NullLogger.Instance, Precision.Float32,
            new Ranks(null));

    private static FeatureRows Rows(TextModel model, FeatureCache? cache, Dataset data)
        => Features(model, cache).Of(data, model.Preprocessor, new LoaderOptions { BatchSize = 8 }, 1, null, CancellationToken.None)!;

    private static BatchLoader Loader(TextModel model, Dataset data) => new(data, model.Preprocessor, new LoaderOptions { BatchSize = 8 });
}
