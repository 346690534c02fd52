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
        foreach (string name in Checked(classNames) ?? [])
        {
            _numbers.Add(name, _numbers.Count);
        }
    }

    /// <summary>Class names that a caller gives, each of which must be there once.</summary>
    /// <exception cref="ArgumentException">A name is empty or stands twice.</exception>
    public static IReadOnlyList<string>? Checked(IReadOnlyList<string>? classNames)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string name in classNames ?? [])
        {
            if (string.IsNullOrEmpty(name) || !seen.Add(name))
            {
                throw new ArgumentException(
                    string.IsNullOrEmpty(name) ? "A class has no name." : $"The class '{name}' is named twice.", nameof(classNames));
            }
        }

        return classNames;
    }

    /// <summary>Class names for a message: quoted, the first twenty.</summary>
    public static string Shown(IEnumerable<string> names)
    {
        string[] all = [.. names];
        string more = all.Length > 20 ? $" and {all.Length - 20} more" : "";
        return string.Join(", ", all.Take(20).Select(name => $"'{name}'")) + more;
    }

    /// <summary>A data set's description: where it lies, and which of its classes have no samples.</summary>
    public static string Described(string place, IReadOnlyList<string> classNames, IEnumerable<int> labels)
    {
        HashSet<int> found = [.. labels];
        string[] empty = [.. classNames.Where((_, label) => !found.Contains(label))];
        return empty.Length == 0 ? place : $"{place} (without samples of {Shown(empty)})";
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
            throw new FormatException($"the label '{label}' is none of the {_numbers.Count} given classes ({Shown(_numbers.Keys)})");
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
