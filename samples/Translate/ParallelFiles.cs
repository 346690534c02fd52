namespace TransferLearning.Samples;

/// <summary>The files of Multi30k: each part in both languages, line by line.</summary>
internal sealed class ParallelFiles(string folder, string from, string to)
{
    public Dataset Open(string part) => ParallelText.Open(Name(part, from), Name(part, to));

    public static IEnumerable<(string Source, string Target)> Pairs(Dataset dataset)
        => from sample in Enumerable.Range(0, dataset.Count).Select(dataset.Read)
           select (((TextContent)sample.Input).Text, ((TextTarget)sample.Target).Text);

    public static IEnumerable<string> Texts(Dataset dataset) => Pairs(dataset).SelectMany(pair => new[] { pair.Source, pair.Target });

    private string Name(string part, string language)
    {
        string[] names = [$"multi30k_{part}.{language}.gz", $"{part}.{language}.gz", $"{part}.{language}"];
        string[] paths = [.. names.Select(name => Path.Combine(folder, name))];
        return paths.FirstOrDefault(File.Exists) ?? paths[0];
    }
}
