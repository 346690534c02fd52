namespace TransferLearning.Tests;

/// <summary>A server that swaps models disposes them while other threads use them.</summary>
public sealed class DisposeWhileInUseTests : IDisposable
{
    private const int Rounds = 12;
    private const int Threads = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_end_with_an_exception_of_a_disposed_model()
    {
        SampleContent image = SmallSets.Image(1, 0);
        using Dataset set = SmallSets.Images(4, SmallSets.Colours);
        Check(
            () => SmallSets.ImageModel(SmallSets.Colours),
            [
                model => model.Predict(image),
                model => model.Evaluate(set, new EvaluateOptions { Workers = 0 }),
                model => model.ExtractFeatures(set, new FeatureOptions { Workers = 0 }).Dispose(),
            ]);
    }

    [Fact]
    public void Texts_end_with_an_exception_of_a_disposed_model()
    {
        using Dataset set = TinyText.Opinions(4);
        Check(
            () => TinyText.Model(_folder.Path, new Classification(["bad", "good"])),
            [
                model => model.Predict("the good film"),
                model => model.Predict(["a bad book", "fine"], new PredictOptions { Workers = 0 }),
                model => model.Evaluate(set, new EvaluateOptions { Workers = 0 }),
            ]);
    }

    [Fact]
    public void Written_texts_end_with_an_exception_of_a_disposed_model()
        => Check(
            () => TinyText.Model(_folder.Path, new CausalLanguageModeling(), "gpt2"),
            [
                model => model.Generate("the film", new GenerationOptions { MaxNewTokens = 4 }),
                model => Read(model.StreamAsync("the film", new GenerationOptions { MaxNewTokens = 4 })),
                model => model.Embed(["the film"]),
            ]);

    [Fact]
    public void A_disposed_model_says_so_whatever_is_asked_of_it()
    {
        using Dataset images = SmallSets.Images(3, SmallSets.Colours);
        ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.Dispose();
        model.Dispose();
        Action[] ways =
        [
            () => model.Predict(SmallSets.Image(1, 0)),
            () => model.Evaluate(images),
            () => model.FineTune(images, new Sgd(0.1)),
            () => model.Probe(images, new Sgd(0.1)),
            () => model.FindLearningRate(images, new Sgd(0.1)),
            () => model.ExtractFeatures(images),
            () => model.Save(_folder.File("model.tl")),
            () => model.ReplaceHead(2),
            () => model.WithLora(targets: ["linear"]),
            () => model.To(Device.Cpu),
        ];
        Assert.All(ways, way => Assert.Throws<ObjectDisposedException>(way));
    }

    private static void Check<T>(Func<T> make, Action<T>[] uses)
        where T : TransferModel
    {
        for (int round = 0; round < Rounds; round++)
        {
            T model = make();
            TorchSharp.torch.Tensor weight = model.Module.parameters().First();
            using CountdownEvent begun = new(Threads);
            Exception?[] ends = new Exception?[Threads];
            Thread[] threads =
            [
                .. Enumerable.Range(0, Threads).Select(number => new Thread(() => ends[number] = Use(model, uses[number], begun)))
            ];
            Array.ForEach(threads, thread => thread.Start());
            begun.Wait();
            Thread.SpinWait(round * 20_000); // another moment in each round
            model.Dispose();
            Array.ForEach(threads, thread => thread.Join());
            Assert.All(ends, end => Assert.IsType<ObjectDisposedException>(end));
            Assert.True(weight.IsInvalid); // by whoever was the last to use it
        }
    }

    private static Exception Use<T>(T model, Action<T> use, CountdownEvent begun)
    {
        try
        {
            use(model);
        }
        catch (Exception exception)
        {
            begun.Signal();
            return exception;
        }

        begun.Signal();
        try
        {
            while (true)
            {
                use(model);
            }
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static void Read(IAsyncEnumerable<string> parts) => Task.Run(async () =>
    {
        await foreach (string _ in parts)
        {
            // Nothing is done with them.
        }
    }).GetAwaiter().GetResult();
}
