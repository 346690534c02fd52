namespace TransferLearning.Samples;

/// <summary>A line, what a model made of it, and what a person did.</summary>
internal sealed record TranslatedLine(string Source, string Translation, string Reference)
{
    /// <summary>Translates every line of a set of pairs, with four beams.</summary>
    public static IReadOnlyList<TranslatedLine> Of(TextModel model, Dataset pairs)
    {
        (string Source, string Target)[] lines = [.. ParallelFiles.Pairs(pairs)];
        GenerationOptions options = new() { Beams = 4, MaxNewTokens = 80, BatchSize = 32 };
        IReadOnlyList<string> translations = model.Translate([.. lines.Select(line => line.Source)], options);
        return [.. lines.Zip(translations, (line, translation) => new TranslatedLine(line.Source, translation, line.Target))];
    }

    /// <summary>sacreBLEU of some lines.</summary>
    public static double Bleu(IReadOnlyList<TranslatedLine> lines)
        => TransferLearning.Bleu.Corpus([.. lines.Select(line => line.Translation)], [.. lines.Select(line => line.Reference)]).Score;
}
