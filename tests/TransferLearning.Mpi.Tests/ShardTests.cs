using System.Diagnostics;
using System.Globalization;
using Parquet;
using PublicParts.Tests;
using TransferLearning.Parquet;

namespace Mpi.Tests;

/// <summary>Shards by processes that know nothing of each other, and their files in Apache Parquet.</summary>
public sealed class ShardTests
{
    [Fact]
    public void A_killed_process_leaves_nothing_and_is_started_again_as_it_is()
    {
        using TemporaryFolder temporary = new();
        string folder = Path.GetDirectoryName(temporary.File("x"))!;
        using (Process victim = Start(folder, 1, "wait"))
        {
            for (int i = 0; i < 600 && !File.Exists(Path.Combine(folder, "waiting")) && !victim.HasExited; i++)
            {
                Thread.Sleep(50);
            }

            victim.Kill();
            victim.WaitForExit();
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "scores"), "*.jsonl"));
        Assert.Throws<InvalidDataException>(() => ScoreFolder.Merge(Path.Combine(folder, "scores")));
        Process[] shards = [Start(folder, 0), Start(folder, 1)];
        foreach (Process shard in shards)
        {
            shard.WaitForExit();
            Assert.Equal(0, shard.ExitCode);
            shard.Dispose();
        }

        string[] lines = File.ReadAllLines(ScoreFolder.Merge(Path.Combine(folder, "scores")));
        Assert.Equal(41, lines.Length);
        Assert.StartsWith("{\"index\":40,\"name\":\"image 40\",\"class\":", lines[40], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_shards_are_put_together_row_group_by_row_group()
    {
        PocketFamily.Register();
        using TemporaryFolder temporary = new();
        string folder = temporary.File("scores");
        using ImageModel model = Scenarios.Model(PocketFamily.Plain).WithClassNames(["red", "green", "blue"]);
        using PocketImages images = new(41);
        ScoreOptions options = new() { Format = new ParquetFormat(), Workers = 0 };
        model.Score(images, folder, (0, 2), options);
        model.Score(images, folder, (1, 2), options);
        await using ParquetReader reader = await ParquetReader.CreateAsync(ScoreFolder.Merge(folder, new ParquetFormat()));
        Assert.Equal("""["red","green","blue"]""", reader.CustomMetadata["classes"]);
        List<int> indices = [];
        List<float> values = [];
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
            int count = (int)rows.RowCount;
            int[] some = new int[count], definitions = new int[3 * count], repetitions = new int[3 * count];
            float[] numbers = new float[3 * count];
            await rows.ReadAsync<int>(reader.Schema.GetDataFields()[0], some.AsMemory());
            await rows.ReadRawAsync<float>(
                reader.Schema.GetDataFields()[^1], numbers.AsMemory(), definitions.AsMemory(), repetitions.AsMemory());
            indices.AddRange(some);
            values.AddRange(numbers);
        }

        Assert.Equal(Enumerable.Range(0, 41), indices);
        Prediction expected = model.Predict(images.Read(40).Input);
        Assert.All(expected.Scores, score => Assert.Equal(score.Probability, values[(40 * 3) + score.Class], 1e-5));
    }

    private static Process Start(string folder, int shard, params string[] rest)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "TransferLearning.Mpi.Tests"));
        foreach (string argument in (string[])[MpiChild.Switch, "score", folder, $"{shard}", .. rest])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
