using System.Text.Json;

namespace TransferLearning.Reports.Tests;

/// <summary>Principal components and neighbour probabilities against the goldens: every case and every quantity of the file.</summary>
[Trait("Category", "Parity")]
public sealed class EmbeddingParityTests : IDisposable
{
    private const string Schema = "parity-embeddings/1";

    // Of these no number is compared: they say how close a discrete result is to another.
    private static readonly string[] Margins = ["smallest_relative_gap_of_variances", "smallest_sign_margin"];

    private readonly JsonDocument _golden = ParityFolder.Json("understand/embeddings.json");
    private readonly ParityFill _fill;

    public EmbeddingParityTests() => _fill = new ParityFill(_golden.RootElement.GetProperty("salt").GetString()!, 1);

    public void Dispose() => _golden.Dispose();

    [Fact]
    public void The_file_has_the_schema_and_nothing_unknown()
    {
        Assert.Equal(Schema, _golden.RootElement.GetProperty("schema").GetString());
        Assert.Equal(["schema", "salt", "definition", "pca", "tsne"], _golden.RootElement.EnumerateObject().Select(part => part.Name));
        AssertKnown("pca", ["id", "n", "d", "k", "constant", "feature_check", "expected", .. Margins]);
        AssertKnown("tsne", ["id", "n", "d", "perplexity", "copies", "feature_check", "expected"]);
    }

    [Fact]
    public void Principal_components_equal_the_reference()
    {
        int compared = 0;
        foreach (JsonElement golden in _golden.RootElement.GetProperty("pca").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            (int n, int d, int k) = (Whole(golden, "n"), Whole(golden, "d"), Whole(golden, "k"));
            bool isConstant = golden.TryGetProperty("constant", out JsonElement constant) && constant.GetBoolean();
            double[][] rows = Rows($"pca:{id}", n, d);
            foreach (double[] row in rows)
            {
                for (int j = 0; j < d; j++)
                {
                    row[j] = isConstant ? 0.5 : (row[j] * Math.Pow(2, -(j % 5))) + (0.25 * j);
                }
            }

            AssertFeatures(golden, rows);
            PrincipalComponents found = PrincipalComponents.Of(rows, k);
            IReadOnlyList<double[]> scores = found.Project(rows);
            foreach (JsonProperty expected in golden.GetProperty("expected").EnumerateObject())
            {
                compared++;
                Quantity(expected.Value, $"{id} {expected.Name}", expected.Name switch
                {
                    "mean" => found.Mean,
                    "components" => [.. found.Components.SelectMany(component => component)],
                    "explained_variance" => found.ExplainedVariance,
                    "explained_variance_ratio" => found.ExplainedVarianceRatio,
                    "singular_values" => found.SingularValues,
                    "scores" => [.. scores.SelectMany(row => row)],
                    "total_variance" => [found.TotalVariance],
                    _ => throw new InvalidDataException($"{id}: no such quantity is known: {expected.Name}"),
                });
            }
        }

        Assert.True(compared > 0);
    }

    [Fact]
    public void Neighbour_probabilities_equal_the_reference()
    {
        int compared = 0;
        foreach (JsonElement golden in _golden.RootElement.GetProperty("tsne").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            (int n, int d) = (Whole(golden, "n"), Whole(golden, "d"));
            double[][] rows = Rows($"tsne:{id}", n, d);
            double[][] means = Rows($"tsne:mean:{id}", 3, d);
            for (int i = 0; i < n; i++)
            {
                rows[i] = [.. rows[i].Select((value, j) => value + (1.5 * means[i % 3][j]))];
            }

            if (golden.TryGetProperty("copies", out JsonElement copies))
            {
                foreach (JsonElement pair in copies.EnumerateArray())
                {
                    rows[pair[0].GetInt32()] = rows[pair[1].GetInt32()];
                }
            }

            AssertFeatures(golden, rows);
            NeighbourProbabilities found = NeighbourProbabilities.Of(rows, golden.GetProperty("perplexity").GetDouble());
            double[] joint = [.. found.Joint().SelectMany(row => row)];
            foreach (JsonProperty expected in golden.GetProperty("expected").EnumerateObject())
            {
                compared++;
                Quantity(expected.Value, $"{id} {expected.Name}", expected.Name switch
                {
                    "beta" => found.Beta,
                    "entropy" => found.Entropy,
                    "conditional" => [.. found.Conditional.SelectMany(row => row)],
                    "joint" => joint,
                    "joint_sum_p_log_p" => [joint.Where(share => share > 0).Sum(share => share * Math.Log(share))],
                    _ => throw new InvalidDataException($"{id}: no such quantity is known: {expected.Name}"),
                });
            }
        }

        Assert.True(compared > 0);
    }

    private static int Whole(JsonElement golden, string name) => golden.GetProperty(name).GetInt32();

    private static void AssertFeatures(JsonElement golden, double[][] rows)
        => Assert.Equal(golden.GetProperty("feature_check").GetProperty("sum").GetDouble(), rows.Sum(row => row.Sum()), 1e-8);

    /// <summary>Compares values at their places, their sum and their norm.</summary>
    private static void Quantity(JsonElement golden, string what, IReadOnlyList<double> values)
    {
        string[] known = ["shape", "at", "f64", "sum", "l2", "gap", "tolerance"];
        Assert.All(golden.EnumerateObject(), field => Assert.Contains(field.Name, known));
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        JsonElement f64 = golden.GetProperty("f64");
        double[] expected = f64.ValueKind == JsonValueKind.Number
            ? [f64.GetDouble()]
            : [.. f64.EnumerateArray().Select(value => value.GetDouble())];
        int[] at = golden.TryGetProperty("at", out JsonElement places)
            ? [.. places.EnumerateArray().Select(place => place.GetInt32())]
            : [.. Enumerable.Range(0, expected.Length)];
        int size = golden.TryGetProperty("shape", out JsonElement shape)
            ? shape.EnumerateArray().Aggregate(1, (product, length) => product * length.GetInt32())
            : 1;
        Assert.Equal(size, values.Count);
        Assert.Equal(expected.Length, at.Length);
        for (int i = 0; i < at.Length; i++)
        {
            double gap = Math.Abs(values[at[i]] - expected[i]);
            Assert.True(gap <= tolerance, $"{what}[{at[i]}]: {values[at[i]]:R}, expected {expected[i]:R}; {gap:G3} of {tolerance:G3}");
        }

        if (golden.TryGetProperty("sum", out JsonElement sum))
        {
            double whole = tolerance * Math.Sqrt(values.Count);
            Assert.Equal(sum.GetDouble(), values.Sum(), whole);
            Assert.Equal(golden.GetProperty("l2").GetDouble(), Math.Sqrt(values.Sum(value => value * value)), whole);
        }
    }

    private double[][] Rows(string name, int n, int d)
        => [.. _fill.Values(name, "unit", [n, d]).Select(value => (double)value).Chunk(d)];

    private void AssertKnown(string kind, string[] fields)
        => Assert.All(
            _golden.RootElement.GetProperty(kind).EnumerateArray().SelectMany(golden => golden.EnumerateObject()),
            field => Assert.Contains(field.Name, fields));
}
