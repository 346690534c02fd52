using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Every case and field of Fixtures/Parity/methods/samplers.json.</summary>
[Trait("Category", "Parity")]
public sealed class SamplerParityTests : IDisposable
{
    private readonly JsonDocument _document = ParityFolder.Json("methods/samplers.json");

    private JsonElement Root => _document.RootElement;

    private GoldenNumbers Numbers => new(Root.GetProperty("salt").GetString()!);

    [Fact]
    public void Every_part_of_the_golden_is_known()
    {
        Assert.Equal("parity-samplers/1", Root.GetProperty("schema").GetString());
        Known(Root, "schema", "salt", "definition", "weighted", "repeat_factor");
    }

    [Fact]
    public void Weighted_draws_equal_the_reference()
    {
        foreach (JsonElement golden in Root.GetProperty("weighted").EnumerateArray())
        {
            int[] counts = GoldenNumbers.Ints(golden.GetProperty("counts"));
            int[] classes = [.. counts.Index().SelectMany(one => Enumerable.Repeat(one.Index, one.Item))];
            double[] uniform = Numbers.Uniform($"sampler:{string.Join('-', counts)}", 16);
            foreach (JsonProperty way in golden.EnumerateObject().Where(field => field.Name != "counts"))
            {
                WeightedSampler sampler = new(way.Name switch
                {
                    "uniform" => ClassWeighting.Uniform,
                    "inverse" => ClassWeighting.Inverse,
                    "inverse_square_root" => ClassWeighting.InverseSquareRoot,
                    _ when way.Name.StartsWith("effective_", StringComparison.Ordinal)
                        => ClassWeighting.EffectiveNumber(double.Parse(way.Name[10..], System.Globalization.CultureInfo.InvariantCulture)),
                    _ => throw new InvalidDataException($"The field '{way.Name}' is unknown."),
                });
                Known(way.Value, "sample_probability_by_class", "class_probability", "draws", "smallest_distance_to_a_step");
                double[] probabilities = sampler.Probabilities(classes);
                double[] bySample = GoldenNumbers.Doubles(way.Value.GetProperty("sample_probability_by_class"));
                double[] byClass = GoldenNumbers.Doubles(way.Value.GetProperty("class_probability"));
                Assert.All(probabilities.Zip(classes), pair => Assert.Equal(bySample[pair.Second], pair.First, 1e-11));
                Assert.All(byClass.Index(), one => Assert.Equal(
                    one.Item, probabilities.Zip(classes).Where(pair => pair.Second == one.Index).Sum(pair => pair.First), 1e-11));
                double[] cumulative = sampler.Cumulative(classes);
                Assert.Equal(
                    GoldenNumbers.Ints(way.Value.GetProperty("draws")),
                    uniform.Select(number => WeightedSampler.Place(cumulative, number)));
            }
        }
    }

    [Fact]
    public void Repeat_factors_equal_the_reference()
    {
        foreach ((int number, JsonElement golden) in Root.GetProperty("repeat_factor").EnumerateArray().Index())
        {
            Known(
                golden, "classes", "threshold", "labels", "frequency", "category_repeat", "image_repeat", "expected_epoch_length",
                "repeats_for_uniforms");
            RepeatFactorSampler sampler = new(golden.GetProperty("threshold").GetDouble());
            int[][] labels = [.. golden.GetProperty("labels").EnumerateArray().Select(GoldenNumbers.Ints)];
            double[] shares = RepeatFactorSampler.Shares(labels);
            double[] factors = sampler.ClassFactors(shares);
            double[] repeats = RepeatFactorSampler.Factors(labels, factors);
            Near(GoldenNumbers.Doubles(golden.GetProperty("frequency")), shares, golden.GetProperty("classes").GetInt32());
            Near(GoldenNumbers.Doubles(golden.GetProperty("category_repeat")), factors, golden.GetProperty("classes").GetInt32());
            Near(GoldenNumbers.Doubles(golden.GetProperty("image_repeat")), repeats, labels.Length);
            Assert.Equal(golden.GetProperty("expected_epoch_length").GetDouble(), repeats.Sum(), 1e-10);
            Assert.Equal(
                (int)Math.Round(repeats.Sum()),
                sampler.Over(labels.Length, sample => new LabelsTarget(labels[sample])).Count);
            double[] uniform = Numbers.Uniform($"rfs:{number}", labels.Length);
            Assert.Equal(
                GoldenNumbers.Ints(golden.GetProperty("repeats_for_uniforms")),
                repeats.Zip(uniform).Select(pair => RepeatFactorSampler.Repeats(pair.First, pair.Second)));
        }
    }

    public void Dispose() => _document.Dispose();

    // Classes after the last that occurs are not known to the sampler.
    private static void Near(double[] expected, double[] actual, int count)
    {
        Assert.Equal(count, expected.Length);
        Assert.All(expected.Index(), one => Assert.Equal(one.Item, one.Index < actual.Length ? actual[one.Index] : 0, 1e-11));
    }

    private static void Known(JsonElement golden, params string[] names)
        => Assert.All(golden.EnumerateObject(), field => Assert.Contains(field.Name, names));
}
