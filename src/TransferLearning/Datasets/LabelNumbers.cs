using System.Globalization;

namespace TransferLearning;

/// <summary>
/// Gives the labels of a file their numbers: by value if all are whole numbers, else in ordinal order; or as a caller has fixed them.
/// </summary>
internal sealed class LabelNumbers
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal); // as they are first seen
    private readonly bool _isFixed;

    public LabelNumbers(IReadOnlyList<string>? classNames = null)
    {
        _isFixed = classNames is not null;
        foreach (string name in classNames ?? [])
        {
            if (!_numbers.TryAdd(name, _numbers.Count))
            {
                throw new ArgumentException($"The class '{name}' is named twice.", nameof(classNames));
            }
        }
    }

    /// <summary>The number of a label before all are known; <see cref="InOrder"/> says which numbers become which.</summary>
    /// <exception cref="FormatException">The classes are fixed and it is none of them.</exception>
    public int Seen(string label)
    {
        if (_numbers.TryGetValue(label, out int number))
        {
            return number;
        }

        if (_isFixed)
        {
            string some = string.Join(", ", _numbers.Keys.Take(12));
            throw new FormatException($"the label '{label}' is none of the {_numbers.Count} given classes ({some})");
        }

        _numbers.Add(label, _numbers.Count);
        return _numbers.Count - 1;
    }

    /// <summary>The classes in their final order, and the final number of each number given so far.</summary>
    public (string[] ClassNames, int[] Final) InOrder()
    {
        bool byValue = _numbers.Keys.All(label => Whole(label) is not null);
        string[] names = _isFixed
            ? [.. _numbers.Keys]
            : [.. _numbers.Keys.OrderBy(label => byValue ? Whole(label) : 0).ThenBy(label => label, StringComparer.Ordinal)];
        int[] final = new int[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            final[_numbers[names[i]]] = i;
        }

        return (names, final);
    }

    private static long? Whole(string label)
        => long.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
}
