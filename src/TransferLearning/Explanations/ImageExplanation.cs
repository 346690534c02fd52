namespace TransferLearning;

/// <summary>Explains images.</summary>
internal static class ImageExplanation
{
    /// <summary>Explains a sample.</summary>
    public static ImageAttribution Of(
        ImageModel model, Sample sample, AttributionMethod method, TargetClass? target, ExplanationWork work)
    {
        StackedPreprocessor preprocessor = (StackedPreprocessor)model.Preprocessor;
        float[] values = new float[preprocessor.Shape.Aggregate(1L, (product, size) => product * size)];
        SeededRandom random = new(0);
        preprocessor.Apply(sample, ref random, values);
        return With(model, values, input =>
        {
            ExplainedScore score = ExplainedScore.Of(sample.Name, model.LearningTask, model.Architecture, input.Outputs(), target);
            input.Target = score.Target;
            return new ImageAttribution(score, method, method.Compute(input, work), values, Normalization(model));
        });
    }

    /// <summary>Runs work on an image that is preprocessed already, in a dispose scope, with the model kept alive.</summary>
    public static T With<T>(ImageModel model, float[] values, Func<ScoredInput, T> work)
        => model.Predicting(_ =>
        {
            using EvaluationMode mode = new(model.Module);
            using DisposeScope scope = NewDisposeScope();
            long[] shape = [1, .. ((StackedPreprocessor)model.Preprocessor).Shape];
            if (shape.Aggregate(1L, (product, size) => product * size) != values.Length)
            {
                throw new ArgumentException(
                    $"The image has {values.Length} numbers, and the model takes [{string.Join(", ", shape)}]: another model saw it.");
            }

            return work(InputOf(model.Module, model.Device, tensor(values, shape)));
        });

    /// <summary>An image and its scores.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="values">[1, channels, height, width].</param>
    public static ScoredInput InputOf(Network network, Device device, Tensor values)
    {
        ForwardPass pass = new(network, device);
        return new ScoredInput(network, values, batch =>
        {
            using ImageInput input = new(batch.alias());
            return pass.Run(input).Outputs;
        })
        {
            Nothing = values.new_zeros(values.shape),
            ImageSize = (values.size(2), values.size(3)),
        };
    }

    private static (float[] Mean, float[] Std) Normalization(ImageModel model)
        => model.Spectrograms is null
            ? (Channels(model.Preprocess.Mean), Channels(model.Preprocess.Std))
            : ([0.5f, 0.5f, 0.5f], [0.125f, 0.125f, 0.125f]); // mel bands: black is four deviations below the mean, white above

    private static float[] Channels(ChannelValues values) => [values.Red, values.Green, values.Blue];
}
