namespace TransferLearning;

/// <summary>Questions to be answered by a part of a text, in the JSON form of SQuAD 1.1 and 2.0 (Rajpurkar et al., "Know What You Don't
/// Know: Unanswerable Questions for SQuAD", 2018).</summary>
public static class SquadFile
{
    private const long MaximumBytes = 1L << 30;

    /// <summary>Reads a file into memory; every text is held once, however many questions it has.</summary>
    /// <param name="path">The file, plain or gzip, of at most 1 GiB.</param>
    /// <returns>The set: one sample for each question, called by its id, whose content is <see cref="QuestionContent"/>. Its one class is
    /// "text".</returns>
    /// <exception cref="DatasetException">The file is missing, too large or of another form, or an answer does not stand in its text where
    /// it says; the message names the question.</exception>
    public static Dataset Open(string path)
    {
        using TextBytes source = TextBytes.Open(path, MaximumBytes);
        if (source.Length > MaximumBytes)
        {
            throw new DatasetException($"'{source.Name}' has more than {MaximumBytes} bytes. Divide it.");
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)source.Length);
        int length = source.Read(0, bytes);
        List<Sample> samples = new();
        try
        {
            int mark = bytes.AsSpan(0, length).StartsWith("\uFEFF"u8) ? 3 : 0;
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(mark, length - mark));
            foreach (JsonElement paragraph in document.RootElement.GetProperty("data").EnumerateArray()
                .SelectMany(article => article.GetProperty("paragraphs").EnumerateArray()))
            {
                string context = Text(paragraph, "context");
                samples.AddRange(paragraph.GetProperty("qas").EnumerateArray().Select(question => Of(question, context)));
            }
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DatasetException(
                $"'{source.Name}' cannot be read: {exception.Message} Expected SQuAD's form: data, paragraphs, context, qas, answers.",
                exception);
        }

        return samples.Count > 0
            ? new InMemoryDataset(samples, TextDataset.NoClasses)
            : throw new DatasetException($"'{source.Name}' holds no question.");
    }

    private static Sample Of(JsonElement question, string context)
    {
        string id = Text(question, "id");
        List<TextAnswer> answers = new();
        foreach (JsonElement answer in question.TryGetProperty("answers", out JsonElement list) ? list.EnumerateArray() : default)
        {
            string text = Text(answer, "text");
            int start = Utf16Index(context, answer.GetProperty("answer_start").GetInt32());
            if (start < 0 || string.CompareOrdinal(context, start, text, 0, text.Length) != 0 || start + text.Length > context.Length)
            {
                throw new FormatException($"the answer '{text}' of the question '{id}' does not stand in its text where it says.");
            }

            answers.Add(new TextAnswer(text, start));
        }

        return new Sample(id, new QuestionContent(Text(question, "question"), context), new AnswersTarget(answers));
    }

    // SQuAD counts as Python does: in code points.
    private static int Utf16Index(string text, int codePoints)
    {
        int index = 0;
        for (int i = 0; i < codePoints && index < text.Length; i++)
        {
            index += char.IsSurrogatePair(text, index) ? 2 : 1;
        }

        return codePoints < 0 ? -1 : index;
    }

    private static string Text(JsonElement element, string name)
        => element.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null.");
}
