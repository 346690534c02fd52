namespace TransferLearning;

/// <summary>What training an encoder-decoder to write given texts needs.</summary>
internal static class SequenceTask
{
    /// <summary>The tokens that the decoder reads.</summary>
    /// <exception cref="ArgumentException">The inputs have none.</exception>
    public static Tensor DecoderIds(TokenInput inputs)
        => inputs.DecoderIds
            ?? throw new ArgumentException("An encoder-decoder needs what its decoder reads: set TokenInput.DecoderIds.", nameof(inputs));

    /// <summary>
    /// Labels moved one place to the right: a start token first, padding where a label does not count; the caller disposes them.
    /// </summary>
    /// <param name="labels">int64 [N, T], with -100 where a label does not count.</param>
    /// <param name="start">The token that begins every text.</param>
    /// <param name="padding">The token that stands where nothing is written.</param>
    public static Tensor ShiftRight(Tensor labels, int start, int padding)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor first = Scalars.Full([labels.size(0), 1], start, int64, labels.device);
        Tensor rest = labels.narrow(1, 0, labels.size(1) - 1);
        return cat([first, rest.MaskedFill(rest.lt(Scalars.Zero), padding)], 1).MoveToOuterDisposeScope();
    }
}
