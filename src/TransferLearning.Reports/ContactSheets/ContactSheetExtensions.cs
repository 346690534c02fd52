namespace TransferLearning.Reports;

/// <summary>What training really sees, as one image.</summary>
public static class ContactSheetExtensions
{
    /// <summary>
    /// Draws samples as they enter the network, augmentations included and normalisation undone: a row a sample, a column a random draw.
    /// </summary>
    /// <param name="dataset">The samples: images, or sounds with a preprocessor that makes images of them.</param>
    /// <param name="path">The PNG file; its folder exists. It appears under its name when it is complete.</param>
    /// <param name="options">Preprocessing, how many; null means the defaults.</param>
    /// <exception cref="ArgumentException">There are no samples, or the preprocessor makes no images.</exception>
    /// <exception cref="MediaException">A sample could not be read; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveContactSheet(this Dataset dataset, string path, ContactSheetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new ContactSheetOptions();
        Save(dataset, path, options, options.Preprocessor ?? ImagePipeline.ForTraining(ImagePreprocess.ImageNet));
    }

    /// <summary>Draws samples as they enter the network when this model is trained on them with the default preprocessing: with random
    /// crops and mirroring, or without where nothing but the head is trained.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dataset">The samples.</param>
    /// <param name="path">The PNG file; its folder exists. It appears under its name when it is complete.</param>
    /// <param name="options">Preprocessing, how many; null means the defaults.</param>
    /// <exception cref="ArgumentException">There are no samples, or the preprocessor makes no images.</exception>
    /// <exception cref="MediaException">A sample could not be read; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveContactSheet(this ImageModel model, Dataset dataset, string path, ContactSheetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new ContactSheetOptions();
        Save(dataset, path, options, options.Preprocessor ?? TrainingForm(model));
    }

    /// <summary>How a model's samples are preprocessed in training where the caller does not say it.</summary>
    internal static StackedPreprocessor TrainingForm(ImageModel model)
        => model.BackboneIsFrozen || model.Spectrograms is not null
            ? (StackedPreprocessor)model.Preprocessor
            : ImagePipeline.ForTraining(model.Preprocess, model.Codec);

    private static void Save(Dataset dataset, string path, ContactSheetOptions options, StackedPreprocessor preprocessor)
    {
        byte[] png = ContactSheet.Draw(dataset, preprocessor, options);
        AtomicFile.Write(path, stream => stream.Write(png));
    }
}
