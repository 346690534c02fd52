namespace TransferLearning;

/// <summary>What a model says about one image.</summary>
public sealed class Prediction
{
    internal Prediction(string item, IReadOnlyList<float> probabilities, IReadOnlyList<string> classNames)
    {
        Item = item;
        ClassScore[] scores = new ClassScore[probabilities.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = new ClassScore(i, classNames[i], probabilities[i]);
        }

        Array.Sort(scores, (one, other) =>
        {
            int order = other.Probability.CompareTo(one.Probability);
            return order != 0 ? order : one.Class.CompareTo(other.Class);
        });
        Scores = Array.AsReadOnly(scores);
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
