namespace TransferLearning;

/// <summary>What a model says about one image.</summary>
public sealed class Prediction
{
    internal Prediction(string item, IReadOnlyList<float> probabilities, IReadOnlyList<string> classNames)
    {
        Item = item;
        Scores =
        [
            .. probabilities
                .Select((probability, i) => new ClassScore(i, classNames[i], probability))
                .OrderByDescending(score => score.Probability)
                .ThenBy(score => score.Class)
        ];
    }

    /// <summary>What was predicted for: a path, usually.</summary>
    public string Item { get; }

    /// <summary>Every class, the likeliest first.</summary>
    public IReadOnlyList<ClassScore> Scores { get; }

    /// <summary>The number of the likeliest class.</summary>
    public int Class => Scores[0].Class;

    /// <summary>The name of the likeliest class.</summary>
    public string ClassName => Scores[0].Name;

    /// <summary>How likely that class is, 0 to 1.</summary>
    public double Probability => Scores[0].Probability;

    /// <inheritdoc/>
    public override string ToString() => $"{ClassName} ({Probability:P1})";
}
