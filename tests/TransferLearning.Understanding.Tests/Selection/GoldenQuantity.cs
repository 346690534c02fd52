using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Comparisons with the goldens' records of numbers.</summary>
internal static class GoldenQuantity
{
    /// <summary>A record {shape, at, f64, sum, l2, tolerance}: all of it is compared.</summary>
    public static void Equal(JsonElement golden, IReadOnlyList<double> actual)
    {
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        Assert.Equal(golden.GetProperty("shape").EnumerateArray().Aggregate(1, (product, size) => product * size.GetInt32()), actual.Count);
        double[] expected = Doubles(golden.GetProperty("f64"));
        int[] at = golden.TryGetProperty("at", out JsonElement places) ? Ints(places) : [.. Enumerable.Range(0, actual.Count)];
        Assert.Equal(expected.Length, at.Length);
        double largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(at), pair => Assert.Equal(pair.First, actual[pair.Second], Math.Max(1e-9 * largest, 1e-11)));
        Aggregate("sum", actual.Sum());
        Aggregate("l2", Math.Sqrt(actual.Sum(number => number * number)));

        void Aggregate(string name, double value)
        {
            if (golden.TryGetProperty(name, out JsonElement sum))
            {
                Assert.Equal(sum.GetDouble(), value, tolerance * Math.Sqrt(actual.Count));
            }
        }
    }

    /// <summary>Numbers written with twelve digits.</summary>
    public static void Equal(IReadOnlyList<double> expected, IEnumerable<double> actual)
        => Assert.Equal(expected, actual, (first, second) => Math.Abs(first - second) <= 1e-11 * Math.Max(1, Math.Abs(first)));

    public static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetInt32())];

    public static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    /// <summary>Calls an action with every field, so that an unknown one cannot be missed.</summary>
    public static void ForEachField(JsonElement element, Func<string, JsonElement, bool> check)
    {
        foreach (JsonProperty field in element.EnumerateObject())
        {
            Assert.True(check(field.Name, field.Value), $"The field '{field.Name}' is unknown.");
        }
    }
}
