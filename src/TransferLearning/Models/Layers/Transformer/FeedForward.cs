namespace TransferLearning.Layers;

/// <summary>The two layers between a transformer's attentions, under the numbers of torchvision's <c>MLP</c>: weights at 0 and 3.</summary>
internal static class FeedForward
{
    /// <summary>The last axis from <paramref name="width"/> to <paramref name="hidden"/> and back.</summary>
    public static Sequential Build(long width, long hidden, double dropout = 0)
        => new(new Linear(width, hidden), Activation.Gelu(), new Dropout(dropout), new Linear(hidden, width), new Dropout(dropout));
}
