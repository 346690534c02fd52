using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Compares numbers with a golden record: some rows, their first columns and their sums, computed in float64.</summary>
internal static class Golden
{
    /// <summary>The samples of one of the recordings beside the goldens.</summary>
    public static Waveform Wave(string name) => AudioFile.Read(ParityFolder.File($"speech/wav/{name}"));

    /// <summary>Fails unless the numbers have the shape and lie within the tolerances of the record.</summary>
    public static void Compare(JsonElement golden, IReadOnlyList<long> shape, ReadOnlySpan<float> values, string what)
    {
        Assert.Equal(golden.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), shape);
        int columns = (int)shape[^1];
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        double worst = 0;
        int place = 0;
        foreach (JsonElement row in golden.GetProperty("rows").EnumerateArray())
        {
            ReadOnlySpan<float> own = values.Slice(row.GetInt32() * columns, columns);
            int column = 0;
            foreach (JsonElement expected in golden.GetProperty("first16_f64")[place].EnumerateArray())
            {
                worst = Math.Max(worst, Math.Abs(own[column++] - expected.GetDouble()));
            }

            double sum = 0;
            foreach (float value in own)
            {
                sum += value;
            }

            double gap = Math.Abs(sum - golden.GetProperty("sum")[place++].GetDouble());
            Assert.True(
                gap <= golden.GetProperty("sum_tolerance").GetDouble(),
                $"{what}, sum of row {row.GetInt32()}: {gap:G3} of {golden.GetProperty("sum_tolerance").GetDouble():G3}");
        }

        Assert.True(worst <= tolerance, $"{what}: {worst:G3} of {tolerance:G3}");
    }
}
