namespace TransferLearning;

/// <summary>Which weights move when: the phases of one call of <c>FineTune</c>, as data. The kinds are <see cref="FastAiRecipe"/>,
/// <see cref="LpFtRecipe"/>, <see cref="GradualUnfreezingRecipe"/>, <see cref="FeatureExtractionRecipe"/> and
/// <see cref="FullFineTuningRecipe"/>; a program may have its own.</summary>
/// <remarks>
/// <para>A recipe never trains what the model has frozen: after <c>UnfreezeFrom("layer3")</c>, <c>WithLora</c> or <c>TrainOnly</c> its
/// phases divide what those left. Afterwards the model trains what the last phase trains, however the run ended.</para>
/// <para>Rates are factors on the optimizer's learning rate. A phase in which the backbone is frozen trains on its features, computed
/// once.</para>
/// </remarks>
public abstract record Recipe
{
    /// <summary>The phases for a network, at least one; each is run in its turn.</summary>
    /// <param name="stages">The stages of the network in which the model trains something, from the first to the last before the
    /// head.</param>
    public abstract IReadOnlyList<RecipePhase> PhasesOf(IReadOnlyList<NetworkStage> stages);
}
