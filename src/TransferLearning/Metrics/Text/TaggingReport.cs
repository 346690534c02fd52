namespace TransferLearning;

/// <summary>How well the words of sentences are tagged. Words that were cut off count as being outside of every entity.</summary>
/// <param name="Tags">The tags one by one.</param>
/// <param name="Entities">Entities by seqeval's definition, where tags have the form B-PER, I-PER, O; else null.</param>
public sealed record TaggingReport(ClassificationReport Tags, EntityReport? Entities) : TaskReport
{
    /// <inheritdoc/>
    public override Score? Score => Entities is null ? Tags.Score : new Score("entity F1", Entities.Micro.F1);

    /// <inheritdoc/>
    public override double? CorrectShare => Tags.Accuracy;
}
