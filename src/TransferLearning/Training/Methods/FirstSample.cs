namespace TransferLearning;

/// <summary>A batch of one training sample, with which a method sees at its beginning what layers give.</summary>
internal static class FirstSample
{
    /// <summary>Runs something on the first sample that can be read, preprocessed as for evaluation, with the network in evaluation mode
    /// and without gradients.</summary>
    public static T Run<T>(TrainingMethodContext context, Func<Batch, T> run)
    {
        LoaderOptions reading = LoaderOptions.Reading(1, 0, context.Options.OnBadSample);
        BatchLoader loader = new(context.Dataset, context.EvaluationPreprocessor.Fresh(), reading, context.Task);
        using EvaluationMode mode = new(context.Network);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = loader.Epoch(0).First();
        return run(batch);
    }
}
