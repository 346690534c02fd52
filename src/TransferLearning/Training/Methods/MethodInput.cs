namespace TransferLearning;

/// <summary>What a <see cref="TrainingMethod"/> must see of a step.</summary>
public enum MethodInput
{
    /// <summary>Whatever the run trains on: features that were computed once serve too.</summary>
    Features,

    /// <summary>Samples: where the network begins with a frozen part, that runs on each batch, in its fastest form.</summary>
    Samples,

    /// <summary>Samples and the whole network, module by module as it is.</summary>
    Network,
}
