namespace TransferLearning.Tests;

public sealed class ValidationPreprocessingTests : IDisposable
{
    private readonly InMemoryDataset _images = NoiseImages.Of(12);

    private readonly ImageModel _model = TransferModel.Create("resnet20", 3);

    public void Dispose()
    {
        _model.Dispose();
        _images.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Validation_images_are_prepared_by_the_evaluation_form_of_the_training_preprocessor(bool headOnly)
    {
        ImagePreprocess smaller = _model.Preprocess with { Resize = 24, Crop = 24 };
        if (headOnly)
        {
            _model.FreezeBackbone();
        }

        double? loss = Train(ImagePipeline.ForTraining(smaller));
        Assert.Equal(Evaluate(ImagePipeline.ForEvaluation(smaller)), loss!.Value, 1e-5);
        Assert.NotEqual(Evaluate(ImagePipeline.ForEvaluation(_model.Preprocess)), loss.Value, 1e-5);
    }

    [Fact]
    public void A_preprocessor_without_random_steps_is_used_for_validation_too()
    {
        ImagePipeline given = ImagePipeline.ForEvaluation(_model.Preprocess with { Resize = 24, Crop = 24 });
        Assert.Equal(Train(given)!.Value, Evaluate(given), 1e-5);
    }

    [Fact]
    public void Where_no_evaluation_form_is_known_validation_uses_the_models_own_of_the_same_shape()
    {
        double? loss = Train(Flipping(32));
        Assert.Equal(Evaluate(ImagePipeline.ForEvaluation(_model.Preprocess)), loss!.Value, 1e-5);
    }

    [Fact]
    public void Validation_of_another_shape_than_training_is_refused()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Train(Flipping(24)));
        Assert.Contains("[3, 24, 24]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[3, 32, 32]", error.Message, StringComparison.Ordinal);
        Assert.Contains("EvaluationForm", error.Message, StringComparison.Ordinal);
        _model.FineTune(_images, new Sgd(0.01), new FineTuneOptions { Epochs = 1, BatchSize = 6, Preprocessor = Flipping(24) });
    }

    private static ImagePipeline Flipping(int side)
        => new([new Resize(side), new RandomHorizontalFlip()], side, side, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd);

    private double Evaluate(Preprocessor preprocessor)
        => _model.Evaluate(_images, new EvaluateOptions { BatchSize = 6, Preprocessor = preprocessor }).Loss;

    private double? Train(Preprocessor preprocessor)
    {
        FineTuneOptions options = new()
        {
            Epochs = 1,
            BatchSize = 6,
            Workers = 0,
            Preprocessor = preprocessor,
            Validation = _images,
        };
        return _model.FineTune(_images, new Sgd(0.01), options).Epochs[0].ValidationLoss;
    }
}
