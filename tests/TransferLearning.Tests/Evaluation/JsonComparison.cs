using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Walks a golden and an object of the same form together and collects where they differ.</summary>
internal sealed class JsonComparison(double tolerance)
{
    /// <summary>Where the two differ, and how.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>How many numbers or nulls were compared.</summary>
    public int NumbersSeen { get; private set; }

    /// <summary>Compares; names and lengths must agree in both directions, numbers within the tolerance.</summary>
    public void Compare(string path, JsonElement expected, object? actual)
        => Compare(path, expected, JsonSerializer.SerializeToElement(actual));

    private void Compare(string path, JsonElement expected, JsonElement actual)
    {
        if (expected.ValueKind != actual.ValueKind)
        {
            Differences.Add($"{path} is {actual}, expected {expected}.");
            return;
        }

        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(expected.EnumerateObject().Select(p => p.Name).Order(), actual.EnumerateObject().Select(p => p.Name).Order());
                foreach (JsonProperty part in expected.EnumerateObject())
                {
                    Compare($"{path}.{part.Name}", part.Value, actual.GetProperty(part.Name));
                }

                break;
            case JsonValueKind.Array:
                Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
                for (int i = 0; i < expected.GetArrayLength(); i++)
                {
                    Compare($"{path}[{i}]", expected[i], actual[i]);
                }

                break;
            case JsonValueKind.Number:
                NumbersSeen++;
                if (!(Math.Abs(expected.GetDouble() - actual.GetDouble()) <= tolerance * Math.Max(1, Math.Abs(expected.GetDouble()))))
                {
                    Differences.Add($"{path} is {actual}, expected {expected}.");
                }

                break;
            case JsonValueKind.Null:
                NumbersSeen++;
                break;
            default:
                throw new InvalidDataException($"{path} is a {expected.ValueKind}.");
        }
    }
}
