using System.Globalization;
using System.Text;

namespace TransferLearning;

/// <summary>How well a text model does on a set of samples; which measures there are depends on its task.</summary>
/// <param name="Loss">The mean loss over texts or, where tokens have labels, over those.</param>
/// <param name="Count">How many texts were evaluated.</param>
/// <param name="TruncatedTexts">How many of them were longer than the model takes and lost their end.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record TextEvaluation(double Loss, int Count, long TruncatedTexts, double Seconds)
{
    /// <summary>
    /// The share of texts predicted correctly (of several classes: all of them), of words with the right tag, of answers with the right
    /// first and last token, or of tokens predicted correctly; null for regression.
    /// </summary>
    public double? Accuracy { get; init; }

    /// <summary>Classes of texts, or tags of words, in full; null for other tasks.</summary>
    public ClassificationReport? Report { get; init; }

    /// <summary>Entities by seqeval's definition, where tags have the form B-PER, I-PER, O; else null.</summary>
    public EntityReport? Entities { get; init; }

    /// <summary>Exact match and F1 of answers; null for other tasks.</summary>
    public AnswerScore? Answers { get; init; }

    /// <summary>e to the mean loss of the tokens to be predicted; null for other tasks.</summary>
    public double? Perplexity { get; init; }

    /// <summary>F1 over all yes-or-no decisions together, for several classes a text; else null.</summary>
    public double? MicroF1 { get; init; }

    /// <summary>The mean squared error, for regression; else null.</summary>
    public double? MeanSquaredError { get; init; }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Count} texts: loss {Loss:G5}");
        Append("accuracy", Accuracy);
        Append("macro F1", Report?.Macro.F1);
        Append("entity F1", Entities?.Micro.F1);
        Append("exact match", Answers?.ExactMatch);
        Append("answer F1", Answers?.F1);
        Append("perplexity", Perplexity);
        Append("micro F1", MicroF1);
        Append("mean squared error", MeanSquaredError);
        return text.ToString();

        void Append(string name, double? value)
        {
            if (value is { } number)
            {
                text.Append(CultureInfo.InvariantCulture, $", {name} {number:G5}");
            }
        }
    }
}
