using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>What an audit finds where wrong labels were put in, what parts of a data set are worth, and which labels.</summary>
internal static class DataQualityJobs
{
    private const double Noise = 0.05;
    private static readonly int[] Seeds = [1, 2, 3];

    /// <summary>
    /// data-quality PART DATA SAMPLES CACHE [NUMBER]: labels-cifar, labels-trec, labels-emoji, active-cifar, active-emoji (NUMBER is the
    /// seed), core-cifar (NUMBER is the share), features-cifar, audit-cifar, hashes (NUMBER is the distance). DATA has cifar10, models and
    /// text; SAMPLES is the folder of that name; features are kept in CACHE. benchmarks/compare/data_quality.py runs all.
    /// </summary>
    public static string Run(string[] arguments)
    {
        (string part, string data, string samples, string cache) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        LibTorch.Configure(new RuntimeOptions { Threads = 1 });
        Stopwatch clock = Stopwatch.StartNew();
        double number = arguments.Length > 4 ? double.Parse(arguments[4], CultureInfo.InvariantCulture) : 0;
        using FeatureCache features = new(cache);
        object result = part switch
        {
            "audit-cifar" => AuditCifar(data, features),
            "hashes" => Hashes((int)number),
            _ => OnFeatures(part, data, samples, features, number),
        };
        return JsonSerializer.Serialize(new { part, seconds = clock.Elapsed.TotalSeconds, result });
    }

    /// <summary>audit ARCHITECTURE WEIGHTS IMAGES CSV [PART [TEST-PART]]: what a user sees.</summary>
    public static string Audit(string[] arguments)
    {
        using Dataset dataset = ImageFolder.Open(arguments[2], arguments.Length > 4 ? arguments[4] : null);
        using Dataset? test = arguments.Length > 5 ? ImageFolder.Open(arguments[2], arguments[5], dataset.ClassNames) : null;
        PretrainedOptions loading = new() { AllowUntrainedHead = true };
        using ImageModel model = Pretrained.Load(arguments[0], arguments[1], loading);
        AuditFindings findings = DataAudit.Run(model, dataset, new AuditOptions { Test = test });
        findings.SaveCsv(arguments[3]);
        return findings.ToString();
    }

    private static object OnFeatures(string part, string data, string samples, FeatureCache cache, double number)
    {
        using DisposeScope scope = NewDisposeScope();
        string[] words = part.Split('-');
        (Part train, Part test) = words[^1] switch
        {
            "trec" => Questions(data, samples, cache),
            "emoji" => Emoji(samples, cache),
            _ => Cifar(data, cache),
        };
        return words[0] switch
        {
            "features" => new { train = train.Labels.Length, test = test.Labels.Length, width = train.Features.size(1) },
            "labels" => Labels(train, test, new LogisticProbe { C = Strength(train) }, (int)number),
            "core" => CoreSets(train, test, new LogisticProbe { C = Strength(train) }, number),
            "active" => Active(train, test, words[^1] == "emoji" ? 20 : 50, (int)number),
            _ => throw new ArgumentException($"There is no part '{part}'."),
        };
    }

    // One strength for all fits on a data set, found by cross-validation on its true labels.
    private static double Strength(Part train)
    {
        int[] some = [.. Order(train.Labels.Length, 0).Take(10_000)];
        using LinearFit fit = new LogisticProbe().Fit(train.Rows(some), train.Targets(some), new Classification(train.Classes));
        return fit.Strength * train.Labels.Length / some.Length;
    }

