using System.Globalization;

namespace TransferLearning.Samples;

/// <summary>The options of a sample's command line, each with a value: <c>--epochs 10</c>.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>Reads the options. One that is not known, or has no value, ends the program with the list of those that are.</summary>
    /// <param name="args">What was typed.</param>
    /// <param name="known">The names of the options, without dashes.</param>
    public CommandLine(string[] args, params string[] known)
    {
        foreach (string[] pair in args.Chunk(2))
        {
            string name = pair[0].TrimStart('-');
            if (pair.Length < 2 || !known.Contains(name))
            {
                string options = string.Join(", ", known.Select(option => $"--{option}"));
                string problem = known.Contains(name) ? "has no value" : "is not an option";
                Fail($"'{pair[0]}' {problem}. Options, each with a value: {options}");
            }

            _values[name] = pair[1];
        }
    }

    /// <summary>The value of an option; null where it was not typed.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>The value of an option, or another one where it was not typed.</summary>
    public string Text(string name, string otherwise) => this[name] ?? otherwise;

    /// <summary>A whole number.</summary>
    public int Whole(string name, int otherwise) => (int)Number(name, otherwise);

    /// <summary>A number.</summary>
    public double Number(string name, double otherwise)
    {
        double number = otherwise;
        if (this[name] is { } text && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            Fail($"--{name} is '{text}'; expected a number");
        }

        return number;
    }

    private static void Fail(string message)
    {
        Console.Error.WriteLine(message);
        Environment.Exit(2);
    }
}
