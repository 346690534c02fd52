namespace TransferLearning;

/// <summary>Which weights of the backbone <see cref="TransferModelExtensions.TrainOnly{T}"/> leaves trainable beside the head.</summary>
[Flags]
public enum TrainedWeights
{
    /// <summary>None: the head alone.</summary>
    None = 0,

    /// <summary>Every bias, those of norms too: BitFit (Ben Zaken, Goldberg and Ravfogel, 2022).</summary>
    Biases = 1,

    /// <summary>The weights and biases of norms: batch, layer, group and RMS norms (Frankle, Schwab and Morcos, "Training BatchNorm and
    /// Only BatchNorm", 2021, here with the head).</summary>
    Norms = 2,

    /// <summary>The biases of attention's queries and of the first layer of each feed-forward part: BitFit's subset of half the size, for
    /// transformers whose queries have a layer of their own.</summary>
    QueryAndIntermediateBiases = 4,
}
