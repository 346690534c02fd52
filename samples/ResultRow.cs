using System.Diagnostics;
using System.Text.Json;

namespace TransferLearning.Samples;

/// <summary>One row of a table that compares ways of training.</summary>
internal sealed record ResultRow(string Name, double Accuracy, double Seconds, long TrainedParameters)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Trains and evaluates a model.</summary>
    /// <param name="name">What the row is called.</param>
    /// <param name="model">The model.</param>
    /// <param name="test">What it is evaluated on.</param>
    /// <param name="train">Trains it, reporting to the progress that it is given.</param>
    public static ResultRow Of(string name, TransferModel model, Dataset test, Func<IProgress<TrainingProgress>, TrainingHistory> train)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TrainingHistory history = train(new ProgressLine(name));
        double seconds = clock.Elapsed.TotalSeconds;
        double accuracy = model.Evaluate(test).Accuracy!.Value;
        ProgressLine.End($"{name}: {accuracy:P1} after {seconds:F1} s");
        return new ResultRow(name, accuracy, seconds, history.TrainedParameters);
    }

    /// <summary>Prints the table, and writes it to a file where one is named.</summary>
    public static void Print(IReadOnlyList<ResultRow> rows, string? jsonFile)
    {
        Console.WriteLine($"\n{"",-26}{"accuracy",10}{"seconds",10}{"trained parameters",20}");
        foreach (ResultRow row in rows)
        {
            Console.WriteLine($"{row.Name,-26}{row.Accuracy,10:P1}{row.Seconds,10:F1}{row.TrainedParameters,20:N0}");
        }

        if (jsonFile is not null)
        {
            File.WriteAllText(jsonFile, JsonSerializer.Serialize(rows, Format));
        }
    }
}
