namespace TransferLearning;

/// <summary>Which codec decodes where several are named: that of the options, that of the preprocessor, that of the model.</summary>
internal static class CodecChoice
{
    /// <summary>The same preprocessor with the codec that comes first.</summary>
    /// <exception cref="ArgumentException">The options name a codec, and nothing there decodes images.</exception>
    public static Preprocessor Decoding(this TransferModel model, Preprocessor preprocessor, IImageCodec? codec)
        => preprocessor switch
        {
            ImagePipeline images when codec is not null => images.WithCodec(codec),
            ImagePipeline images when model is ImageModel own => images.Under(own.Codec),
            _ when codec is null => preprocessor,
            _ => throw new ArgumentException(
                $"The option Codec is for an {nameof(ImagePipeline)}, and {model.Architecture} takes what a {preprocessor.GetType().Name} "
                    + "makes: leave it out, or give the codec to what decodes there.", nameof(codec)),
        };

    /// <summary>The same options with the preprocessor, and in it the codec, that they mean.</summary>
    /// <exception cref="ArgumentException">The network cannot take what the preprocessor makes, or nothing there decodes
    /// images.</exception>
    public static EvaluateOptions For(this EvaluateOptions options, TransferModel model)
        => options is { Preprocessor: null, Codec: null } ? options : options with
        {
            Preprocessor = model.Decoding(model.Fitting(options.Preprocessor) ?? model.Preprocessor, options.Codec),
            Codec = null,
        };
}
