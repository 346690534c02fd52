namespace TransferLearning;

/// <summary>Full fine-tuning: everything that the model does not freeze is trained from the first step. What <c>FineTune</c> does without a
/// recipe, by its name: a model whose whole backbone is frozen is refused.</summary>
/// <remarks>Girshick, Donahue, Darrell and Malik, "Rich Feature Hierarchies for Accurate Object Detection" (2014).</remarks>
public sealed record FullFineTuningRecipe : Recipe
{
    /// <inheritdoc/>
    public override IReadOnlyList<RecipePhase> PhasesOf(IReadOnlyList<NetworkStage> stages) => [new RecipePhase("all")];
}
