using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>An ordered list of renaming rules, for checkpoints whose names differ from the model's. Each rule sees the outcome of the one
/// before it. A map is immutable: each method returns a new one.</summary>
public sealed class KeyMap
{
    /// <summary>How long one regular expression may take on one name.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMilliseconds(250);

    private readonly Func<string, string?>[] _rules;

    private KeyMap(Func<string, string?>[] rules) => _rules = rules;

    /// <summary>A map without rules.</summary>
    public static KeyMap Empty { get; } = new([]);

    /// <summary>Renames one name.</summary>
    public KeyMap Exact(string from, string to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return With(name => name == from ? to : name);
    }

    /// <summary>Replaces a prefix; an empty one is put before every name.</summary>
    public KeyMap Prefix(string from, string to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return With(name => name.StartsWith(from, StringComparison.Ordinal) ? string.Concat(to, name.AsSpan(from.Length)) : name);
    }

    /// <summary>Replaces every match of a regular expression.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="replacement">The replacement, with <c>$1</c> and the like.</param>
    /// <param name="timeout">How long it may take on one name; <see cref="DefaultTimeout"/> when null.</param>
    public KeyMap Pattern(string pattern, string replacement, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        Regex expression = new(pattern, RegexOptions.CultureInvariant, timeout ?? DefaultTimeout);
        return With(name => expression.Replace(name, replacement));
    }

    /// <summary>Leaves out every name with a prefix.</summary>
    public KeyMap Drop(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return With(name => name.StartsWith(prefix, StringComparison.Ordinal) ? null : name);
    }

    /// <summary>The new name; null when a rule leaves it out.</summary>
    /// <exception cref="RegexMatchTimeoutException">An expression took longer than its time.</exception>
    public string? Apply(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string? result = name;
        foreach (Func<string, string?> rule in _rules)
        {
            if (result is null)
            {
                return null;
            }

            result = rule(result);
        }

        return result;
    }

    private KeyMap With(Func<string, string?> rule) => new([.. _rules, rule]);
}
