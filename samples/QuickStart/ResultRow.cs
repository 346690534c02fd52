using System.Text.Json;

namespace TransferLearning.Samples;

/// <summary>One row of the table.</summary>
internal sealed record ResultRow(string Name, double Accuracy, double Seconds, long TrainedParameters)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(IEnumerable<ResultRow> rows)
    {
        Console.WriteLine($"{"",-26}{"accuracy",10}{"seconds",10}{"trained parameters",20}");
        foreach (ResultRow row in rows)
        {
            Console.WriteLine($"{row.Name,-26}{row.Accuracy,10:P1}{row.Seconds,10:F1}{row.TrainedParameters,20:N0}");
        }
    }

    public static void WriteJson(IEnumerable<ResultRow> rows, string file) => File.WriteAllText(file, JsonSerializer.Serialize(rows, Format));
}
