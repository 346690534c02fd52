using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>How well heat maps find what a model looks at, beside maps of random numbers.</summary>
internal static class ExplanationJobs
{
    private const int Steps = 28;

    /// <summary>explanations emoji EMOJI RESNET20 IMAGES: the emoji of the samples and a probe on their ResNet-20. explanations photos
    /// PHOTOS MOBILENET_V2 IMAGES: photos of ants and bees and the classes of ImageNet.</summary>
    public static string Run(string[] arguments)
    {
        using Dataset images = ImageFolder.Open(arguments[1], "val");
        using ImageModel model = arguments[0] == "photos" ? Photos(arguments[2]) : Emoji(arguments[1], arguments[2]);
        int count = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        Sample[] samples = [.. Enumerable.Range(0, count).Select(i => images.Read(i * images.Count / count))];
        PerturbationOptions options = new() { PixelsPerStep = (model.Preprocess.Crop * model.Preprocess.Crop / Steps) + 1 };
        AttributionMethod[] methods =
        [
            new GradCam(), new GradCamPlusPlus(), new HiResCam(), new Saliency(), new GradientTimesInput(), new IntegratedGradients(),
            new SmoothGrad(), new SmoothGrad { Averages = SmoothGradAverage.Squares }, new Occlusion(),
        ];
        List<object> rows = [Row("random numbers", [.. samples.Select((sample, i) => Curves(model.Explain(sample), Random(i)))])];
        foreach (AttributionMethod method in methods)
        {
            rows.Add(Row(method.Name, [.. samples.Select(sample => model.Explain(sample, method)).Select(one => Curves(one, one.Map))]));
        }

        return JsonSerializer.Serialize(new { data = arguments[0], model = model.Architecture, images = count, steps = Steps, rows });

        (double Deletion, double Insertion) Curves(ImageAttribution attribution, AttributionMap map)
        {
            double deletion = attribution.CurveOf(map, model, options, deletes: true).Area;
            return (deletion, attribution.CurveOf(map, model, options, deletes: false).Area);
        }

        AttributionMap Random(int number)
        {
            SeededRandom random = new(number);
            double[] values = new double[model.Preprocess.Crop * model.Preprocess.Crop];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = random.NextDouble();
            }

            return new AttributionMap(model.Preprocess.Crop, model.Preprocess.Crop, values);
        }
    }

    private static object Row(string name, IReadOnlyList<(double Deletion, double Insertion)> curves) => new
    {
        name,
        deletion = Math.Round(curves.Average(curve => curve.Deletion), 3),
        insertion = Math.Round(curves.Average(curve => curve.Insertion), 3),
    };

    private static ImageModel Photos(string weights) => Pretrained.MobileNetV2(weights, new PretrainedOptions
    {
        Preprocess = ImagePreprocess.MinusOneToOne,
        Network = new NetworkOptions { TensorFlowPadding = true },
    });

    private static ImageModel Emoji(string images, string weights)
    {
        using Dataset training = ImageFolder.Open(images, "train");
        ImageModel model = Pretrained.ResNet20(weights).ReplaceHead(training.ClassNames.Count);
        model.Probe(training, new RidgeProbe { Alpha = 100 });
        return model;
    }
}
