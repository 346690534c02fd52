namespace TransferLearning.Reports;

/// <summary>What a contact sheet shows.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>
    /// How samples are preprocessed. Default: null, as the model trains by default; without a model <see cref="ImagePipeline.ForTraining"/>
    /// with ImageNet's values.
    /// </summary>
    public StackedPreprocessor? Preprocessor { get; init; }

    /// <summary>How many samples, one a row. Default: 8. They are chosen at random by the seed, classes in turn.</summary>
    public int Samples { get; init; } = 8;

    /// <summary>How many random draws of each sample; one where the preprocessing draws nothing. Draw k is what epoch k sees. Default:
    /// 5.</summary>
    public int Draws { get; init; } = 5;

    /// <summary>The seed of the training, <see cref="FineTuneOptions.Seed"/>: the sheet then shows what that training sees. Default:
    /// 0.</summary>
    public long Seed { get; init; }

    /// <summary>How many pixels wide and high an image is drawn. Default: 112.</summary>
    public int Size { get; init; } = 112;
}
