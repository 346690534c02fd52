namespace TransferLearning.Tests;

/// <summary>Whether maps depend on the weights (Adebayo et al., 2018) and find what the model looks at (Petsiuk et al., 2018).</summary>
public sealed class SanityTests
{
    [Fact]
    public void Random_weights_destroy_the_maps()
    {
        using Dataset training = ExplainedModels.EmojiImages("train");
        using Dataset validation = ExplainedModels.EmojiImages("val");
        using ImageModel model = ExplainedModels.Emoji(training);
        Sample[] samples = Samples(validation);
        AttributionMethod[] methods = [new GradCam(), new Saliency(), new IntegratedGradients { Steps = 10 }];
        foreach (AttributionMethod method in methods)
        {
            double[][] before = [.. samples.Select(sample => Sizes(model.Explain(sample, method, target: 0)))];
            using ImageModel randomized = ExplainedModels.Emoji(training);
            List<double> similarities = [];

            // From the head down, each stage stays random when the next one becomes so.
            foreach (string stage in new[] { "linear", "layer3", "layer2", "layer1", "conv1" })
            {
                randomized.Module.Initialize(5, name => new NetworkStage(stage).Holds(name) || (stage == "conv1" && name == "bn1"));
                similarities.Add(samples.Zip(before, (sample, map)
                    => RankCorrelation(map, Sizes(randomized.Explain(sample, method, target: 0)))).Average());
            }

            Assert.True(
                similarities[^1] < 0.35 && similarities[^1] < similarities[0] + 0.05 && similarities.Min() < 0.3,
                $"{method.Name}: {string.Join(", ", similarities)}");
        }
    }

    [Fact]
    public void Maps_of_emoji_find_what_the_model_looks_at_better_than_chance()
    {
        using Dataset training = ExplainedModels.EmojiImages("train");
        using Dataset validation = ExplainedModels.EmojiImages("val");
        using ImageModel model = ExplainedModels.Emoji(training);
        Sample[] samples = Samples(validation);
        (double Deletion, double Insertion) chance = Areas(model, samples, null);
        foreach (AttributionMethod method in (AttributionMethod[])[new GradCam(), new IntegratedGradients { Steps = 20 }, new Occlusion()])
        {
            (double deletion, double insertion) = Areas(model, samples, method);
            Assert.True(deletion < chance.Deletion && insertion > chance.Insertion, $"{method.Name}: {(deletion, insertion)} of {chance}");
        }
    }

    [Fact]
    public void Maps_of_photos_find_what_the_model_looks_at_better_than_chance()
    {
        PretrainedOptions options = new()
        {
            Preprocess = ImagePreprocess.MinusOneToOne,
            Network = new NetworkOptions { TensorFlowPadding = true },
        };
        using ImageModel model = Pretrained.MobileNetV2(SharedData.Path("models/mobilenet_v2_imagenet.pth"), options);
        using Dataset photos = ImageFolder.Open(SharedData.Path("photos/hymenoptera.zip"), "val");
        Sample[] samples = Samples(photos, 6);
        (double Deletion, double Insertion) chance = Areas(model, samples, null);
        (double Deletion, double Insertion) cam = Areas(model, samples, new GradCam());
        (double Deletion, double Insertion) occlusion = Areas(model, samples, new Occlusion { Window = 56, Stride = 28 });

        // Random pixels destroy a photo as fast as anything, so a coarse map shows in the insertion.
        Assert.True(cam.Insertion - cam.Deletion > chance.Insertion - chance.Deletion + 0.1, $"{cam} of {chance}");
        Assert.True(occlusion.Insertion > chance.Insertion && occlusion.Deletion < chance.Deletion, $"{occlusion} of {chance}");
    }

    // The mean areas of a method's maps; without one, of random numbers.
    private static (double Deletion, double Insertion) Areas(ImageModel model, Sample[] samples, AttributionMethod? method)
    {
        PerturbationOptions options = new() { PixelsPerStep = model.Preprocess.Crop * model.Preprocess.Crop / 20 };
        (double deletion, double insertion) = (0, 0);
        for (int i = 0; i < samples.Length; i++)
        {
            ImageAttribution attribution = model.Explain(samples[i], method);
            AttributionMap map = method is null ? Chance(attribution.Map, i) : attribution.Map;
            deletion += attribution.CurveOf(map, model, options, deletes: true).Area / samples.Length;
            insertion += attribution.CurveOf(map, model, options, deletes: false).Area / samples.Length;
        }

        return (deletion, insertion);
    }

    private static AttributionMap Chance(AttributionMap like, int seed)
    {
        SeededRandom random = new(seed);
        double[] values = new double[like.Values.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextDouble();
        }

        return new AttributionMap(like.Height, like.Width, values);
    }

    [Fact]
    public void Curves_begin_and_end_with_the_image_and_the_baseline()
    {
        using Dataset training = ExplainedModels.EmojiImages("train");
        using ImageModel model = ExplainedModels.Emoji(training);
        ImageAttribution attribution = model.Explain(training.Read(3));
        PerturbationCurve deletion = attribution.DeletionCurve(model, new PerturbationOptions { PixelsPerStep = 100, BatchSize = 3 });
        PerturbationCurve insertion = attribution.InsertionCurve(model, new PerturbationOptions { PixelsPerStep = 100 });
        Assert.Equal(12, deletion.Probabilities.Count); // 1024 pixels, the last step shorter
        Assert.Equal(attribution.Probability!.Value, deletion.Probabilities[0], 1e-5);
        Assert.Equal(deletion.Probabilities[0], insertion.Probabilities[^1], 1e-5);
        Assert.Equal(deletion.Probabilities[^1], insertion.Probabilities[0], 1e-5);
        Assert.InRange(deletion.Area, 0, 1);
        Assert.Equal(50, attribution.DeletionCurve(model).Probabilities.Count); // 21 pixels a step
        using ImageModel labels = ImageModel.Create("resnet20", 2).For(new MultiLabelClassification(["a", "b"]));
        Assert.Throws<InvalidOperationException>(() => attribution.DeletionCurve(labels));
    }

    private static Sample[] Samples(Dataset dataset, int count = 12)
        => [.. Enumerable.Range(0, count).Select(i => dataset.Read(i * dataset.Count / count))];

    private static double[] Sizes(ImageAttribution attribution) => [.. attribution.Map.Values.Select(Math.Abs)];

    // Spearman's.
    private static double RankCorrelation(double[] first, double[] second)
    {
        double[] a = Ranks(first), b = Ranks(second);
        double mean = (a.Length - 1) / 2.0;
        double product = a.Zip(b, (x, y) => (x - mean) * (y - mean)).Sum();
        double scale = Math.Sqrt(a.Sum(x => (x - mean) * (x - mean)) * b.Sum(y => (y - mean) * (y - mean)));
        return scale == 0 ? 0 : product / scale;

        // Equal numbers share the mean of their ranks.
        static double[] Ranks(double[] values)
        {
            int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
            double[] ranks = new double[values.Length];
            for (int begin = 0, end; begin < order.Length; begin = end)
            {
                for (end = begin; end < order.Length && values[order[end]] == values[order[begin]]; end++)
                {
                }

                for (int i = begin; i < end; i++)
                {
                    ranks[order[i]] = (begin + end - 1) / 2.0;
                }
            }

            return ranks;
        }
    }
}
