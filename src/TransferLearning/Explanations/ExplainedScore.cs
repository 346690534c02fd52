namespace TransferLearning;

/// <summary>Which score of which input is explained.</summary>
/// <param name="Item">What to call the input.</param>
/// <param name="Target">The number of the output.</param>
/// <param name="TargetName">The name of the class; empty for a regression.</param>
/// <param name="Score">The output itself.</param>
/// <param name="Probability">How likely the class is; null for a regression.</param>
internal sealed record ExplainedScore(string Item, int Target, string TargetName, double Score, double? Probability)
{
    /// <summary>Finds the output to explain.</summary>
    /// <param name="item">What to call the input.</param>
    /// <param name="task">What the model is for.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="outputs">What it gives for the input.</param>
    /// <param name="target">The class that is asked for; null for the predicted one.</param>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    /// <exception cref="InvalidOperationException">The task gives no score of a whole input, or an output is NaN or infinite.</exception>
    public static ExplainedScore Of(string item, LearningTask task, string architecture, double[] outputs, TargetClass? target)
    {
        if (!outputs.All(double.IsFinite))
        {
            throw new InvalidOperationException(
                $"{architecture} gives NaN or infinity for '{item}': its weights or the input are not finite.");
        }

        if (task is Regression)
        {
            return target is null
                ? new ExplainedScore(item, 0, "", outputs[0], null)
                : throw new ArgumentException("A model for regression has no classes: leave the target out.", nameof(target));
        }

        if (task is not (Classification or MultiLabelClassification))
        {
            throw new InvalidOperationException(
                $"This {architecture} is for {task.Name}, which gives no score of a whole input: only classes, labels and numbers can be "
                    + "explained.");
        }

        IReadOnlyList<string> names = ((ClassTask)task).ClassNames;
        double largest = outputs.Max();
        int number = target?.IndexIn(names) ?? Array.IndexOf(outputs, largest);
        double probability = task is Classification
            ? Math.Exp(outputs[number] - largest) / outputs.Sum(output => Math.Exp(output - largest))
            : 1 / (1 + Math.Exp(-outputs[number]));
        return new ExplainedScore(item, number, names[number], outputs[number], probability);
    }
}
