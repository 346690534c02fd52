namespace TransferLearning;

/// <summary>The answers to a question, parts of its context.</summary>
/// <param name="Answers">The answers given by people, the first one to be learned; none if the context does not answer the
/// question.</param>
public sealed record AnswersTarget(IReadOnlyList<TextAnswer> Answers) : Target
{
    /// <inheritdoc/>
    public bool Equals(AnswersTarget? other) => other is not null && Answers.SequenceEqual(other.Answers);

    /// <inheritdoc/>
    public override int GetHashCode() => Answers.Aggregate(Answers.Count, (hash, answer) => HashCode.Combine(hash, answer));

    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes()
        => ContentBytes.Join([nameof(AnswersTarget), .. Answers.SelectMany(answer => new[] { answer.Text, $"{answer.Start}" })]);
}
