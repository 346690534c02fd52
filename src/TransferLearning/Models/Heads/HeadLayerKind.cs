namespace TransferLearning;

/// <summary>The layers a head can be put together from.</summary>
public enum HeadLayerKind
{
    /// <summary>A fully connected layer of a given width.</summary>
    Linear,

    /// <summary>Dropout with a given probability.</summary>
    Dropout,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>The Gaussian error linear unit.</summary>
    Gelu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>Layer normalisation over the features.</summary>
    LayerNorm,
}
