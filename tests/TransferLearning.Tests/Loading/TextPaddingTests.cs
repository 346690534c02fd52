namespace TransferLearning.Tests;

public sealed class TextPaddingTests
{
    [Fact]
    public void Buckets_of_real_sentences_hold_hardly_any_padding()
    {
        using TemporaryFolder folder = new();
        File.Copy(SharedData.Path("text/bert-base-uncased-vocab.txt"), folder.File("vocab.txt"));
        string[] lines = [.. File.ReadLines(SharedData.Path("text/sst2_train.tsv")).Skip(1).Take(3000).Where(line => line.Length > 0)];
        using Dataset data = new InMemoryDataset(
            [.. lines.Select((line, i) => new Sample($"line {i}", 0, new TextContent(line)))],
            ["text"]);
        TextPreprocessor preprocessor = new(TextTokenizer.FromFolder(folder.Path), 128);
        LoaderOptions buckets = new() { Shuffle = true, Seed = 1 };
        double bucketed = Share(buckets), dynamic = Share(buckets with { BatchesSortedTogether = 1 }),
        whole = Share(buckets with { FixedLength = 128 });
        Assert.True(
            bucketed > 0.9, $"{bucketed:P1} of the places hold tokens in buckets, {dynamic:P1} without, {whole:P1} at a fixed length.");
        Assert.True(bucketed > dynamic && dynamic > whole);

        double Share(LoaderOptions options)
        {
            long tokens = 0, places = 0;
            foreach (Batch batch in new BatchLoader(data, preprocessor, options).Epoch(0))
            {
                using (batch)
                {
                    tokens += batch.Examples.Sum(example => example.Length);
                    places += batch.Count * ((TokenInput)batch.Input).Length;
                }
            }

            return (double)tokens / places;
        }
    }
}
