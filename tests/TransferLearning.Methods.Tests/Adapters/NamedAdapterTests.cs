using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class NamedAdapterTests : IDisposable
{
    private const string Text = "the film was great";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_call_chooses_an_adapter_and_other_callers_do_not_see_it()
    {
        using TextModel model = Two();
        float[] first, second, none = Outputs(model, null);
        using (model.Adapter("first"))
        {
            first = Outputs(model);
            using (model.Adapter("second"))
            {
                second = Outputs(model);
            }

            Assert.Equal(first, Outputs(model));
        }

        Assert.Equal(second, Outputs(model)); // the one that was added last
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, none);
        Parallel.For(0, 24, i =>
        {
            string? name = (i % 3) switch { 0 => "first", 1 => "second", _ => null };
            Assert.Equal(name switch { "first" => first, "second" => second, _ => none }, Outputs(model, name));
        });
    }

    [Fact]
    public async Task A_choice_flows_into_what_is_awaited()
    {
        using TextModel model = Two();
        float[] first = Outputs(model, "first");
        using (model.Adapter("first"))
        {
            await Task.Yield();
            Assert.Equal(first, await Task.Run(() => Outputs(model)));
            Assert.Equal(first, Outputs(model));
        }

        Assert.NotEqual(first, Outputs(model));
    }

    [Fact]
    public void Training_trains_the_adapter_in_use_and_its_own_head()
    {
        using TextModel model = Two().UseAdapter("first");
        using Dataset data = TinyText.Opinions(16);
        foreach (string used in new[] { "first", "second" })
        {
            model.UseAdapter(used);
            Dictionary<string, float[]> before = Weights(model);
            model.FineTune(data, new AdamW(1e-2), AdapterModels.Short);
            foreach ((string name, float[] values) in Weights(model).Where(entry => !entry.Value.SequenceEqual(before[entry.Key])))
            {
                bool isPlainHead = name.StartsWith("classifier.", StringComparison.Ordinal) && !AdapterPlan.IsAdapterWeight(name);
                Assert.True(isPlainHead ? used == "first" : AdapterPlan.AdapterOf(name) == used, name);
            }

            Assert.NotEqual(before, Weights(model));
        }

        using (model.Adapter("first"))
        {
            Assert.Contains(
                "UseAdapter",
                Assert.Throws<InvalidOperationException>(() => model.FineTune(data, new AdamW(), AdapterModels.Short)).Message,
                StringComparison.Ordinal);
            Assert.NotNull(model.Evaluate(data));
        }
    }

    [Fact]
    public void An_adapter_is_not_saved_alone_when_other_weights_were_trained_with_it()
    {
        string folder = Path.Combine(_folder.Path, "alone");
        using TextModel model = TinyText.Model(_folder.Path)
            .ReplaceHead(["bad", "good"]).WithLora(rank: 2).TrainOnly(TrainedWeights.Biases);
        Assert.Contains(
            ".bias' is trained too",
            Assert.Throws<InvalidOperationException>(() => model.SaveAdapter(folder)).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
        model.FreezeBackbone().SaveAdapter(folder);
        Assert.True(File.Exists(Path.Combine(folder, "adapter_config.json")));
    }

    [Fact]
    public void Adapters_of_other_classes_share_one_backbone()
    {
        string colours = Path.Combine(_folder.Path, "colours"), opinions = Path.Combine(_folder.Path, "opinions");
        float[] ofColours, ofOpinions;
        using (TextModel model = TinyText.Model(_folder.Path).ReplaceHead(["red", "green", "blue"]).WithAdapter(new Ia3Options()))
        {
            AdapterModels.Disturb(model);
            model.SaveAdapter(colours);
            ofColours = Outputs(model);
        }

        using (TextModel model = TinyText.Model(_folder.Path).ReplaceHead(["bad", "good"]).WithLora(rank: 2))
        {
            AdapterModels.Disturb(model);
            model.SaveAdapter(opinions);
            ofOpinions = Outputs(model);
        }

        string whole = Path.Combine(_folder.Path, "whole"), again = Path.Combine(_folder.Path, "again");
        using TextModel both = TinyText.Model(_folder.Path).ReplaceHead(["bad", "good"])
            .LoadAdapter(opinions, "opinions").LoadAdapter(colours, "colours");
        Check(both);
        both.Save(whole);
        both.SaveAdapter(again, "colours");
        using TextModel loaded = TextModel.Load(whole);
        Check(loaded);
        using TextModel alone = TinyText.Model(_folder.Path).ReplaceHead(["red", "green", "blue"]).LoadAdapter(again);
        Assert.Equal(ofColours, Outputs(alone));
        both.RemoveAdapter("colours");
        Assert.Equal(["opinions"], both.AdapterNames());
        Assert.Equal(["bad", "good"], both.ClassNames);
        Assert.Equal(ofOpinions, Outputs(both));

        void Check(TextModel model)
        {
            Assert.Equal(["opinions", "colours"], model.AdapterNames());
            Assert.Equal(["red", "green", "blue"], model.ClassNames);
            Assert.Equal(ofColours, Outputs(model));
            Assert.Equal(3, model.Predict(Text).Scores.Count);
            using (model.Adapter("opinions"))
            {
                Assert.Equal(["bad", "good"], model.ClassNames);
                Assert.Equal(ofOpinions, Outputs(model));
            }
        }
    }

    [Fact]
    public void Names_are_checked_and_unknown_ones_are_answered_with_those_that_there_are()
    {
        using TextModel model = Two();
        Assert.Contains(
            "first, second", Assert.Throws<ArgumentException>(() => model.UseAdapter("third")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Adapter("third"));
        Assert.Throws<ArgumentException>(() => model.RemoveAdapter("third"));
        Assert.Throws<ArgumentException>(() => model.WithLora(name: "a.b"));
        Assert.Throws<ArgumentException>(() => model.WithLora(name: ""));
        Assert.Contains(
            "'first'", Assert.Throws<InvalidOperationException>(() => model.WithLora(name: "first")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "first, second", Assert.Throws<InvalidOperationException>(() => model.MergeLora()).Message, StringComparison.Ordinal);
        Assert.Equal(["first", "second"], model.AdapterNames());
    }

    [Fact]
    public void A_second_adapter_does_not_reach_into_the_first()
    {
        LoraOptions options = new() { Rank = 2, Targets = ["all-linear"] };
        using TextModel model = TinyText.Model(_folder.Path).WithLora(options, name: "first");
        int first = model.Module.State().Count;
        model.WithLora(options, name: "second");
        string[] added = [.. model.Module.State().Select(entry => entry.Key).Where(name => AdapterPlan.AdapterOf(name) == "second")];
        Assert.Equal(first + added.Length, model.Module.State().Count);
        Assert.DoesNotContain(added, name => name.Contains("adapters.first", StringComparison.Ordinal));
    }

    [Fact]
    public void An_adapter_whose_weights_are_another_network_s_leaves_the_others_as_they_were()
    {
        string adapter = Path.Combine(_folder.Path, "adapter");
        using (TextModel other = TinyText.Model(_folder.Path, type: "distilbert").WithLora(rank: 2))
        {
            other.SaveAdapter(adapter);
        }

        using TextModel model = Two().UseAdapter("first");
        float[] before = Outputs(model);
        Assert.ThrowsAny<Exception>(() => model.LoadAdapter(adapter, "third"));
        Assert.Equal(["first", "second"], model.AdapterNames());
        Assert.Equal(before, Outputs(model));
    }

    public void Dispose() => _folder.Dispose();

    private TextModel Two()
    {
        TextModel model = TinyText.Model(_folder.Path).ReplaceHead(["bad", "good"])
            .WithLora(new LoraOptions { Rank = 2, Alpha = 8 }, name: "first");
        AdapterModels.Disturb(model);
        model.WithAdapter(new BottleneckOptions { ReductionFactor = 4 }, "second");
        AdapterModels.Disturb(model);
        return model;
    }

    private static float[] Outputs(TextModel model) => [.. model.PredictOutputs([Text, "bad meal"]).SelectMany(row => row!)];

    private static float[] Outputs(TextModel model, string? name)
    {
        using IDisposable choice = model.Adapter(name);
        return Outputs(model);
    }

    private static Dictionary<string, float[]> Weights(TransferModel model) => model.Module.State().ToDictionary(
        entry => entry.Key, entry => entry.Value.detach().to(float32).contiguous().data<float>().ToArray());
}
