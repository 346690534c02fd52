using System.Globalization;
using System.Text;

namespace TransferLearning;

/// <summary>The bytes that tell whether the content of a sample in memory is the same.</summary>
internal static class ContentBytes
{
    public static ReadOnlyMemory<byte> Of(SampleContent content) => content switch
    {
        RawImage raw => raw.Rgb,
        EncodedImage encoded => encoded.Bytes,
        TextContent text => Joined([
            nameof(TextContent), text.Text, text.Pair, text.Target?.ToString("R", CultureInfo.InvariantCulture),
            text.Labels is null ? null : string.Join(' ', text.Labels)]),
        TextPair pair => Joined([nameof(TextPair), pair.Source, pair.Target]),
        TaggedWords tagged => Joined([nameof(TaggedWords), string.Join(' ', tagged.Tags), .. tagged.Words]),
        QuestionContent question => Joined([
            nameof(QuestionContent), question.Question, question.Context,
            .. question.Answers.SelectMany(answer => new[] { answer.Text, $"{answer.Start}" })]),
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
