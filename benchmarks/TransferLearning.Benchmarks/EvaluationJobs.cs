using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferLearning.Benchmarks;

/// <summary>What calibration, detectors of other images and averaged views are worth on a real network: the ResNet-20 that was published
/// for CIFAR-10, on the test images of CIFAR-10 and on emoji.</summary>
internal static class EvaluationJobs
{
    private const int TrainingImages = 10_000;
    private const int TelemetryCalls = 10_000_000;

    /// <summary>evaluation DATA: the file of results for a folder with models/, cifar10/ and emoji/.</summary>
    public static string Run(string data)
    {
        using Dataset test = ImageFolder.Open(Path.Combine(data, "cifar10", "test.zip"));
        using Dataset training = ImageFolder.Open(Path.Combine(data, "cifar10", "train.zip"));
        using Dataset emoji = ImageFolder.Open(Path.Combine(data, "emoji", "emoji.zip"), "val");
        using ImageModel model = Pretrained.ResNet20(Path.Combine(data, "models", "resnet20-12fca82f.th")).WithClassNames(test.ClassNames);
        (Dataset validation, Dataset rest) = test.Split(0.5, seed: 1);
        object calibration = Calibration(model, validation, rest);
        model.WithScaling(null);
        JsonNode details = JsonSerializer.SerializeToNode(new
        {
            network = "resnet20 (CIFAR-10)",
            calibration,
            outside = Outside(model, training.Shuffle(1).Take(TrainingImages), validation, rest, emoji),
            views = Views(model, test),
            telemetryNanosecondsPerStep = TelemetryCost(),
        })!;
        return ResultsFile.Of(Rows(details), new { details });
    }

    private static List<object> Rows(JsonNode details)
    {
        double before = Error("before");
        double errors = 1 - Number(details["views"]![0]!["Accuracy"]);
        return
        [
            Row("calibration error after a temperature, to before", Error("byTemperature") / before),
            Row("calibration error after vector scaling, to before", Error("byVector") / before),
            .. details["outside"]!["methods"]!.AsArray().Select(one => (object)new
            {
                name = $"area under the ROC curve of {one!["method"]}, emoji among images of CIFAR-10",
                ratio = Number(one["RocAuc"]),
                goal = 0.5,
                direction = "atLeast",
            }),
            .. details["views"]!.AsArray().Skip(1).Select(one => Row(
                $"mistakes with {one!["views"]} views moved by {one["shift"]}"
                    + $"{(one["flip"]!.GetValue<bool>() ? ", mirrored too" : "")}, to one view",
                (1 - Number(one["Accuracy"])) / errors)),
        ];

        double Error(string when) => Number(details["calibration"]![when]!["expectedError"]);

        static double Number(JsonNode? node) => node!.GetValue<double>();

        static object Row(string name, double ratio) => new { name, ratio, goal = 1, direction = "atMost" };
    }

    private static object Calibration(ImageModel model, Dataset validation, Dataset rest)
    {
        object before = Measured();
        model.Calibrate(validation);
        double temperature = ((Classification)model.LearningTask).Scaling!.Temperature;
        object byTemperature = Measured();
        model.Calibrate(validation, CalibrationMethod.Vector);
        return new { validation = validation.Count, test = rest.Count, before, temperature, byTemperature, byVector = Measured() };

        object Measured()
        {
            EvaluationResult result = model.Evaluate(rest, new EvaluateOptions { Samples = SampleDetail.Outputs });
            SamplePredictions samples = result.Samples!;
            BootstrapInterval interval = samples.Interval(report => report.Scores!.Calibration.ExpectedError, new() { Resamples = 200 });
            return new
            {
                result.Accuracy,
                result.Loss,
                expectedError = samples.Reliability().ExpectedError,
                expectedErrorLower = interval.Lower,
                expectedErrorUpper = interval.Upper,
                expectedErrorOfEqualMass = samples.Reliability(equalMass: true).ExpectedError,
                classwiseError = samples.ClasswiseCalibrationError(),
            };
        }
    }

    private static object Outside(ImageModel model, Dataset training, Dataset validation, Dataset rest, Dataset emoji)
    {
        using FeatureCache cache = new();
        FeatureOptions features = new() { Cache = cache };
        List<object> methods = [];
        foreach (OutOfDistributionMethod method in Enum.GetValues<OutOfDistributionMethod>())
        {
            OutOfDistributionOptions options = new() { Method = method };
            Stopwatch clock = Stopwatch.StartNew();
            using OutOfDistributionDetector detector = model.FitOutOfDistribution(training, validation, options, features);
            double seconds = clock.Elapsed.TotalSeconds;
            double[] inside = model.OutOfDistributionScores(detector, rest, features);
            double[] outside = model.OutOfDistributionScores(detector, emoji, features);
            OutOfDistributionQuality quality = OutOfDistributionQuality.Of(inside, outside);
            methods.Add(new
            {
                method = $"{method}",
                quality.RocAuc,
                quality.FalsePositiveRate,
                insideKept = inside.Count(score => !detector.IsOutside(score)) / (double)inside.Length,
                outsideFound = outside.Count(detector.IsOutside) / (double)outside.Length,
                seconds,
            });
        }

        return new { training = training.Count, inside = rest.Count, outside = emoji.Count, methods };
    }

    private static object[] Views(ImageModel model, Dataset test)
    {
        TestTimeAugmentation?[] views = [null, new(), new(true, 1), new(true, 2), new(true, 4), new(false, 2)];
        return
        [
            .. views.Select(one =>
            {
                EvaluationResult result = model.Evaluate(test, new EvaluateOptions { Augmentation = one });
                return new
                {
                    views = one?.Views ?? 1,
                    flip = one?.Flip ?? false,
                    shift = one?.Shift ?? 0,
                    result.Accuracy,
                    result.Loss,
                    result.Seconds,
                };
            }),
        ];
    }

    private static double TelemetryCost()
    {
        Telemetry.Step(32, 0.5);
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < TelemetryCalls; i++)
        {
            Telemetry.Step(32, 0.5);
        }

        return clock.Elapsed.TotalNanoseconds / TelemetryCalls;
    }
}
