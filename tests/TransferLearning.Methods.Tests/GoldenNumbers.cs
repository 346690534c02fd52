using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Inputs of the goldens of methods, and comparisons with what they expect (float64, to 1e-9 of the largest value).</summary>
internal sealed class GoldenNumbers(string salt)
{
    /// <summary>c(NAME), exact float32 numbers in [-1, 1), in float64.</summary>
    public torch.Tensor Centred(string name, params long[] shape)
        => torch.tensor(
            new ParityFill(salt, 1).Values(name, "unit", shape.Length == 0 ? [1] : shape).Select(value => (double)value).ToArray(), shape);

    /// <summary>u(NAME, i) for i below a number, in [0, 1).</summary>
    public double[] Uniform(string name, int count)
    {
        ulong seed = new ParityFill(salt, 1).Seed(name);
        return [.. Enumerable.Range(0, count).Select(i => (ParityFill.SplitMix64(unchecked(seed + (ulong)i)) >> 11) * Math.ScaleB(1, -53))];
    }

    /// <summary>A record {shape, at, f64, sum, l2, gap, tolerance}: every field is compared, and an unknown one is a failure.</summary>
    /// <param name="golden">The record.</param>
    /// <param name="actual">The numbers.</param>
    /// <param name="within">How far they may lie apart; null for 1e-9 of the largest.</param>
    public static void Equal(JsonElement golden, torch.Tensor actual, double? within = null)
    {
        double[] values = [.. actual.detach().to(torch.float64).contiguous().data<double>()];
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        double[] expected = golden.GetProperty("f64") is { ValueKind: JsonValueKind.Array } many ? Doubles(many)
            : [golden.GetProperty("f64").GetDouble()];
        double exact = within ?? Math.Max(1e-9 * expected.Max(Math.Abs), 1e-11);
        int[] at = golden.TryGetProperty("at", out JsonElement places) ? [.. places.EnumerateArray().Select(place => place.GetInt32())]
            : [.. Enumerable.Range(0, values.Length)];
        Assert.Equal(expected.Length, at.Length);
        Assert.All(expected.Zip(at), pair => Assert.Equal(pair.First, values[pair.Second], exact));
        foreach (JsonProperty field in golden.EnumerateObject())
        {
            switch (field.Name)
            {
                case "f64" or "at" or "gap" or "tolerance":
                    break;
                case "shape":
                    Assert.Equal(field.Value.EnumerateArray().Select(size => size.GetInt64()), actual.shape);
                    break;
                case "sum":
                    Assert.Equal(field.Value.GetDouble(), values.Sum(), tolerance * Math.Sqrt(values.Length));
                    break;
                case "l2":
                    double length = Math.Sqrt(values.Sum(value => value * value));
                    Assert.Equal(field.Value.GetDouble(), length, tolerance * Math.Sqrt(values.Length));
                    break;
                default:
                    Assert.Fail($"The field '{field.Name}' is unknown.");
                    break;
            }
        }
    }

    public static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    public static double[][] Rows(JsonElement array) => [.. array.EnumerateArray().Select(Doubles)];

    public static double[]? DoublesOrNull(JsonElement array) => array.ValueKind == JsonValueKind.Null ? null : Doubles(array);

    public static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetInt32())];

    public static torch.Tensor Table(double[][] rows) => torch.tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}
