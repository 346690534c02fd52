namespace TransferLearning;

/// <summary>Targets of tokens: what the tasks on texts have in common.</summary>
internal static class TokenTargets
{
    /// <summary>A preprocessor of texts.</summary>
    /// <exception cref="ArgumentException">It is for something else.</exception>
    public static TextPreprocessor TextOf(PaddedPreprocessor preprocessor, string task)
        => preprocessor as TextPreprocessor
            ?? throw new ArgumentException(
                $"{task} needs a model for texts; this preprocessor is a {preprocessor?.GetType().Name ?? "null"}.", nameof(preprocessor));

    /// <summary>Refuses a data set whose samples have no text as their target.</summary>
    /// <param name="dataset">The samples; the first one is looked at.</param>
    /// <param name="task">What learns from them.</param>
    /// <param name="remedy">What follows the name of the target in the message.</param>
    public static void RequireText(Dataset dataset, string task, string remedy)
    {
        if (dataset.Count > 0 && dataset.TargetOf(0) is not TextTarget)
        {
            throw new ArgumentException(
                $"{dataset} has a {dataset.TargetOf(0).GetType().Name} for '{dataset.NameOf(0)}'; {task} learns from "
                    + $"{nameof(TextTarget)}{remedy}.",
                nameof(dataset));
        }
    }

    /// <summary>The text that is a sample's target.</summary>
    /// <exception cref="ArgumentException">The target is another one.</exception>
    public static string TextOf(Sample sample, string task)
        => sample.Target is TextTarget target
            ? target.Text
            : throw new ArgumentException(
                $"Sample '{sample.Name}' has a {sample.Target.GetType().Name}; {task} learns from {nameof(TextTarget)}.");

    /// <summary>The label of each token, padded with <see cref="TokenExample.NoLabel"/>: int64 [N, L].</summary>
    public static Tensor Of(IReadOnlyList<Example> examples, int length)
        => Padded([.. examples.Cast<TokenExample>().Select(example => example.TokenLabels!)], length, TokenExample.NoLabel);

    /// <summary>Rows of different lengths as one tensor, int64 [N, L].</summary>
    public static Tensor Padded(IReadOnlyList<long[]> rows, int length, long padding)
    {
        long[] all = new long[rows.Count * length];
        Array.Fill(all, padding);
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].CopyTo(all, i * length);
        }

        return tensor(all, [rows.Count, length]);
    }

    /// <summary>Which of the tokens have a label, and the labels of those.</summary>
    public static (Tensor Rows, Tensor Labels) Labelled(Tensor labels)
    {
        Tensor rows = labels.IsUnequal(TokenExample.NoLabel).nonzero().flatten();
        return (rows, labels.index_select(0, rows));
    }

    /// <summary>The loss of the logits of labelled tokens, [n, classes].</summary>
    public static StepLoss Loss(LossFunction? loss, Tensor logits, Tensor labels)
        => labels.numel() > 0
            ? new StepLoss(
                (loss ?? new CrossEntropyLoss()).Compute(logits, labels), labels.numel(), logits.argmax(1).eq(labels).sum(), logits)
            // Nothing is labelled: a loss of 0 that still has a gradient.
            : new StepLoss(logits.sum(), 0, zeros(1, ScalarType.Int64).sum(), logits);
}
