using System.CommandLine;
using System.CommandLine.Parsing;

namespace TransferLearning.Cli;

/// <summary>The options of a command, each with how its value is read: what a config of a run holds.</summary>
internal sealed class SettingList(Command command)
{
    private readonly List<(Symbol Symbol, Func<ParseResult, object?> Read)> _all = [];

    /// <summary>Adds an option to the command.</summary>
    public Option<T> Add<T>(Option<T> option)
    {
        command.Options.Add(option);
        _all.Add((option, line => line.GetValue(option)));
        return option;
    }

    /// <summary>Adds the argument to the command.</summary>
    public void Add<T>(Argument<T> argument)
    {
        command.Arguments.Add(argument);
        _all.Add((argument, line => line.GetValue(argument)));
    }

    /// <summary>All values of a command line, by name without dashes; what is null is left out.</summary>
    public Dictionary<string, object> Values(ParseResult line)
        => _all.Select(one => (Name: NameOf(one.Symbol), Value: one.Read(line))).Where(one => one.Value is not null)
            .ToDictionary(one => one.Name, one => one.Value!);

    /// <summary>Whether the command line itself gives an option or argument.</summary>
    public bool IsGiven(ParseResult line, string name)
        => _all.Where(one => NameOf(one.Symbol) == name).Any(one => one.Symbol switch
        {
            Option option => line.GetResult(option) is { Implicit: false },
            Argument argument => line.GetResult(argument) is { Tokens.Count: > 0 },
            _ => false,
        });

    /// <summary>Whether a name is that of the argument.</summary>
    public bool IsArgument(string name) => _all.Any(one => one.Symbol is Argument && one.Symbol.Name == name);

    private static string NameOf(Symbol symbol) => symbol.Name.TrimStart('-');
}
