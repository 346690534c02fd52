namespace TransferLearning.Reports;

/// <summary>How a plot is drawn.</summary>
public sealed record PlotOptions
{
    /// <summary>The width, before <see cref="Scale"/>. Default: null, what suits the plot, 800 mostly.</summary>
    public int? Width { get; init; }

    /// <summary>The height, before <see cref="Scale"/>. Default: null, what suits the plot.</summary>
    public int? Height { get; init; }

    /// <summary>How many pixels a unit of width and height has, from 0.5 to 4. Default: 1.5.</summary>
    public double Scale { get; init; } = 1.5;

    /// <summary>The colours. Default: light.</summary>
    public PlotTheme Theme { get; init; }

    /// <summary>What stands above the plot. Default: null, what it shows.</summary>
    public string? Title { get; init; }

    /// <summary>
    /// How many classes are drawn at most; where there are more, only the largest confusions or classes are, and the plot says so.
    /// Default: 20.
    /// </summary>
    public int MaximumClasses { get; init; } = 20;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal PlotOptions Checked()
    {
        const int Smallest = 200, Largest = 4000;
        foreach ((int? size, string name) in new[] { (Width, nameof(Width)), (Height, nameof(Height)) })
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size ?? Smallest, Smallest, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size ?? Largest, Largest, name);
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Scale, 0.5, nameof(Scale));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Scale, 4, nameof(Scale));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumClasses, 2, nameof(MaximumClasses));
        return this;
    }
}
