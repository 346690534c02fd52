using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>The named arguments of a golden; a test reads those it knows and then asserts that there were no others.</summary>
internal sealed class GoldenArguments(JsonElement arguments)
{
    private readonly HashSet<string> _used = [];

    public double Number(string name, double otherwise) => Find(name) is { } value ? value.GetDouble() : otherwise;

    public double? NumberOrNull(string name) => Find(name)?.GetDouble();

    public int Whole(string name, int otherwise) => Find(name) is { } value ? value.GetInt32() : otherwise;

    public bool Flag(string name, bool otherwise = false) => Find(name) is { } value ? value.GetBoolean() : otherwise;

    /// <summary>One of some words; the first is the default, and any other fails the test.</summary>
    public string Choice(string name, params string[] words)
    {
        string word = Find(name)?.GetString() ?? words[0];
        Assert.Contains(word, words);
        return word;
    }

    public double[]? List(string name) => Find(name) is { } value ? [.. value.EnumerateArray().Select(v => v.GetDouble())] : null;

    public void AssertAllUsed() => Assert.Empty(arguments.EnumerateObject().Select(p => p.Name).Except(_used));

    private JsonElement? Find(string name)
    {
        _used.Add(name);
        return arguments.TryGetProperty(name, out JsonElement value) ? value : null;
    }
}
