namespace TransferLearning.Benchmarks;

/// <summary>A small task on which every method is tried: its samples, its network, and the recipe that all methods share.</summary>
internal sealed record MethodTask
{
    private const string Samples = "samples";
    private const int PhotoSide = 96;
    private const int PhotoCrop = 80;
    private const int SmallSide = 32;

    // Photographs of 32 pixels are enlarged for a network that learned on 224.
    private const int EnlargedSide = 48;

    private static readonly MethodTask Emoji = new()
    {
        Name = "emoji",
        Says = "281 drawings of 5 kinds, 32 pixels; ResNet-20 of CIFAR-10",
        Open = (_, _) => Parts(Path.Combine(Samples, "QuickStart", "emoji.zip"), SmallSide),
        Load = (_, seed) => Pretrained.Load(
            "resnet20", Path.Combine(Samples, "QuickStart", "resnet20-cifar10.safetensors"), new PretrainedOptions { Seed = seed }),
        LateStage = "layer3",
        Epochs = 10,
        Rate = 3e-3,
        Augmentation = [new RandomCrop(SmallSide, SmallSide, 4), new RandomHorizontalFlip()],
    };

    private static readonly MethodTask AntsAndBees = new()
    {
        Name = "ants-bees",
        Says = "244 photographs of 2 kinds, 80 pixels; ResNet-18 of ImageNet",
        Open = (data, _) => Parts(Path.Combine(data, "photos", "hymenoptera.zip"), PhotoSide),
        Load = (data, seed) => ResNet18(data, seed, PhotoSide, PhotoCrop),
        LateStage = "layer4",
        Epochs = 3,
        Rate = 3e-4,
        Augmentation = [new RandomCrop(PhotoCrop, PhotoCrop), new RandomHorizontalFlip()],
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MethodTask> All { get; } =
    [
        Emoji,
        new MethodTask
        {
            Name = "questions",
            Says = "300 questions of 6 kinds (TREC); the bundled BERT of 4.6 million parameters",
            Open = OpenQuestions,
            Load = (_, _) => Pretrained.Bert(Path.Combine(Samples, "TextClassification", "bert-definitions")),
            LateStage = "layer.2",
            Epochs = 6,
            Rate = 5e-4,
            HeadRate = 5e-3,
        },
        AntsAndBees,
        AntsAndBees with
        {
            Name = "ants-bees-mobile",
            Says = "the same photographs; MobileNetV2 of ImageNet",
            Load = (data, seed) => Pretrained.MobileNetV2(
                Path.Combine(data, "models", "mobilenet_v2_imagenet_f16.safetensors"),
                new PretrainedOptions
                {
                    Preprocess = ModelCatalog.Get("mobilenet_v2").Preprocess with { Resize = PhotoSide, Crop = PhotoCrop },
                    Seed = seed,
                }),
            LateStage = "stage6",
            Convolutions = "conv.2",
        },
        Cifar(10, epochs: 6, rate: 1e-3),
        Cifar(100, epochs: 3, rate: 5e-4),
        Cifar(1000, epochs: 1, rate: 5e-4),
        Emoji with
        {
            Name = "emoji-rare",
            Says = "the same drawings, of three kinds only a tenth; evaluated on all",
            Open = (data, seed) => Rare(Emoji.Open(data, seed)),
            Epochs = 20,
            IsUnbalanced = true,
        },
    ];

    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in half a line.</summary>
    public required string Says { get; init; }

    /// <summary>Its samples, of the folder of data and a seed that chooses which are trained on.</summary>
    public required Func<string, long, MethodSamples> Open { get; init; }

    /// <summary>The pretrained network.</summary>
    public required Func<string, long, TransferModel> Load { get; init; }

    /// <summary>From where on a part of the network is trained.</summary>
    public required string LateStage { get; init; }

    /// <summary>Which convolutions LoRA is put beside.</summary>
    public string Convolutions { get; init; } = "conv2";

    /// <summary>The epochs of every run that trains the backbone.</summary>
    public required int Epochs { get; init; }

    /// <summary>The learning rate of AdamW for all weights.</summary>
    public required double Rate { get; init; }

    /// <summary>The learning rate for a head alone.</summary>
    public double HeadRate { get; init; } = 1e-2;

    /// <summary>How training images are varied; null for texts.</summary>
    public IReadOnlyList<ImageTransform>? Augmentation { get; init; }

    /// <summary>Whether it has images.</summary>
    public bool HasImages => Augmentation is not null;

    /// <summary>Whether some kinds are rare: for what is made for that.</summary>
    public bool IsUnbalanced { get; init; }

    /// <summary>Whether the network is the small one of CIFAR-10.</summary>
    public bool IsSmall => Name.StartsWith("emoji", StringComparison.Ordinal);

    private static MethodTask Cifar(int perClass, int epochs, double rate) => new()
    {
        Name = $"cifar10-{perClass}",
        Says = $"{perClass} images of each of 10 kinds, enlarged from 32 to 48 pixels; ResNet-18 of ImageNet",
        Open = (data, seed) => OpenCifar(data, perClass, seed),
        Load = (data, seed) => ResNet18(data, seed, EnlargedSide, EnlargedSide),
        LateStage = "layer4",
        Epochs = epochs,
        Rate = rate,
        Augmentation = [new RandomCrop(SmallSide, SmallSide, 4), new RandomHorizontalFlip(), new Resize(EnlargedSide)],
    };

    private static ImageModel ResNet18(string data, long seed, int resize, int crop)
        => Pretrained.ResNet18Cntk(
            Path.Combine(data, "models", "resnet18_cntk_imagenet_f16.safetensors"),
            new PretrainedOptions
            {
                Preprocess = ModelCatalog.Get("resnet18_cntk").Preprocess with { Resize = resize, Crop = crop },
                Seed = seed,
                AllowUntrainedHead = true,
            });

    private static MethodSamples Parts(string file, int side)
    {
        using Dataset train = ImageFolder.Open(file, "train");
        using Dataset test = ImageFolder.Open(file, "val");
        return OfImages(InMemory(train, side), InMemory(test, side));
    }

    private static MethodSamples OpenCifar(string data, int perClass, long seed)
    {
        const int TestImages = 500;
        const int Unlabelled = 1000;
        using ImageFolder all = ImageFolder.Open(Path.Combine(data, "cifar10", "train.zip"));
        using ImageFolder test = ImageFolder.Open(Path.Combine(data, "cifar10", "test.zip"));
        (Dataset train, Dataset rest) = all.Split(10.0 * perClass / all.Count, seed);
        return OfImages(
            InMemory(train, 0),
            InMemory(test.Split((double)TestImages / test.Count, seed: 1).First, 0),
            InMemory(rest.Shuffle(seed).Take(Unlabelled), 0));
    }

    private static MethodSamples OpenQuestions(string data, long seed)
    {
        const int Questions = 300;
        TextFileOptions columns = new() { Text = "text", Label = "coarse" };
        Dataset all = TextFile.Open(Path.Combine(data, "text", "trec_train.tsv"), columns);
        Dataset test = TextFile.Open(Path.Combine(data, "text", "trec_test.tsv"), columns with { ClassNames = all.ClassNames });
        Dataset shuffled = all.Shuffle(seed);
        return new MethodSamples(shuffled.Take(Questions), test, null, shuffled.Skip(Questions));
    }

    private static MethodSamples OfImages(Dataset train, Dataset test, Dataset? unlabelled = null)
        => new(train, test, InMemory(MethodSamples.Corrupted(test), 0), unlabelled);

    // Of some kinds a tenth is left.
    private static MethodSamples Rare(MethodSamples all)
    {
        const int Common = 2, Kept = 10;
        Dataset train = all.Train;
        return all with
        {
            Train = train.Subset(Enumerable.Range(0, train.Count)
                .GroupBy(train.LabelOf)
                .SelectMany(group => group.Key < Common ? group : group.Where((_, place) => place % Kept == 0))),
        };
    }

    // Decoded and reduced once, so that what is measured is training.
    private static Dataset InMemory(Dataset dataset, int side)
    {
        ImagePipeline decoder = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet);
        Resize? resize = side > 0 ? new Resize(side) : null;
        SeededRandom none = new(0);
        SampleContent[] images = new SampleContent[dataset.Count];
        for (int i = 0; i < images.Length; i++)
        {
            ImagePixels pixels = decoder.Decode(dataset.Read(i));
            using ImagePixels small = resize is null ? pixels : resize.Apply(pixels, ref none);
            byte[] rgb = new byte[small.Width * small.Height * 3];
            for (int pixel = 0; pixel < small.Width * small.Height; pixel++)
            {
                small.Bytes.Slice(pixel * ImagePixels.BytesPerPixel, 3).CopyTo(rgb.AsSpan(pixel * 3));
            }

            images[i] = new RawImage(small.Width, small.Height, rgb);
        }

        return Dataset.FromImages(images, [.. Enumerable.Range(0, images.Length).Select(dataset.LabelOf)], dataset.ClassNames);
    }
}
