namespace TransferLearning;

/// <summary>The bytes by which the content of a sample in memory is compared.</summary>
internal static class ContentBytes
{
    public static ReadOnlyMemory<byte> Of(SampleContent content) => content switch
    {
        RawImage raw => raw.Rgb,
        EncodedImage encoded => encoded.Bytes,
        EncodedAudio encoded => encoded.Bytes,
        RawAudio raw => MemoryMarshal.AsBytes(raw.Waveform.Samples.Span).ToArray(),
        TextContent text => Joined([nameof(TextContent), text.Text, text.Pair]),
        WordsContent words => Joined([nameof(WordsContent), .. words.Words]),
        QuestionContent question => Joined([nameof(QuestionContent), question.Question, question.Context]),
        TokenContent tokens => Joined([nameof(TokenContent), string.Join(' ', tokens.Ids)]),
        _ => ReadOnlyMemory<byte>.Empty,
    };

    /// <summary>The same for what is to be learned; empty for a kind of the caller's own.</summary>
    public static ReadOnlyMemory<byte> Of(Target target) => target switch
    {
        ClassTarget one => Joined([nameof(ClassTarget), $"{one.Class}"]),
        LabelsTarget several => Joined([nameof(LabelsTarget), string.Join(' ', several.Labels)]),
        NumberTarget number => Joined([nameof(NumberTarget), number.Value.ToString("R", CultureInfo.InvariantCulture)]),
        TagsTarget tags => Joined([nameof(TagsTarget), string.Join(' ', tags.Tags)]),
        AnswersTarget answers => Joined(
            [nameof(AnswersTarget), .. answers.Answers.SelectMany(answer => new[] { answer.Text, $"{answer.Start}" })]),
        BoxesTarget boxes => Joined([nameof(BoxesTarget), string.Join(' ', boxes.Boxes), string.Join(' ', boxes.Classes)]),
        TextTarget text => Joined([nameof(TextTarget), text.Text]),
        _ => ReadOnlyMemory<byte>.Empty,
    };

    // Led by lengths, so that no two lists of parts give the same bytes.
    private static ReadOnlyMemory<byte> Joined(IEnumerable<string?> parts)
    {
        StringBuilder all = new();
        foreach (string? part in parts)
        {
            all.Append(CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:").Append(part);
        }

        return Encoding.UTF8.GetBytes(all.ToString());
    }
}
