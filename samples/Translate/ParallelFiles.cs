namespace TransferLearning.Samples;

/// <summary>The files of Multi30k, and how good a translator of them is.</summary>
internal static class ParallelFiles
{
    private static readonly string[] Parts = ["train", "val", "test2016"];

    public static bool Exist(string folder, string from, string to)
        => folder.Length > 0 && Parts.All(part => File.Exists(Name(folder, part, from)) && File.Exists(Name(folder, part, to)));

    public static Dataset Open(string folder, string part, string from, string to) => ParallelText.Open(Name(folder, part, from), Name(folder, part, to));

    public static IEnumerable<TextPair> Pairs(Dataset dataset) => Enumerable.Range(0, dataset.Count).Select(i => (TextPair)dataset.Read(i).Content);

    public static BleuScore Judge(TextModel model, Dataset dataset, out IReadOnlyList<(TextPair Pair, string Translation)> lines)
    {
        TextPair[] pairs = [.. Pairs(dataset)];
        IReadOnlyList<string> translations = model.Translate([.. pairs.Select(pair => pair.Source)], new GenerationOptions { Beams = 4, MaxNewTokens = 80, BatchSize = 32 });
        lines = [.. pairs.Zip(translations)];
        return Bleu.Corpus(translations, [.. pairs.Select(pair => pair.Target)]);
    }

    private static string Name(string folder, string part, string language)
        => new[] { $"multi30k_{part}.{language}.gz", $"{part}.{language}.gz", $"{part}.{language}" }
            .Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? Path.Combine(folder, $"multi30k_{part}.{language}.gz");
}
