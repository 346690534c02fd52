using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class SpeechNetworkTests
{
    public static TheoryData<string, HeadKind> All
    {
        get
        {
            TheoryData<string, HeadKind> all = [];
            foreach ((string name, ModelConfig config) in TinySpeech.All)
            {
                foreach (HeadKind head in ConfigCatalog.Of(config).Heads)
                {
                    all.Add(name, head);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_parameter_belongs_to_one_stage_or_to_the_head(string name, HeadKind head)
    {
        using SpeechNetwork network = TinySpeech.Build(ConfigOf(name), head);
        foreach ((string parameter, _) in network.State().Where(entry => !network.IsInHead(entry.Key)))
        {
            Assert.Single(network.Stages, stage => stage.Holds(parameter));
        }

        Assert.All(
            network.Stages.SelectMany(stage => stage.Prefixes),
            prefix => Assert.True(
                network.State().Any(entry => new NetworkStage(prefix).Holds(entry.Key)) || network.OptionalNames.Contains(prefix), prefix));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_parameter_gets_a_gradient_and_no_tensor_is_left_behind(string name, HeadKind head)
    {
        using SpeechNetwork network = TinySpeech.Build(ConfigOf(name), head);
        network.train();
        using AudioInput input = TinySpeech.Input(network, lengths: network.ReadsFrames ? null : [120, 70]);
        Step(network, input);
        string[] without =
        [
            .. network.named_parameters()
                .Where(entry => entry.parameter.grad is not { } gradient || gradient.abs().sum().item<float>() == 0)
                .Select(entry => entry.name)
                .Where(parameter => !parameter.EndsWith("k_proj.bias", StringComparison.Ordinal) // a softmax does not see it
                    && !parameter.EndsWith("key.bias", StringComparison.Ordinal)
                    && !(parameter == "layer_weights" && head != HeadKind.Pooled)
                    && !(parameter.StartsWith("model.decoder", StringComparison.Ordinal) && head == HeadKind.None))
        ];
        Assert.Empty(without);
        Assert.Equal(Live(() => Step(network, input)), Live(() => Step(network, input)));
        Assert.Equal(0, Live(() => Step(network, input)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_head_can_be_exchanged_for_any_other_and_back(string name, HeadKind head)
    {
        using SpeechNetwork network = TinySpeech.Build(ConfigOf(name), head);
        string[] names = [.. network.State().Select(entry => entry.Key).Order(StringComparer.Ordinal)];
        foreach (HeadKind other in network.HeadKinds)
        {
            network.ResetHead(new HeadSpec(other, 5));
            using SpeechNetwork fresh = TinySpeech.Build(ConfigOf(name), other, 5);
            Assert.Equal(
                fresh.State().Select(entry => entry.Key).Order(StringComparer.Ordinal),
                network.State().Select(entry => entry.Key).Order(StringComparer.Ordinal));
        }

        network.ResetHead(new HeadSpec(head, 3));
        Assert.Equal(names, network.State().Select(entry => entry.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Padding_changes_nothing_of_a_sound_whose_convolutions_have_layer_norms()
    {
        using SpeechNetwork network = TinySpeech.Build(TinySpeech.LargeWav2Vec2, HeadKind.Pooled);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AudioInput batch = TinySpeech.Input(network, lengths: [120, 70]);
        using AudioInput alone = new(batch.Values.narrow(0, 1, 1).narrow(1, 0, 70).clone());
        Assert.Equal([11L, 6L], network.FrameLengths(batch)!.data<long>().ToArray());
        Assert.True(network.call(batch)[1].allclose(network.call(alone)[0], 1e-4, 1e-5));
    }

    [Fact]
    public void Layers_are_weighted_by_a_softmax()
    {
        using SpeechNetwork network = TinySpeech.Build(TinySpeech.Wav2Vec2.With("use_weighted_layer_sum", true), HeadKind.Pooled);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AudioInput input = TinySpeech.Input(network);
        List<Tensor> states = [];
        _ = ((Wav2Vec2Network)network).Hidden(input, state => states.Add(state.alias().DetachFromDisposeScope()));
        Tensor mean = states[0].add(states[1]).add(states[2]).div(3);
        states.ForEach(state => state.DetachFromDisposeScope());
        Assert.True(network.ForwardHidden(input).allclose(mean, 1e-4, 1e-6));
        network.get_parameter("layer_weights")!.copy_(tensor(new float[] { -100, 100, -100 }));
        Assert.True(network.ForwardHidden(input).allclose(states[1], 1e-4, 1e-6));
        states.ForEach(state => state.Dispose());
    }

    [Theory]
    [InlineData("wav2vec2")]
    [InlineData("whisper")]
    public void Masks_and_skipped_layers_come_from_the_training_pass(string name)
    {
        ModelConfig config = ConfigOf(name)
            .With("apply_spec_augment", true).With("mask_time_prob", 0.4).With("mask_time_length", 2)
            .With("mask_feature_prob", 0.4).With("mask_feature_length", 2).With("layerdrop", 0.5).With("encoder_layerdrop", 0.5);
        using SpeechNetwork network = TinySpeech.Build(config, HeadKind.Pooled);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AudioInput input = TinySpeech.Input(network);
        network.train();
        Tensor[] first = [.. Enumerable.Range(0, 6).Select(seed => Passed((ulong)seed))];
        Tensor[] again = [.. Enumerable.Range(0, 6).Select(seed => Passed((ulong)seed))];
        Assert.All(first.Zip(again), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        Assert.True(first.DistinctBy(outputs => outputs.sum().item<float>()).Count() > 1);
        network.eval();
        Assert.True(Passed(1).equal(Passed(2)).all().item<bool>());

        Tensor Passed(ulong seed)
        {
            using TrainingPass pass = new(seed);
            return network.call(input);
        }
    }

    [Fact]
    public void Spans_of_time_are_masked_in_the_wanted_share_and_never_in_padding()
    {
        SpecAugmentMasks augment = new(
            ModelConfig.FromPairs(new KeyValuePair<string, object?>("mask_time_prob", 0.2)), applies: true);
        using DisposeScope scope = NewDisposeScope();
        double masked = 0;
        const int Rounds = 200, Frames = 300;
        for (int seed = 0; seed < Rounds; seed++)
        {
            using TrainingPass pass = new((ulong)seed);
            Tensor hidden = augment.Frames([Frames, 40, 5], Frames, torch.CPU)!;
            Assert.False(hidden[1].narrow(0, 40, Frames - 40).any().item<bool>());
            Assert.False(hidden[2].any().item<bool>()); // shorter than a span
            bool[] row = [.. hidden[0].data<bool>()];
            masked += row.Count(isHidden => isHidden);
        }

        // Six spans of ten that may overlap cover a little less than a fifth.
        Assert.InRange(masked / (Rounds * Frames), 0.16, 0.2);
    }

    [Fact]
    public void Sounds_of_another_form_are_refused_with_the_form_that_is_read()
    {
        using SpeechNetwork samples = TinySpeech.Build(TinySpeech.Wav2Vec2, HeadKind.None);
        using SpeechNetwork frames = TinySpeech.Build(TinySpeech.Whisper, HeadKind.None);
        using AudioInput wave = new(zeros(1, 100)), wrong = new(zeros(1, 6, 21)), brief = new(zeros(1, 19));
        Assert.Contains("[N, 6 bands, 20]", Assert.Throws<ArgumentException>(() => frames.call(wave)).Message, StringComparison.Ordinal);
        Assert.Contains("[1, 6, 21]", Assert.Throws<ArgumentException>(() => frames.call(wrong)).Message, StringComparison.Ordinal);
        Assert.Contains("[N, samples]", Assert.Throws<ArgumentException>(() => samples.call(wrong)).Message, StringComparison.Ordinal);
        ArgumentException error = Assert.Throws<ArgumentException>(() => samples.call(brief));
        Assert.Contains("at least 20 samples", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add_adapter", true)]
    [InlineData("adapter_attn_dim", 16)]
    [InlineData("conv_pos_batch_norm", true)]
    [InlineData("feat_extract_norm", "batch")]
    [InlineData("conv_stride", new[] { 5 })]
    [InlineData("conv_dim", new[] { 8, 0 })]
    public void A_configuration_of_another_network_is_refused_by_its_key(string key, object value)
        => Assert.Contains(
            key, Assert.Throws<InvalidDataException>(() => TinySpeech.Build(TinySpeech.Wav2Vec2.With(key, value), HeadKind.None)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_whisper_with_a_classifier_has_no_decoder_and_says_so()
    {
        using WhisperNetwork network = (WhisperNetwork)TinySpeech.Build(TinySpeech.Whisper, HeadKind.Pooled);
        Assert.DoesNotContain(network.State(), entry => entry.Key.Contains("decoder", StringComparison.Ordinal));
        using AudioInput input = TinySpeech.Input(network);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => network.Begin(input));
        Assert.Contains("classifier", error.Message, StringComparison.Ordinal);
    }

    private static ModelConfig ConfigOf(string name) => TinySpeech.All.First(entry => entry.Name == name).Config;

    private static void Step(SpeechNetwork network, AudioInput input)
    {
        using DisposeScope scope = NewDisposeScope();
        network.zero_grad();
        using TrainingPass pass = new(5);
        network.call(input).pow(2).mean().backward();
    }

    private static long Live(Action action)
    {
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        action();
        return DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount - before;
    }
}
