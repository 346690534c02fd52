namespace TransferLearning.Hosting;

/// <summary>Loads a version of a model, checks that it may take the place of the one before, and warms it up.</summary>
internal static class ModelLoading
{
    /// <param name="path">The file or folder.</param>
    /// <param name="options">How it is loaded, and for which batches.</param>
    /// <param name="before">The version whose place it takes; null for the first.</param>
    /// <exception cref="InvalidDataException">It is another kind of model.</exception>
    /// <exception cref="InvalidOperationException">It predicts no classes, or NaN.</exception>
    public static ServedModel Load(string path, HostedModelOptions options, ServedModel? before)
    {
        TransferModel model = options.Load(path);
        try
        {
            if (before is not null && KindOf(model) != KindOf(before.Model))
            {
                throw new InvalidDataException(
                    $"'{path}' holds {KindOf(model)}, and what is hosted is {KindOf(before.Model)} ('{before.Version.Path}'): its requests "
                        + "could not be answered. Host it under a name of its own.");
            }

            // Both sizes: what is set up at a first pass is there before the first request.
            SampleContent input = options.WarmUpInput ?? InputFor(model);
            foreach (int count in new[] { 1, options.MaxBatchSize }.Distinct())
            {
                using Dataset inputs = Dataset.FromInputs(Enumerable.Repeat(input, count), _ => "warm-up");
                model.Predict(inputs, new PredictOptions { BatchSize = count, Workers = options.Workers });
            }

            return new ServedModel(
                model,
                new ModelVersion((before?.Version.Number ?? 0) + 1, path, model.Architecture, [.. model.ClassNames],
                    DateTimeOffset.UtcNow));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static string KindOf(TransferModel model)
        => $"a model for {(model is ImageModel { Spectrograms: not null } ? "images of sounds" : model switch
        {
            ImageModel => "images",
            TextModel => "texts",
            _ => "sounds",
        })} and {model.LearningTask.Name}";

    private static SampleContent InputFor(TransferModel model)
    {
        const int Rate = 16000;
        return model switch
        {
            ImageModel { Spectrograms: null } images => new RawImage(
                images.Preprocess.Crop, images.Preprocess.Crop, Gray(images.Preprocess.Crop * images.Preprocess.Crop * 3)),
            TextModel => new TextContent("warm-up"),
            _ => new RawAudio(new Waveform(new float[Rate], Rate)),
        };
    }

    private static byte[] Gray(int count)
    {
        byte[] pixels = new byte[count];
        Array.Fill(pixels, (byte)128);
        return pixels;
    }
}
