namespace TransferLearning.Layers;

/// <summary>A network that writes token after token: after a prompt, or after what its encoder has read.</summary>
public interface IDecodingNetwork
{
    /// <summary>How many tokens may be written, a prompt included; null for no limit.</summary>
    int? MaximumLength { get; }

    /// <summary>Whether an encoder reads the input; if not, the input is the beginning of what is written.</summary>
    bool HasEncoder { get; }

    /// <summary>Takes the input in and gives the state of decoding, which the caller disposes.</summary>
    /// <param name="input">The prompts, as tokens padded on the left, or what the encoder reads; it stays the caller's.</param>
    DecoderCache Begin(ModelInput input);

    /// <summary>The logits of the token after <paramref name="ids"/>, [N, vocabulary]; the caller disposes them.</summary>
    /// <param name="ids">The tokens that follow those in the cache, int64 [N, L] with L of at least 1.</param>
    /// <param name="cache">What came before; the tokens join it.</param>
    Tensor NextLogits(Tensor ids, DecoderCache cache);
}
