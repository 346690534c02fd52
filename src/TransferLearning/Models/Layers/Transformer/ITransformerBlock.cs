namespace TransferLearning.Layers;

/// <summary>A transformer's block in which adapters have a place.</summary>
internal interface ITransformerBlock
{
    /// <summary>What adapters have in it.</summary>
    AdapterPlace<BlockBranch> Branches { get; }

    /// <summary>How many elements a token has.</summary>
    long Width { get; }

    /// <summary>How many attention heads there are.</summary>
    long Heads { get; }

    /// <summary>How many elements a token has in one head.</summary>
    long HeadWidth { get; }

    /// <summary>Whether it also attends to what an encoder gave.</summary>
    bool ReadsSource { get; }
}
