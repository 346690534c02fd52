using System.Text.Json;
using Parquet;

namespace TransferLearning.Parquet;

/// <summary>Gathers samples into row groups of some megabytes.</summary>
internal sealed class ParquetScores(Stream stream, ScoreTable table, IReadOnlyList<string> classNames) : ScoreWriter
{
    private const int LargestGroup = 1 << 16;
    private const long MostValues = 4L << 20;

    private readonly List<ScoredSample> _waiting = [];
    private readonly ParquetWriter _writer = table
        .BeginAsync(stream, new Dictionary<string, string> { ["classes"] = JsonSerializer.Serialize(classNames) })
        .GetAwaiter()
        .GetResult();
    private long _values;

    public override void Write(IReadOnlyList<ScoredSample> samples)
    {
        _waiting.AddRange(samples);
        _values += samples.Sum(sample => (long)sample.Values.Count);
        if (_waiting.Count >= LargestGroup || _values >= MostValues)
        {
            Flush();
        }
    }

    public override void Dispose()
    {
        Flush();
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void Flush()
    {
        if (_waiting.Count > 0)
        {
            table.WriteAsync(_writer, _waiting, classNames).GetAwaiter().GetResult();
            _waiting.Clear();
            _values = 0;
        }
    }
}
