namespace TransferLearning.Reports;

/// <summary>A page that goes with a saved model.</summary>
public static class ModelCardExtensions
{
    /// <summary>
    /// Writes a model card (Mitchell et al., "Model Cards for Model Reporting", 2019): Markdown with the YAML head that the Hugging Face
    /// Hub reads. What is not known is said not to be known.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file, <c>README.md</c> beside the saved model usually; its folder exists.</param>
    /// <param name="options">Name, description, report, licence; null means nothing is known but the model.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void WriteModelCard(this TransferModel model, string path, ModelCardOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] card = Encoding.UTF8.GetBytes(ModelCard.Of(model, options ?? new ModelCardOptions()));
        AtomicFile.Write(path, stream => stream.Write(card));
    }
}
