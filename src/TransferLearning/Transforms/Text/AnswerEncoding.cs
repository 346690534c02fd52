namespace TransferLearning;

/// <summary>
/// Questions with texts that answer them: the labels are the first and the last token of the answer, or the first token of all where the
/// text has no answer. Of a text that is too long the first window that holds the whole answer is taken.
/// </summary>
internal sealed class AnswerEncoding(TextTokenizer tokenizer, int maximumLength, bool refuseLonger) : TextEncoding(tokenizer, maximumLength, refuseLonger)
{
    // How many tokens a window has in common with the one before it, as SQuAD's own baseline has them.
    private const int Overlap = 128;
    private const int MostWindows = 1000;

    public override TextExample Apply(Sample sample, ref SeededRandom random)
    {
        if (sample.Content is not QuestionContent content)
        {
            throw WrongContent(sample, nameof(QuestionContent));
        }

        (EncodedText Encoded, int Shift)? first = null;
        foreach ((EncodedText encoded, int shift) in Windows(content.Question, content.Context))
        {
            first ??= (Counted(encoded), shift);
            if (content.Answers.Count == 0)
            {
                break;
            }

            if (Place(encoded, shift, content.Answers[0]) is { } place)
            {
                return new TextExample(encoded) { Labels = [place.First, place.Last] };
            }
        }

        return new TextExample(first!.Value.Encoded) { Labels = [0, 0] };
    }

    /// <summary>The context in windows that overlap, each with the question before it, and where in the context each begins.</summary>
    public IEnumerable<(EncodedText Encoded, int Shift)> Windows(string question, string context)
    {
        TextEncodingOptions options = Options(TextTruncation.OnlySecond);
        int shift = 0;
        for (int i = 0; i < MostWindows; i++)
        {
            EncodedText encoded = Tokenizer.Encode(question, context[shift..], options);
            yield return (encoded, shift);
            int[] tokens = [.. Enumerable.Range(0, encoded.Length).Where(token => encoded.SequenceIndices[token] == 1)];
            if (encoded.TruncatedTokens == 0 || tokens.Length < 2)
            {
                yield break;
            }

            int next = tokens[Math.Max(1, tokens.Length - Math.Min(Overlap, tokens.Length / 2))];
            int step = encoded.Offsets[next].Start;
            if (step <= 0)
            {
                yield break;
            }

            shift += step;
        }
    }

    private static (int First, int Last)? Place(EncodedText encoded, int shift, TextAnswer answer)
    {
        (int start, int end) = (answer.Start - shift, answer.Start - shift + answer.Text.Length);
        int first = -1, last = -1;
        int covered = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            (int from, int length) = encoded.Offsets[i];
            if (encoded.SequenceIndices[i] != 1)
            {
                continue;
            }

            covered = Math.Max(covered, from + length);
            if (from + length > start && from < end)
            {
                (first, last) = (first < 0 ? i : first, i);
            }
        }

        return start >= 0 && first >= 0 && covered >= end ? (first, last) : null;
    }
}
