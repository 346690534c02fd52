using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferLearning.Benchmarks;

/// <summary>What a job that needs no Python writes to <c>benchmarks/results</c>, in the form of the other files there.</summary>
internal static class ResultsFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The file as JSON.</summary>
    /// <param name="rows">Its rows: name, ratio, goal, direction.</param>
    /// <param name="further">What else it holds.</param>
    public static string Of(IEnumerable<object> rows, object further)
    {
        JsonObject file = new()
        {
            ["machine"] = $"{Environment.ProcessorCount} cores of {Processor()}, "
                + $"{(OperatingSystem.IsLinux() ? "Linux" : "another system")}",
            ["commit"] = Environment.GetEnvironmentVariable("COMMIT") ?? "",
            ["python"] = "no Python",
            ["dotnet"] = Environment.Version.ToString(),
            ["threads"] = "1",
            ["repeats"] = 1,
            ["rows"] = JsonSerializer.SerializeToNode(rows),
        };
        foreach ((string name, JsonNode? value) in JsonSerializer.SerializeToNode(further)!.AsObject())
        {
            file[name] = value?.DeepClone();
        }

        return file.ToJsonString(Indented);
    }

    private static string Processor()
    {
        const string Key = "model name";
        string? line = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(entry => entry.StartsWith(Key, StringComparison.Ordinal))
            : null;
        return line is null
            ? RuntimeInformation.ProcessArchitecture.ToString()
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
