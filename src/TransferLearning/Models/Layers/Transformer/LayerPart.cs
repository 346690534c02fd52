namespace TransferLearning.Layers;

/// <summary>A part of a <see cref="TransformerLayer"/> that has weights.</summary>
internal enum LayerPart
{
    /// <summary>Queries, keys and values of attention in one matrix.</summary>
    Projections,
    Query,
    Key,
    Value,
    Output,
    Norm,

    /// <summary>Attention of a decoder to what the encoder gave.</summary>
    SourceQuery,
    SourceKey,
    SourceValue,
    SourceOutput,
    SourceNorm,

    /// <summary>The feed-forward network.</summary>
    First,

    /// <summary>What the activated first layer is multiplied by.</summary>
    Gate,
    Second,
    LastNorm,
}
