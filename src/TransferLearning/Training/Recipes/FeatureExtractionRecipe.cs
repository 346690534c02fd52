namespace TransferLearning;

/// <summary>Feature extraction: the head alone is trained, on features of the frozen backbone that are computed once. Of a network with
/// LoRA weights these are frozen too.</summary>
/// <remarks>Donahue et al., "DeCAF: A Deep Convolutional Activation Feature for Generic Visual Recognition" (2014).</remarks>
public sealed record FeatureExtractionRecipe : Recipe
{
    /// <inheritdoc/>
    public override IReadOnlyList<RecipePhase> PhasesOf(IReadOnlyList<NetworkStage> stages)
        => [new RecipePhase("head") { From = RecipePhase.HeadOnly }];
}
