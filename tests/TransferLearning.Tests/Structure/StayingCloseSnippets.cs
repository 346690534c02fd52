namespace TransferLearning.Tests;

/// <summary>The code blocks of the documentation about what a network has learned before, averages and smaller networks.</summary>
internal static class StayingCloseSnippets
{
    public static void StayClose(Dataset training, Dataset validation)
    {
        // snippet: stay-close
        using ImageModel model = Pretrained.ResNet18().ReplaceHead(training.ClassNames.Count);
        using ImageModel source = Pretrained.ResNet18(); // once more, with its classifier
        model.FineTune(training, new Sgd(0.01, momentum: 0.9), new FineTuneOptions
        {
            Validation = validation,
            Methods = [new L2Sp(alpha: 0.1), new StochNorm(), new CoTuning(source)],
        });
        // end
    }

    public static void Delta(ImageModel model, Dataset training)
    {
        // snippet: delta
        string[] layers = ["layer3.1.conv2", "layer4.1.conv2"];
        model.Probe(training, new RidgeProbe());
        Delta delta = new() { Attention = model.MeasureAttention(training.Shuffle(0).Take(200), layers) };
        model.Unfreeze().FineTune(training, new Sgd(0.01, momentum: 0.9), new FineTuneOptions { Methods = [delta] });
        // end
    }

    public static void Swa(ImageModel model, Dataset training)
    {
        // snippet: swa
        model.FineTune(training, new Sgd(0.02, momentum: 0.9), new FineTuneOptions
        {
            Epochs = 20,
            Average = new StochasticWeightAveraging(start: 15),
            Schedule = new SwaSchedule(new CosineSchedule(), rate: 0.01, start: 15, annealing: 2),
        });
        // end
    }

    public static void Wise(ImageModel model, ImageModel probed, Dataset validation)
    {
        // snippet: wise-ft
        InterpolationCurve curve = model.InterpolationCurve(probed, validation);
        model.InterpolateWith(probed, curve.Best.Alpha);
        // end
    }

    public static void Soup(Dataset training, Dataset validation)
    {
        // snippet: soup
        string[] paths = ["run1.tl", "run2.tl", "run3.tl"];
        using SoupResult soup = ModelSoup.Greedy(paths, validation, new SoupOptions { BatchNormSamples = training });
        Console.WriteLine($"{string.Join(", ", soup.Members)}: {soup.Evaluation.Score}");
        soup.Model.Save("soup.tl");
        // end
    }

    public static void Compress(ImageModel teacher, Dataset training, Dataset validation)
    {
        // snippet: compress
        using ImageModel student = teacher.Compress("mobilenet_v3_small", training, new CompressOptions
        {
            Pretrained = new PretrainedOptions(), // begin with published weights instead of fresh ones
            Training = new FineTuneOptions { Epochs = 20, Validation = validation, Schedule = new CosineSchedule() },
        });
        student.Save("small.tl");
        // end
    }

    public static void Distil(ImageModel teacher, ImageModel student, Dataset training)
    {
        // snippet: distillation
        Distillation distillation = new(teacher)
        {
            Temperature = 4,
            Weight = 0.9, // the labels' share is the rest
            Attention = [new LayerPair("layer3", "layer3"), new LayerPair("layer4", "layer4")],
        };
        student.FineTune(training, new Sgd(0.05, momentum: 0.9), new FineTuneOptions { Methods = [distillation] });
        // end
    }

    public static void WholeNumbers(ImageModel model, Dataset validation)
    {
        // snippet: predict-int8
        PrecisionReport report = model.MeasurePrecision(validation, Precision.Int8);
        Console.WriteLine(report); // what was served, how far the outputs are, how often the class is the same
        model.WithPrecision(report.Agreement >= 0.99 ? Precision.Int8 : Precision.Float32).Save("small.tl");
        // end
    }
}
