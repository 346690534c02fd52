namespace TransferLearning.Reports;

/// <summary>The colours of a plot.</summary>
public enum PlotTheme
{
    /// <summary>Dark lines on white.</summary>
    Light,

    /// <summary>Light lines on near black.</summary>
    Dark,
}
