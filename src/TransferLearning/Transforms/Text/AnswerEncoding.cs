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

        EncodedText? first = null;
        foreach (EncodedText encoded in Windows(content.Question, content.Context))
        {
            bool isFirst = first is null;
            first ??= Counted(encoded);
            if (content.Answers.Count == 0)
            {
                break;
            }

            if (Place(encoded, isFirst, content.Answers[0]) is { } place)
            {
                return new TextExample(encoded) { Labels = [place.First, place.Last] };
            }
        }

        return new TextExample(first!) { Labels = [0, 0] };
    }

    /// <summary>
    /// The context in windows that overlap, each with the question before it; offsets are places in the whole context. Of a context that would
    /// need more than a thousand windows the rest is left out.
    /// </summary>
    public IEnumerable<EncodedText> Windows(string question, string context)
        => Tokenizer.EncodeWindows(question, context, Overlap, Options(TextTruncation.OnlySecond)).Take(MostWindows);

    private static (int First, int Last)? Place(EncodedText encoded, bool isFirst, TextAnswer answer)
    {
        (int start, int end) = (answer.Start, answer.Start + answer.Text.Length);
        (int first, int last) = (-1, -1);
        (int from, int to) = (isFirst ? 0 : int.MaxValue, 0); // what the window covers
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded.SequenceIndices[i] != 1)
            {
                continue;
            }

            (int begin, int length) = encoded.Offsets[i];
            (from, to) = (Math.Min(from, begin), Math.Max(to, begin + length));
            if (begin + length > start && begin < end)
            {
                (first, last) = (first < 0 ? i : first, i);
            }
        }

        return first >= 0 && from <= start && to >= end ? (first, last) : null;
    }
}