    private static object Labels(Part train, Part test, LogisticProbe probe, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        int count = train.Labels.Length, wrong = (int)Math.Round(count * Noise);
        SeededRandom random = new(seed);
        int[] flipped = [.. Order(count, seed).Take(wrong)], noisy = [.. train.Labels];
        foreach (int sample in flipped)
        {
            noisy[sample] = (train.Labels[sample] + 1 + random.NextInt32(train.Classes - 1)) % train.Classes;
        }

        Stopwatch clock = Stopwatch.StartNew();
        double[,] folds = probe.OutOfFold(train.Features, noisy, train.Classes, default).Probabilities;
        double foldSeconds = clock.Elapsed.TotalSeconds;
        ConfidentLearning analysis = new(folds, noisy);
        HashSet<int> truth = [.. flipped];
        int[] ranked = [.. ConfidentLearning.Rank(analysis.SelfConfidence()).Take(wrong)];
        IReadOnlyList<int> issues = analysis.Issues();
        int[] all = [.. Enumerable.Range(0, count)], relabelled = [.. noisy], right = [.. noisy];
        foreach (int sample in ranked)
        {
            relabelled[sample] = analysis.Predicted(sample);
        }

        foreach (int sample in flipped)
        {
            right[sample] = train.Labels[sample];
        }

        return new
        {
            seed,
            samples = count,
            injected = wrong,
            strength = probe.C,
            foldSeconds,
            precisionAtInjectedCount = ranked.Count(truth.Contains) / (double)wrong,
            precisionByNormalizedMargin = ConfidentLearning.Rank(analysis.NormalizedMargin()).Take(wrong).Count(truth.Contains)
                / (double)wrong,
            methods = Enum.GetValues<LabelIssueMethod>().Select(method => Quality(method, analysis.Issues(method), truth)).ToArray(),
            relabelledCorrectly = ranked.Where(truth.Contains).Count(sample => relabelled[sample] == train.Labels[sample])
                / (double)ranked.Count(truth.Contains),
            accuracyWithTrueLabels = Accuracy(train, all, train.Labels, test, probe),
            accuracyWithWrongLabels = Accuracy(train, all, noisy, test, probe),
            accuracyWithoutFound = Accuracy(train, [.. all.Except(ranked)], noisy, test, probe),
            accuracyRelabelled = Accuracy(train, all, relabelled, test, probe),
            accuracyWithoutIssues = Accuracy(train, [.. all.Except(issues)], noisy, test, probe),
            accuracyWithoutInjected = Accuracy(train, [.. all.Except(flipped)], noisy, test, probe),
        };
    }

    private static object Quality(LabelIssueMethod method, IReadOnlyList<int> issues, HashSet<int> truth) => new
    {
        method = method.ToString(),
        found = issues.Count,
        precision = issues.Count(truth.Contains) / (double)Math.Max(issues.Count, 1),
        recall = issues.Count(truth.Contains) / (double)truth.Count,
    };

    private static object CoreSets(Part train, Part test, LogisticProbe probe, double share)
    {
        int count = train.Labels.Length, chosen = (int)(count * share);
        Stopwatch clock = Stopwatch.StartNew();
        IReadOnlyList<int> centres = CoreSet.KCentre(train.Features, chosen).Order;
        double centreSeconds = clock.Elapsed.TotalSeconds;
        double[,] folds = probe.OutOfFold(train.Features, train.Labels, train.Classes, default).Probabilities;
        Dictionary<string, IReadOnlyList<int>> ways = new()
        {
            ["k-centre"] = centres,
            ["k-centre class by class"] = CoreSet.ClassByClass(
                train.Labels, chosen, (members, n) => CoreSet.KCentre(train.Rows(members), n).Order),
            ["herding class by class"] = CoreSet.ClassByClass(
                train.Labels, chosen, (members, n) => CoreSet.Herding(train.Rows(members), n)),
            ["smallest margin"] = CoreSet.ByMargin(folds, chosen),
            ["largest margin"] = CoreSet.ByMargin(folds, chosen, largest: true),
        };
        foreach (int seed in Seeds)
        {
            ways[$"random, seed {seed}"] = Order(count, seed)[..chosen];
        }

        ways["all"] = [.. Enumerable.Range(0, count)];
        return new
        {
            samples = count,
            share,
            strength = probe.C,
            centreSeconds,
            accuracies = ways.ToDictionary(way => way.Key, way => Accuracy(train, [.. way.Value], train.Labels, test, probe)),
        };
    }

