namespace TransferLearning.Reports;

/// <summary>Shows wrongly predicted samples: their image or text, what the prediction is due to, what an audit says of them.</summary>
internal sealed class MistakeGallery(
    TransferModel model, Dataset dataset, ReportOptions options, AuditFindings? findings, CancellationToken cancellationToken)
{
    private const double Border = 0.2;
    private const int LongestText = 1200;
    private readonly Dictionary<int, Mistake> _known = [];
    private readonly HashSet<string> _problems = [];
    private readonly ILookup<int, Finding> _findings = (findings ?? (IEnumerable<Finding>)[]).ToLookup(finding => finding.Index);

    /// <summary>What share of an image its border is: an attribution without a place has as much there.</summary>
    public static double EvenShare => 1 - ((1 - (2 * Border)) * (1 - (2 * Border)));

    /// <summary>What could not be shown or explained, and why.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>One sample; it is read and explained once.</summary>
    public Mistake Of(SamplePrediction prediction)
    {
        if (!_known.TryGetValue(prediction.Index, out Mistake? mistake))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _known.Add(prediction.Index, mistake = Make(prediction));
        }

        return mistake;
    }

    private Mistake Make(SamplePrediction prediction)
    {
        Mistake bare = new(prediction with
        {
            Name = SafeText.Name(prediction.Name),
            LabelName = SafeText.Printable(prediction.LabelName),
            PredictedName = SafeText.Printable(prediction.PredictedName),
        })
        {
            Notes = [.. _findings[prediction.Index].Select(finding => SafeText.Message(finding.Message, finding.Name, finding.Other))],
        };
        try
        {
            Sample sample = dataset.Read(prediction.Index);
            Mistake shown = sample.Input is TextContent text
                ? bare with { Text = Shown(text.Text), Pair = text.Pair is null ? null : Shown(text.Pair) }
                : bare with { Image = Thumbnail.Of(sample, (model as ImageModel)?.Codec ?? ImageCodec.Default) };
            return options.Explain ? Explained(shown, sample) : shown;
        }
        catch (Exception exception) when (exception is IOException or MediaException or InvalidOperationException)
        {
            _problems.Add($"what '{bare.Prediction.Name}' looks like: {SafeText.Message(exception.Message, prediction.Name)}");
            return bare;
        }
    }

    private Mistake Explained(Mistake mistake, Sample sample)
    {
        try
        {
            return model.Explain(sample, options.Attribution, cancellationToken: cancellationToken) switch
            {
                ImageAttribution image => mistake with
                {
                    Overlay = Thumbnail.Of(image.ToOverlay()),
                    BorderShare = BorderShareOf(image.Map),
                },
                TextAttribution text => mistake with { Words = text.Words },
                _ => mistake,
            };
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            _problems.Add($"why the model made its mistakes: {exception.Message}");
            return mistake;
        }
    }

    /// <summary>Of a long text the beginning, which is what a network reads too.</summary>
    private static string Shown(string text)
        => SafeText.Printable(text.Length <= LongestText ? text : $"{text[..Cut(text)]} …");

    private static int Cut(string text) => char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText;

    /// <summary>What share of the attribution, regardless of its sign, lies near the edges of the image.</summary>
    private static double? BorderShareOf(AttributionMap map)
    {
        double all = 0, inner = 0;
        for (int row = 0; row < map.Height; row++)
        {
            for (int column = 0; column < map.Width; column++)
            {
                double value = Math.Abs(map[row, column]);
                double y = (row + 0.5) / map.Height, x = (column + 0.5) / map.Width;
                all += value;
                inner += y is > Border and < 1 - Border && x is > Border and < 1 - Border ? value : 0;
            }
        }

        return all > 0 ? 1 - (inner / all) : null;
    }
}
