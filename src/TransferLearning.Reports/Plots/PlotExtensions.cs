namespace TransferLearning.Reports;

/// <summary>Plots as PNG files, one line each.</summary>
/// <remarks>
/// They can be read without colours: marks and dashes differ, and numbers stand in cells and on bars. The font comes with the package; a
/// script that it lacks needs a font of the system.
/// </remarks>
public static class PlotExtensions
{
    /// <summary>Draws loss and score epoch by epoch, of training and validation.</summary>
    /// <param name="history">What a training gave.</param>
    /// <param name="path">The PNG file; its folder exists. It appears under its name when it is complete.</param>
    /// <param name="options">Size, colours, title; null means the defaults.</param>
    /// <exception cref="ArgumentException">No epoch was finished, so there is nothing to draw.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SavePlot(this TrainingHistory history, string path, PlotOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (history.Epochs.Count == 0)
        {
            throw new ArgumentException($"No epoch was finished ({history.StopReason}), so there is nothing to draw.", nameof(history));
        }

        Save(path, options, HistoryFigure.Of(history, Checked(options)));
    }

    /// <summary>
    /// Draws which classes were taken for which: a matrix with counts, coloured by their share of the true class; of more than
    /// <see cref="PlotOptions.MaximumClasses"/> classes the largest confusions only, which the title says.
    /// </summary>
    /// <param name="result">The evaluation of a classifier.</param>
    /// <param name="path">The PNG file; its folder exists. It appears under its name when it is complete.</param>
    /// <param name="options">Size, colours, title; null means the defaults.</param>
    /// <exception cref="InvalidOperationException">The model is for another task; the message names its report.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveConfusionMatrix(this EvaluationResult result, string path, PlotOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        Save(path, options, ConfusionFigure.Of(result.Report, Checked(options)));
    }

    /// <summary>Draws how often predictions of a confidence are correct (Guo et al., "On Calibration of Modern Neural Networks",
    /// 2017).</summary>
    /// <param name="result">The evaluation of a classifier.</param>
    /// <param name="path">The PNG file; its folder exists. It appears under its name when it is complete.</param>
    /// <param name="options">Size, colours, title; null means the defaults.</param>
    /// <exception cref="InvalidOperationException">The model is for another task, or its report has no probabilities.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveReliability(this EvaluationResult result, string path, PlotOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        Calibration calibration = result.Report.Scores?.Calibration
            ?? throw new InvalidOperationException("The report was made of classes without probabilities: there is no calibration.");
        Save(path, options, ReliabilityFigure.Of(calibration, Checked(options)));
    }

    private static PlotOptions Checked(PlotOptions? options) => (options ?? new PlotOptions()).Checked();

    private static void Save(string path, PlotOptions? options, Figure figure)
    {
        byte[] png = figure.ToPng((options ?? new PlotOptions()).Scale);
        AtomicFile.Write(path, stream => stream.Write(png));
    }
}