    private static object Active(Part train, Part test, int first, int seed)
    {
        LogisticProbe probe = new();
        string[] ways = ["random", .. Enum.GetNames<ActiveStrategy>()];
        int[] order = Order(train.Labels.Length, seed);
        return new
        {
            seed,
            curves = ways.ToDictionary(way => way, way =>
            {
                // Each round doubles what has labels. Every class is in the first round once, so that there is something to fit.
                List<int> labelled = [.. order.Take(first)];
                labelled.AddRange(Enumerable.Range(0, train.Classes)
                    .Where(label => labelled.TrueForAll(sample => train.Labels[sample] != label))
                    .Select(label => order.First(sample => train.Labels[sample] == label)));
                List<object> curve = [];
                while (true)
                {
                    using DisposeScope scope = NewDisposeScope();
                    int[] rows = [.. labelled];
                    using LinearFit fit = probe.Fit(train.Rows(rows), train.Targets(rows), new Classification(train.Classes));
                    curve.Add(new { labels = rows.Length, accuracy = Accuracy(fit, test) });
                    int more = rows.Length;
                    if (curve.Count == 6 || rows.Length + more > train.Labels.Length)
                    {
                        return curve.ToArray();
                    }

                    labelled.AddRange(way switch
                    {
                        "random" => order.Where(sample => !labelled.Contains(sample)).Take(more).ToArray(),
                        nameof(ActiveStrategy.CoreSet) => CoreSet.KCentre(train.Features, rows, more).Order,
                        _ => ActiveSelection.Next(Probabilities(fit, train.Features), rows, more, Enum.Parse<ActiveStrategy>(way)),
                    });
                }
            }),
        };
    }

    private static object AuditCifar(string data, FeatureCache cache)
    {
        using Dataset train = ImageFolder.Open(Path.Combine(data, "cifar10", "train.zip"));
        using Dataset test = ImageFolder.Open(Path.Combine(data, "cifar10", "test.zip"));
        using ImageModel model = Pretrained.Load("resnet20", Path.Combine(data, "models", "resnet20-12fca82f.th"));
        AuditOptions options = new() { Test = test, Features = new FeatureOptions { BatchSize = 100, Cache = cache }, Workers = 1 };
        Stopwatch clock = Stopwatch.StartNew();
        List<(string Step, double Second)> steps = [];
        AuditFindings findings = DataAudit.Run(model, train, options, new Steps(step =>
        {
            if (steps.Count == 0 || steps[^1].Step != step)
            {
                steps.Add((step, clock.Elapsed.TotalSeconds));
            }
        }));
        findings.SaveCsv(Path.Combine(Path.GetTempPath(), "cifar-audit.csv"));
        Console.Error.WriteLine(findings);
        return new
        {
            samples = train.Count,
            testSamples = test.Count,
            seconds = clock.Elapsed.TotalSeconds,
            beganAt = steps.Select(step => new { step.Step, step.Second }).ToArray(),
            kinds = findings.GroupBy(finding => finding.Kind).ToDictionary(kind => kind.Key.ToString(), kind => kind.Count()),
        };
    }

    // A million random hashes, and some that differ from one of them in a few bits.
    private static object Hashes(int distance)
    {
        const int Count = 1_000_000, Planted = 1000;
        SeededRandom random = new(1);
        List<ulong> hashes = [];
        for (int i = 0; i < Count; i++)
        {
            hashes.Add(((ulong)(uint)random.NextInt32(int.MaxValue) << 33) ^ ((ulong)(uint)random.NextInt32(int.MaxValue) << 11)
                ^ (uint)random.NextInt32(int.MaxValue));
        }

        for (int i = 0; i < Planted; i++)
        {
            ulong near = hashes[i];
            for (int flips = 0; flips <= i % 8; flips++)
            {
                near ^= 1UL << random.NextInt32(64);
            }

            hashes.Add(near);
        }

        Stopwatch clock = Stopwatch.StartNew();
        HashSet<(int, int)> found = [.. HashNeighbours.Pairs(hashes, distance).Select(pair => (pair.First, pair.Second))];
        double seconds = clock.Elapsed.TotalSeconds;
        int[] planted = [.. Enumerable.Range(0, Planted).Where(i => ImageHash.Distance(hashes[i], hashes[Count + i]) <= distance)];
        return new
        {
            hashes = hashes.Count,
            distance,
            seconds,
            pairs = found.Count,
            planted = planted.Length,
            plantedFound = planted.Count(i => found.Contains((i, Count + i))),
        };
    }

