using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class ImageExplanationTests : IDisposable
{
    private readonly ImageModel _model = ImageModel.Create("resnet20", 4, seed: 3);
    private readonly Sample _sample = new("noise", 0, Noise(48, 40, 7));

    public static TheoryData<string> Methods => [.. EachMethod.Keys];

    private static Dictionary<string, AttributionMethod> EachMethod { get; } = new()
    {
        ["Grad-CAM"] = new GradCam(),
        ["Grad-CAM++"] = new GradCamPlusPlus { Stage = "layer2" },
        ["HiResCAM"] = new HiResCam { Stage = "layer2.1.conv2" },
        ["saliency"] = new Saliency(),
        ["gradient x input"] = new GradientTimesInput(),
        ["integrated gradients"] = new IntegratedGradients { Steps = 7, BatchSize = 3, Baseline = Baseline.ChannelMean },
        ["SmoothGrad"] = new SmoothGrad { Samples = 5, BatchSize = 2 },
        ["SmoothGrad squared"] = new SmoothGrad { Samples = 5, BatchSize = 2, Averages = SmoothGradAverage.Squares },
        ["SmoothGrad absolute"] = new SmoothGrad { Samples = 5, BatchSize = 2, Averages = SmoothGradAverage.AbsoluteValues },
        ["occlusion"] = new Occlusion { Window = 12, BatchSize = 4 },
    };

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_gives_a_map_of_what_the_network_saw(string name)
    {
        AttributionMethod method = EachMethod[name];
        Assert.Equal(name, method.Name);
        ImageAttribution attribution = _model.Explain(_sample, method, target: 2);
        Assert.Equal((32, 32), (attribution.Map.Height, attribution.Map.Width));
        Assert.Equal((2, "2", "noise"), (attribution.Target, attribution.TargetName, attribution.Item));
        Assert.All(attribution.Map.Values, value => Assert.True(double.IsFinite(value)));
        Assert.Contains((attribution.Grid ?? attribution.Map).Values, value => value != 0); // a map may be cut off all over
        Prediction prediction = _model.Predict(_sample.Input);
        Assert.Equal(prediction.Scores.First(score => score.Class == 2).Probability, attribution.Probability!.Value, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Explaining_leaves_the_model_as_it_was_and_no_tensor_behind(string name)
    {
        _model.FreezeBackbone();
        double[] before = Weights();
        bool[] trainable = [.. _model.Module.parameters().Select(parameter => parameter.requires_grad)];
        _model.Explain(_sample, EachMethod[name]);
        long tensors = LibTorch.LiveTensorCount;
        _model.Explain(_sample, EachMethod[name]);
        Assert.Equal(tensors, LibTorch.LiveTensorCount);
        Assert.Equal(before, Weights());
        Assert.Equal(trainable, _model.Module.parameters().Select(parameter => parameter.requires_grad));
        Assert.All(_model.Module.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.True(is_grad_enabled());
        Assert.DoesNotContain(_model.Module.modules(), module => module.training);

        double[] Weights()
        {
            using DisposeScope scope = NewDisposeScope();
            return [.. _model.Module.State().Select(entry => entry.Value.to(ScalarType.Float64).square().sum().item<double>())];
        }
    }

    [Fact]
    public void A_network_in_training_is_explained_as_in_evaluation_and_trains_afterwards()
    {
        IReadOnlyList<double> evaluated = _model.Explain(_sample).Values;
        _model.Module.train();
        nn.Module norm = _model.Module.named_modules().First(module => module.name == "layer1.0.bn1").module;
        norm.eval();
        Assert.Equal(evaluated, _model.Explain(_sample).Values);
        Assert.False(norm.training);
        Assert.True(_model.Module.training && _model.Module.FinalLayer.training);
    }

    [Fact]
    public void It_works_whatever_mode_the_caller_is_in()
    {
        IReadOnlyList<double> plain = _model.Explain(_sample, new Saliency()).Values;
        using (no_grad())
        {
            Assert.Equal(plain, _model.Explain(_sample, new Saliency()).Values);
            Assert.False(is_grad_enabled());
        }

        using (inference_mode())
        {
            Assert.Equal(plain, _model.Explain(_sample, new Saliency()).Values);
            Assert.True(is_inference_mode_enabled());
        }
    }

    [Fact]
    public void It_works_with_lora_weights()
    {
        _model.WithLora(rank: 2, targets: ["conv2"]);
        foreach (AttributionMethod method in EachMethod.Values)
        {
            Assert.Contains(_model.Explain(_sample, method).Values, value => value != 0);
        }
    }

    [Fact]
    public async Task Several_threads_explain_and_predict_at_once()
    {
        IReadOnlyList<double> alone = _model.Explain(_sample, new GradCam()).Values;
        double[] scores = [.. _model.Predict(_sample.Input).Scores.Select(score => score.Probability)];
        await Task.WhenAll(Enumerable.Range(0, 6).Select(number => Task.Run(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                if (number % 2 == 0)
                {
                    Assert.Equal(alone, _model.Explain(_sample, new GradCam()).Values);
                }
                else
                {
                    Assert.Equal(scores, _model.Predict(_sample.Input).Scores.Select(score => score.Probability));
                }
            }
        })));
    }

    [Fact]
    public void Batches_of_another_size_give_the_same()
    {
        AssertSame(new IntegratedGradients { Steps = 9, BatchSize = 9 }, new IntegratedGradients { Steps = 9, BatchSize = 2 });
        AssertSame(new SmoothGrad { Samples = 6, BatchSize = 6 }, new SmoothGrad { Samples = 6, BatchSize = 1 });
        AssertSame(new Occlusion { Window = 12, BatchSize = 32 }, new Occlusion { Window = 12, BatchSize = 5 });

        void AssertSame(AttributionMethod first, AttributionMethod second)
        {
            IReadOnlyList<double> one = _model.Explain(_sample, first).Values;
            double scale = one.Max(Math.Abs);
            Assert.All(
                one.Zip(_model.Explain(_sample, second).Values), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * scale));
        }
    }

    [Fact]
    public void Integrated_gradients_sum_up_to_the_difference_of_the_scores_the_better_the_more_steps()
    {
        double[] gaps = [.. new[] { 5, 50, 500 }.Select(
            steps => Math.Abs(_model.Explain(_sample, new IntegratedGradients { Steps = steps }).CompletenessGap!.Value))];
        double difference = Math.Abs(_model.Explain(_sample, new IntegratedGradients()).ScoreDifference!.Value);
        Assert.True(gaps[1] < gaps[0] && gaps[2] < 0.005 * difference, $"{string.Join(", ", gaps)} of {difference}");
    }

    [Fact]
    public void A_window_that_covers_all_loses_the_difference_to_the_baseline()
    {
        ImageAttribution whole = _model.Explain(_sample, new Occlusion { Window = 32, Fill = Baseline.ChannelMean });
        ImageAttribution line = _model.Explain(_sample, new IntegratedGradients { Steps = 1, Baseline = Baseline.ChannelMean });
        double difference = line.ScoreDifference!.Value;
        Assert.Single(whole.Grid!.Values);
        Assert.All(whole.Map.Values, value => Assert.Equal(difference, value, 1e-4));
        Occlusion nothing = new() { Window = new(32, 8), Stride = new(32, 8), Fill = Baseline.Of(line.Input) };
        Assert.All(_model.Explain(_sample, nothing).Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_class_is_named_or_numbered_and_the_predicted_one_without()
    {
        _model.SetClassNames(["ant", "bee", "wasp", "3"]);
        Assert.Equal(_model.Explain(_sample, target: 1).Values, _model.Explain(_sample, target: "bee").Values);
        Assert.Equal(3, _model.Explain(_sample, target: "3").Target);
        Assert.Equal(_model.Predict(_sample.Input).Class, _model.Explain(_sample).Target);
        string message = Assert.Throws<ArgumentException>(() => _model.Explain(_sample, target: "fly")).Message;
        Assert.Contains("'fly'", message, StringComparison.Ordinal);
        Assert.Contains("wasp", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _model.Explain(_sample, target: 4));
        Assert.Throws<ArgumentException>(() => _model.Explain(_sample, target: -1));
    }

    [Fact]
    public void Labels_and_numbers_are_explained_too()
    {
        ImageAttribution label = _model.For(new MultiLabelClassification(["a", "b"])).Explain(_sample, target: "b");
        Assert.Equal(1 / (1 + Math.Exp(-label.Score)), label.Probability!.Value, 1e-9);
        ImageAttribution number = _model.For(new Regression()).Explain(_sample);
        Assert.Equal(_model.PredictNumber(_sample.Input), number.Score, 1e-4);
        Assert.Equal(("", null), (number.TargetName, number.Probability));
        Assert.Throws<ArgumentException>(() => _model.Explain(_sample, target: 0));
    }

    [Fact]
    public void An_image_comes_as_a_file_a_sample_its_content_or_pixels()
    {
        using TemporaryFolder folder = new();
        RawImage raw = (RawImage)_sample.Input;
        using ImagePixels pixels = new ImagePipeline([], raw.Width, raw.Height, default, new(1, 1, 1)).Decode(_sample);
        File.WriteAllBytes(folder.File("noise.png"), ImageEncoder.ToPng(pixels));
        IReadOnlyList<double> expected = _model.Explain(_sample).Values;
        Assert.Equal(expected, _model.Explain(folder.File("noise.png")).Values);
        Assert.Equal(expected, _model.Explain(raw).Values);
        Assert.Equal(expected, _model.Explain(pixels).Values);
        Assert.Equal(expected, ((TransferModel)_model).Explain(_sample).Values);
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Contains("none", Refused<InvalidOperationException>(new AttentionRollout()), StringComparison.Ordinal);
        Assert.Contains("layer3", Refused<ArgumentException>(new GradCam { Stage = "layer9" }), StringComparison.Ordinal);
        Assert.Contains("no spatial grid", Refused<InvalidOperationException>(new GradCam { Stage = "linear" }), StringComparison.Ordinal);
        Refused<ArgumentException>(new Occlusion { Window = 0 });
        Refused<ArgumentException>(new IntegratedGradients { Steps = 0 });
        Refused<ArgumentException>(new IntegratedGradients { Baseline = Baseline.Of([1, 2]) });
        Refused<ArgumentException>(new Occlusion { Fill = Baseline.Color(1, 2) });
        Refused<ArgumentException>(new SmoothGrad { BatchSize = 0 });

        string Refused<T>(AttributionMethod method)
            where T : Exception
            => Assert.ThrowsAny<T>(() => _model.Explain(_sample, method)).Message;
    }

    [Fact]
    public void Work_says_how_far_it_is_and_can_be_cancelled()
    {
        List<double> shares = [];
        Reports progress = new(shares.Add);
        _model.Explain(_sample, new IntegratedGradients { Steps = 5, BatchSize = 2 }, progress: progress);
        Assert.Equal([0.4, 0.8, 1], shares);
        using CancellationTokenSource source = new();
        Reports cancels = new(_ => source.Cancel());
        long tensors = LibTorch.LiveTensorCount;
        Assert.Throws<OperationCanceledException>(
            () => _model.Explain(_sample, new Occlusion { Window = 4 }, progress: cancels, cancellationToken: source.Token));
        Assert.Throws<OperationCanceledException>(() => _model.Explain(_sample, new GradCam(), cancellationToken: source.Token));
        Assert.Equal(tensors, LibTorch.LiveTensorCount);
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void A_sound_is_explained_over_its_mel_bands()
    {
        _model.OnSpectrograms(new LogMelImage { Seconds = 1 });
        float[] samples = [.. Enumerable.Range(0, 16_000).Select(i => i < 8_000 ? 0 : (float)Math.Sin(i * 0.4))];
        ImageAttribution attribution = _model.Explain(new RawAudio(new Waveform(samples, 16_000)), new Saliency());
        Assert.Equal((32, 32), (attribution.Map.Height, attribution.Map.Width));
        byte[] bare = attribution.ToOverlay(new OverlayOptions { Scale = 1, Opacity = 0 });
        using ImagePixels drawing = new SkiaImageCodec().Decode(bare, "drawing");
        byte[] brightness = [.. Enumerable.Range(0, 32).Select(column => Column(drawing, column))];
        Assert.True(brightness[24..].Max() > brightness[..8].Max()); // the second half is loud
        Assert.Throws<ArgumentException>(() => _model.Explain(_sample));

        static byte Column(ImagePixels image, int column)
        {
            byte most = 0;
            for (int row = 0; row < image.Height; row++)
            {
                most = Math.Max(most, image.Bytes[(row * image.Stride) + (4 * column)]);
            }

            return most;
        }
    }

    [Fact]
    public void The_nearest_samples_are_found_by_their_features()
    {
        RawImage[] images = [.. Enumerable.Range(0, 6).Select(seed => Noise(32, 32, seed))];
        using Dataset dataset = Dataset.FromImages(images, [0, 1, 0, 1, 0, 1], ["even", "odd"]);
        IReadOnlyList<NearestExample> nearest = _model.FindNearest(new Sample("asked", images[3], NoTarget.Instance), dataset, count: 3);
        Assert.Equal((3, "odd", dataset.NameOf(3)), (nearest[0].Index, nearest[0].ClassName, nearest[0].Name));
        Assert.Equal(1, nearest[0].Cosine, 1e-5);
        Assert.Equal(3, nearest.Count);
        Assert.True(nearest[0].Cosine >= nearest[1].Cosine && nearest[1].Cosine >= nearest[2].Cosine);
    }

    private static RawImage Noise(int width, int height, int seed)
    {
        byte[] rgb = new byte[3 * width * height];
        SeededRandom random = new(seed);
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)random.NextInt32(256);
        }

        return new RawImage(width, height, rgb);
    }

    private sealed class Reports(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
