using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>A small model of one kind and samples for it, to see what an option changes.</summary>
internal abstract class OptionTrial : IDisposable
{
    public const int Samples = 12;
    public const int BatchSize = 4;

    private readonly TemporaryFolder _folder = new();

    /// <summary>The kinds of models there are.</summary>
    public static string[] Kinds => ["images", "texts"];

    /// <summary>Where files may be written.</summary>
    public string Folder => _folder.Path;

    /// <summary>What is logged.</summary>
    public LinesLogger Log { get; } = new();

    /// <summary>Whether samples are preprocessed with draws where the caller does not choose.</summary>
    public abstract bool Draws { get; }

    /// <summary>A preprocessor that makes other inputs than the model's own.</summary>
    public abstract Preprocessor Other { get; }

    /// <summary>A preprocessor for another kind of model.</summary>
    public abstract Preprocessor Unfit { get; }

    public static OptionTrial Of(string kind) => kind == "images" ? new Images() : new Texts();

    /// <summary>A fresh model of two classes, always the same.</summary>
    public abstract TransferModel Model();

    /// <summary>Samples of two classes.</summary>
    public abstract Dataset Dataset();

    /// <summary>What most trials train with.</summary>
    public FineTuneOptions Options { get; } = new() { Epochs = 1, BatchSize = BatchSize, Workers = 0 };

    /// <summary>Trains a fresh model.</summary>
    public (TrainingHistory History, float[] Weights) Train(
        FineTuneOptions options, bool frozen = false, Optimizer? optimizer = null, Dataset? dataset = null)
    {
        using TransferModel model = Model();
        if (frozen)
        {
            model.FreezeBackbone();
        }

        TrainingHistory history = model.FineTune(dataset ?? Dataset(), optimizer ?? new Sgd(0.1), options);
        return (history, TinyText.Numbers(model.Module));
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Images : OptionTrial
    {
        public override bool Draws => true;

        public override Preprocessor Other
            => new ImagePipeline([new CenterCrop(8, 8), new Invert()], 8, 8, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd);

        public override Preprocessor Unfit
        {
            get
            {
                TinyText.WriteTokenizer(Folder);
                return new TextPreprocessor(TextTokenizer.FromFolder(Folder), 8);
            }
        }

        public override TransferModel Model()
        {
            ForeignLayers.Register();
            return ImageModel.Create(ForeignLayers.Architecture, 2, seed: 1);
        }

        public override Dataset Dataset()
        {
            SeededRandom random = new(3);
            SampleContent[] images = new SampleContent[Samples];
            for (int i = 0; i < Samples; i++)
            {
                byte[] rgb = new byte[8 * 8 * 3];
                for (int at = 0; at < rgb.Length; at++)
                {
                    rgb[at] = (byte)(random.NextInt32(128) + (i % 2 * 100));
                }

                images[i] = new RawImage(8, 8, rgb);
            }

            return TransferLearning.Dataset.FromImages(images, [.. Enumerable.Range(0, Samples).Select(i => i % 2)], ["dark", "light"]);
        }
    }

    private sealed class Texts : OptionTrial
    {
        public override bool Draws => false;

        public override Preprocessor Other => new TextPreprocessor(TextTokenizer.FromFolder(Folder), 4);

        public override Preprocessor Unfit
            => new ImagePipeline([new CenterCrop(8, 8)], 8, 8, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd);

        public override TransferModel Model() => TinyText.Model(Folder);

        public override Dataset Dataset() => TinyText.Opinions(Samples);
    }
}