    private static (Part Train, Part Test) Cifar(string data, FeatureCache cache)
    {
        using ImageModel model = Pretrained.Load("resnet20", Path.Combine(data, "models", "resnet20-12fca82f.th"));
        return Parts(
            model,
            ImageFolder.Open(Path.Combine(data, "cifar10", "train.zip")),
            ImageFolder.Open(Path.Combine(data, "cifar10", "test.zip")),
            cache);
    }

    private static (Part Train, Part Test) Emoji(string samples, FeatureCache cache)
    {
        string folder = Path.Combine(samples, "QuickStart");
        using ImageModel model = Pretrained.Load("resnet20", Path.Combine(folder, "resnet20-cifar10.safetensors"));
        Dataset train = ImageFolder.Open(Path.Combine(folder, "emoji.zip"), "train");
        return Parts(model, train, ImageFolder.Open(Path.Combine(folder, "emoji.zip"), "val", train.ClassNames), cache);
    }

    private static (Part Train, Part Test) Questions(string data, string samples, FeatureCache cache)
    {
        TextFileOptions columns = new() { Text = "text", Label = "coarse" };
        Dataset train = TextFile.Open(Path.Combine(data, "text", "trec_train.tsv"), columns);
        using TextModel model = Pretrained.Bert(Path.Combine(samples, "TextClassification", "bert-definitions"))
            .ReplaceHead(train.ClassNames);
        columns = columns with { ClassNames = train.ClassNames };
        return Parts(model, train, TextFile.Open(Path.Combine(data, "text", "trec_test.tsv"), columns), cache);
    }

    private static (Part Train, Part Test) Parts(TransferModel model, Dataset train, Dataset test, FeatureCache cache)
    {
        using (train)
        using (test)
        {
            return (Of(train), Of(test));
        }

        Part Of(Dataset dataset)
        {
            FeatureSet set = model.ExtractFeatures(dataset, new FeatureOptions { BatchSize = 100, Cache = cache });
            return new Part(set.Features, [.. set.Labels.data<long>().Select(label => (int)label)], dataset.ClassNames.Count);
        }
    }

    private static double Accuracy(Part train, int[] rows, int[] labels, Part test, LogisticProbe probe)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor targets = tensor([.. rows.Select(row => (long)labels[row])]);
        using LinearFit fit = probe.Fit(train.Rows(rows), targets, new Classification(train.Classes));
        return Accuracy(fit, test);
    }

    private static double Accuracy(LinearFit fit, Part test)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] predicted = [.. Logits(fit, test.Features).argmax(1).data<long>()];
        return predicted.Where((label, i) => label == test.Labels[i]).Count() / (double)predicted.Length;
    }

    private static double[,] Probabilities(LinearFit fit, Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] flat = [.. Logits(fit, features).softmax(1).data<double>()];
        double[,] table = new double[features.size(0), fit.Bias.size(0)];
        Buffer.BlockCopy(flat, 0, table, 0, flat.Length * sizeof(double));
        return table;
    }

    private static Tensor Logits(LinearFit fit, Tensor features)
        => nn.functional.linear(features.to(ScalarType.Float64), fit.Weight, fit.Bias);

    private static int[] Order(int count, int seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SeededRandom(seed).Shuffle<int>(order);
        return order;
    }

    private sealed class Steps(Action<string> onStep) : IProgress<AuditProgress>
    {
        public void Report(AuditProgress value) => onStep(value.Step);
    }

    private sealed record Part(Tensor Features, int[] Labels, int Classes)
    {
        public Tensor Rows(IReadOnlyList<int> rows) => Features.index_select(0, tensor([.. rows.Select(row => (long)row)]));

        public Tensor Targets(IReadOnlyList<int> rows) => tensor([.. rows.Select(row => (long)Labels[row])]);
    }
}
