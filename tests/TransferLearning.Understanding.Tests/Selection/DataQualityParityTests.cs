using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Confident learning, image hashes, near duplicates, core sets, outliers and class balance against a float64 reference,
/// scikit-learn's environment and Python's imaging library (Fixtures/Parity/understand/quality.json).</summary>
[Trait("Category", "Parity")]
public sealed class DataQualityParityTests
{
    private const string Golden = "understand/quality.json";

    public static TheoryData<string> Labels => Ids("confident_learning", "id");
    public static TheoryData<string> Images => Ids("hashes", "image");
    public static TheoryData<string> Features => Ids("features", "id");

    [Fact]
    public void Every_part_of_the_golden_is_known()
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        Assert.Equal("parity-quality/1", document.RootElement.GetProperty("schema").GetString());
        GoldenQuantity.ForEachField(document.RootElement, (name, _) => name is "schema" or "salt" or "definition" or "confident_learning"
            or "hashes" or "hamming_lanczos" or "features" or "imbalance");
    }

    [Theory]
    [MemberData(nameof(Labels))]
    public void Confident_learning_equals_the_reference(string id)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        JsonElement one = Find(document, "confident_learning", "id", id);
        double[][] rows = [.. one.GetProperty("probabilities").EnumerateArray().Select(GoldenQuantity.Doubles)];
        double[,] probabilities = new double[rows.Length, one.GetProperty("classes").GetInt32()];
        for (int i = 0; i < probabilities.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, probabilities.GetLength(1));
            probabilities[row, column] = rows[row][column];
        }

        ConfidentLearning actual = new(probabilities, GoldenQuantity.Ints(one.GetProperty("labels")));
        GoldenQuantity.ForEachField(one.GetProperty("expected"), (name, golden) =>
        {
            switch (name)
            {
                case "thresholds":
                    double?[] thresholds = [.. golden.EnumerateArray().Select(Nullable)];
                    Assert.Equal(thresholds.Select(one => one is null), actual.Thresholds.Select(one => one is null));
                    GoldenQuantity.Equal([.. thresholds.Select(one => one ?? 0)], actual.Thresholds.Select(one => one ?? 0));
                    break;
                case "guess":
                    Assert.Equal(GoldenQuantity.Ints(golden), actual.Guesses);
                    break;
                case "confident_joint_raw":
                    Assert.Equal(Flat(golden), actual.ConfidentJointRaw.Cast<int>().Select(count => (double)count));
                    break;
                case "confident_joint":
                    Assert.Equal(Flat(golden), actual.ConfidentJoint.Cast<int>().Select(count => (double)count));
                    break;
                case "calibrated_joint":
                    GoldenQuantity.Equal(Flat(golden), actual.CalibratedJoint.Cast<double>());
                    break;
                case "joint":
                    GoldenQuantity.Equal(Flat(golden), actual.JointDistribution.Cast<double>());
                    break;
                case "prune_counts":
                    Assert.Equal(Flat(golden), actual.PruneCounts.Cast<int>().Select(count => (double)count));
                    break;
                case "issues":
                    GoldenQuantity.ForEachField(golden, (method, issues) => HasIssues(actual, method, issues, false));
                    break;
                case "issues_before_agreement_filter":
                    GoldenQuantity.ForEachField(golden, (method, issues) => HasIssues(actual, method, issues, true));
                    break;
                case "estimated_issues":
                    Assert.Equal(golden.GetDouble(), actual.EstimatedIssues, 1e-9);
                    break;
                case "self_confidence":
                    GoldenQuantity.Equal(golden, actual.SelfConfidence());
                    break;
                case "normalised_margin":
                    GoldenQuantity.Equal(golden, actual.NormalizedMargin());
                    break;
                case "entropy":
                    GoldenQuantity.Equal(golden, actual.Entropy());
                    break;
                case "rank_by_self_confidence":
                    Assert.Equal(GoldenQuantity.Ints(golden), ConfidentLearning.Rank(actual.SelfConfidence()));
                    break;
                case "rank_by_normalised_margin":
                    Assert.Equal(GoldenQuantity.Ints(golden), ConfidentLearning.Rank(actual.NormalizedMargin()));
                    break;
                default:
                    return false;
            }

            return true;
        });
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Hashes_of_images_equal_the_reference(string image)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        JsonElement one = Find(document, "hashes", "image", image);
        string path = ParityFolder.File(Path.Combine("understand", image));
        using ImagePixels pixels = new SkiaImageCodec().Decode(File.ReadAllBytes(path), path);
        using ImagePixels grey = ImageHash.Grey(pixels);
        GoldenQuantity.ForEachField(one, (name, golden) =>
        {
            switch (name)
            {
                case "image":
                    return true;
                case "grey_sum":
                    long sum = 0;
                    for (int i = 0; i < grey.Bytes.Length; i += ImagePixels.BytesPerPixel)
                    {
                        sum += grey.Bytes[i];
                    }

                    Assert.Equal(golden.GetInt64(), sum);
                    return true;
                case "lanczos" or "bilinear":
                    Interpolation filter = name == "lanczos" ? Interpolation.Lanczos : Interpolation.Bilinear;
                    GoldenQuantity.ForEachField(golden, (field, value) => HasHash(pixels, grey, filter, field, value));
                    return true;
                default:
                    return false;
            }
        });
    }

    [Fact]
    public void Distances_between_hashes_equal_the_reference_and_neighbours_are_all_found()
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        JsonElement[] images = [.. document.RootElement.GetProperty("hashes").EnumerateArray()];
        GoldenQuantity.ForEachField(document.RootElement.GetProperty("hamming_lanczos"), (kind, golden) =>
        {
            ulong[] hashes = [.. images.Select(one => Hash(one.GetProperty("lanczos").GetProperty(kind).GetString()!))];
            int[][] distances = [.. golden.EnumerateArray().Select(GoldenQuantity.Ints)];
            for (int i = 0; i < hashes.Length; i++)
            {
                Assert.Equal(distances[i], hashes.Select(other => ImageHash.Distance(hashes[i], other)));
            }

            ulong[] distinct = [.. hashes.Distinct()];
            SimilarPair[] expected =
            [
                .. Enumerable.Range(0, distinct.Length)
                    .SelectMany(i => Enumerable.Range(i + 1, distinct.Length - i - 1)
                        .Select(j => new SimilarPair(i, j, ImageHash.Distance(distinct[i], distinct[j]))))
                    .Where(pair => pair.Measure <= 28),
            ];
            Assert.Equal(expected, HashNeighbours.Pairs(distinct, 28).OrderBy(pair => pair.First).ThenBy(pair => pair.Second));
            return kind is "ahash" or "dhash" or "phash";
        });
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void Near_duplicates_core_sets_and_outliers_equal_the_reference(string id)
    {
        using DisposeScope scope = NewDisposeScope();
        using JsonDocument document = ParityFolder.Json(Golden);
        JsonElement one = Find(document, "features", "id", id);
        Tensor x = FeaturesOf(one, id, document.RootElement.GetProperty("salt").GetString()!);
        GoldenQuantity.Equal(
            GoldenQuantity.Doubles(one.GetProperty("feature_check").GetProperty("first")), x.flatten().data<double>().Take(4));
        Assert.Equal(one.GetProperty("feature_check").GetProperty("sum").GetDouble(), x.sum().item<double>(), 1e-9);
        int count = one.GetProperty("select").GetInt32();
        GoldenQuantity.ForEachField(one.GetProperty("expected"), (name, golden) =>
        {
            switch (name)
            {
                case "near_duplicates":
                    Assert.All(golden.EnumerateArray(), entry => HasDuplicates(x, entry));
                    return true;
                case "k_centre":
                    KCentreSelection centres = CoreSet.KCentre(x, count, one.GetProperty("start").GetInt32());
                    Assert.Equal(GoldenQuantity.Ints(golden.GetProperty("order")), centres.Order);
                    GoldenQuantity.Equal(GoldenQuantity.Doubles(golden.GetProperty("radius")), centres.Radii);
                    return OnlyHas(golden, "order", "radius", "smallest_margin");
                case "herding":
                    Assert.Equal(GoldenQuantity.Ints(golden.GetProperty("order")), CoreSet.Herding(x, count));
                    Assert.Equal(GoldenQuantity.Ints(golden.GetProperty("order_normalised")), CoreSet.Herding(x, count, normalize: true));
                    return OnlyHas(golden, "order", "smallest_margin", "order_normalised", "smallest_margin_normalised");
                case not null when name.StartsWith("outlier_k", StringComparison.Ordinal):
                    KnnOutliers outliers = KnnOutliers.Of(x, int.Parse(name["outlier_k".Length..], CultureInfo.InvariantCulture));
                    GoldenQuantity.Equal(golden.GetProperty("kth_distance"), outliers.KthDistances);
                    GoldenQuantity.Equal(golden.GetProperty("mean_distance"), outliers.MeanDistances);
                    Assert.Equal(
                        GoldenQuantity.Ints(golden.GetProperty("rank_by_kth")), outliers.RankByKthDistance().Take(10));
                    return OnlyHas(golden, "kth_distance", "mean_distance", "rank_by_kth");
                default:
                    return false;
            }
        });
    }

    [Fact]
    public void Class_balance_equals_the_reference()
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        Assert.All(document.RootElement.GetProperty("imbalance").EnumerateArray(), one =>
        {
            ClassBalance actual = new(GoldenQuantity.Ints(one.GetProperty("counts")));
            GoldenQuantity.ForEachField(one, (name, golden) =>
            {
                switch (name)
                {
                    case "counts":
                        return true;
                    case "inverse_frequency_weights":
                        GoldenQuantity.Equal(GoldenQuantity.Doubles(golden), actual.InverseFrequencyWeights());
                        return true;
                    case "effective_number":
                        Assert.All(golden.EnumerateArray(), entry =>
                        {
                            (IReadOnlyList<double> numbers, IReadOnlyList<double> weights) =
                                actual.EffectiveNumbers(entry.GetProperty("beta").GetDouble());
                            GoldenQuantity.Equal(GoldenQuantity.Doubles(entry.GetProperty("numbers")), numbers);
                            GoldenQuantity.Equal(GoldenQuantity.Doubles(entry.GetProperty("weights")), weights);
                            Assert.True(OnlyHas(entry, "beta", "numbers", "weights"));
                        });
                        return true;
                }

                double? value = name switch
                {
                    "total" => actual.Total,
                    "ratio_max_min" => actual.Ratio,
                    "ratio_max_min_present" => actual.RatioOfPresent,
                    "entropy" => actual.Entropy,
                    "balance" => actual.Balance,
                    "gini_impurity" => actual.GiniImpurity,
                    "effective_classes" => actual.EffectiveClasses,
                    "majority_share" => actual.MajorityShare,
                    _ => double.NaN,
                };
                Assert.Equal(Nullable(golden) is null, value is null);
                GoldenQuantity.Equal([Nullable(golden) ?? 0], [value ?? 0]);
                return true;
            });
        });
    }

    private static bool HasIssues(ConfidentLearning actual, string method, JsonElement golden, bool evenIfPredicted)
    {
        LabelIssueMethod? which = method switch
        {
            "off_diagonal" => LabelIssueMethod.OffDiagonal,
            "prune_by_class" => LabelIssueMethod.PruneByClass,
            "prune_by_noise_rate" => LabelIssueMethod.PruneByNoiseRate,
            "both" => LabelIssueMethod.Both,
            "predicted_differs" => LabelIssueMethod.PredictedDiffers,
            _ => null,
        };
        Assert.Equal(GoldenQuantity.Ints(golden), which is { } known ? actual.Issues(known, evenIfPredicted) : []);
        return which is not null;
    }

    private static bool HasHash(ImagePixels pixels, ImagePixels grey, Interpolation filter, string name, JsonElement golden)
    {
        double[] frequencies = ImageHash.Frequencies(ImageHash.Thumbnail(grey, 32, 32, filter));
        switch (name)
        {
            case "ahash_smallest_margin" or "dhash_equal_neighbours" or "phash_middle_gap": // how close the hashes are to others
                break;
            case "ahash":
                Assert.Equal(Hash(golden.GetString()!), ImageHash.Average(pixels, filter));
                break;
            case "dhash":
                Assert.Equal(Hash(golden.GetString()!), ImageHash.Difference(pixels, filter));
                break;
            case "phash":
                Assert.Equal(Hash(golden.GetString()!), ImageHash.Perceptual(pixels, filter));
                break;
            case "phash_without_dc":
                Assert.Equal(Hash(golden.GetString()!), ImageHash.Perceptual(pixels, filter, withoutConstant: true));
                break;
            case "phash_median":
                GoldenQuantity.Equal([golden.GetDouble()], [ImageHash.Median(frequencies)]);
                break;
            case "thumb_8x8":
                Assert.Equal(GoldenQuantity.Ints(golden), ImageHash.Thumbnail(grey, 8, 8, filter).Select(level => (int)level));
                break;
            case "thumb_9x8":
                Assert.Equal(GoldenQuantity.Ints(golden), ImageHash.Thumbnail(grey, 9, 8, filter).Select(level => (int)level));
                break;
            case "thumb_32x32_sum":
                Assert.Equal(golden.GetInt32(), ImageHash.Thumbnail(grey, 32, 32, filter).Sum(level => level));
                break;
            case "thumb_32x32_first_row":
                Assert.Equal(GoldenQuantity.Ints(golden), ImageHash.Thumbnail(grey, 32, 32, filter).Take(32).Select(level => (int)level));
                break;
            case "dct_first_row":
                GoldenQuantity.Equal(GoldenQuantity.Doubles(golden), frequencies.Take(8));
                break;
            default:
                return false;
        }

        return true;
    }

    private static void HasDuplicates(Tensor x, JsonElement golden)
    {
        SimilarPair[] pairs =
        [
            .. NearDuplicates.Pairs(x, golden.GetProperty("threshold").GetDouble()).OrderBy(pair => pair.First).ThenBy(pair => pair.Second),
        ];
        Assert.Equal(
            golden.GetProperty("pairs").EnumerateArray().Select(GoldenQuantity.Ints),
            pairs.Select(pair => new[] { pair.First, pair.Second }));
        Assert.Equal(
            golden.GetProperty("groups").EnumerateArray().Select(GoldenQuantity.Ints), NearDuplicates.Groups((int)x.size(0), pairs));
        Assert.True(OnlyHas(golden, "threshold", "pairs", "groups", "smallest_distance_to_threshold"));
    }

    // c(q:x:ID) + c(q:m:ID)[i mod classes], then what is planted.
    private static Tensor FeaturesOf(JsonElement one, string id, string salt)
    {
        ParityFill fill = new(salt, 1);
        long n = one.GetProperty("n").GetInt64(), d = one.GetProperty("d").GetInt64(), classes = one.GetProperty("classes").GetInt64();
        Tensor Cells(string name, long[] shape) => tensor(fill.Values(name, "unit", shape), shape).to(ScalarType.Float64);
        Tensor labels = arange(n, dtype: ScalarType.Int64).remainder(classes);
        Tensor x = Cells($"q:x:{id}", [n, d]).add(Cells($"q:m:{id}", [classes, d]).index_select(0, labels));
        foreach (JsonElement[] planted in one.GetProperty("planted").EnumerateArray().Select(entry => entry.EnumerateArray().ToArray()))
        {
            int i = planted[0].GetInt32();
            x[i].copy_(x[planted[1].GetInt32()].add(Cells($"q:d:{i}:{id}", [d]).mul(planted[2].GetDouble())));
        }

        if (one.TryGetProperty("zero_row", out JsonElement zero))
        {
            x[zero.GetInt32()].zero_();
        }

        return x;
    }

    private static bool OnlyHas(JsonElement element, params string[] names)
        => element.EnumerateObject().All(field => names.Contains(field.Name));

    private static TheoryData<string> Ids(string part, string key)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        return new(document.RootElement.GetProperty(part).EnumerateArray().Select(one => one.GetProperty(key).GetString()!));
    }

    private static JsonElement Find(JsonDocument document, string part, string key, string id)
        => document.RootElement.GetProperty(part).EnumerateArray().First(one => one.GetProperty(key).GetString() == id);

    private static double? Nullable(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetDouble();

    private static double[] Flat(JsonElement table) => [.. table.EnumerateArray().SelectMany(GoldenQuantity.Doubles)];

    private static ulong Hash(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
