using System.Text.Json;

namespace TransferLearning;

/// <summary>
/// One JSON object a line: <c>index</c>, <c>name</c>, then <c>class</c>, <c>probability</c> and <c>scores</c> of each class, <c>labels</c>
/// and <c>scores</c>, <c>number</c>, or <c>features</c>.
/// </summary>
public sealed class JsonLinesFormat : ScoreFormat
{
    private const double Threshold = 0.5; // from which a label holds, as evaluation has it

    /// <inheritdoc/>
    public override string Extension => ".jsonl";

    /// <inheritdoc/>
    public override ScoreWriter Begin(Stream stream, ScoreColumns columns) => new Lines(stream, columns);

    /// <inheritdoc/>
    public override void Merge(IReadOnlyList<string> files, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (string file in files)
        {
            using FileStream part = File.OpenRead(file);
            part.CopyTo(stream);
        }
    }

    private sealed class Lines(Stream stream, ScoreColumns columns) : ScoreWriter
    {
        private readonly Utf8JsonWriter _json = new(stream);

        public override void Write(IReadOnlyList<ScoredSample> samples)
        {
            foreach (ScoredSample sample in samples)
            {
                _json.WriteStartObject();
                _json.WriteNumber("index", sample.Index);
                _json.WriteString("name", sample.Name);
                WriteValues(sample.Values);
                _json.WriteEndObject();
                _json.Flush();
                stream.WriteByte((byte)'\n');
                _json.Reset();
            }
        }

        public override void Dispose() => _json.Dispose();

        private void WriteValues(IReadOnlyList<float> values)
        {
            if (columns.Content == ScoreContent.Features)
            {
                WriteList("features", values);
            }
            else if (columns.ClassNames.Count == 0)
            {
                _json.WriteNumber("number", values[0]);
            }
            else if (columns.HasOneClass)
            {
                int best = values.Index().MaxBy(entry => entry.Item).Index;
                _json.WriteString("class", columns.ClassNames[best]);
                _json.WriteNumber("probability", values[best]);
                WriteList("scores", values);
            }
            else
            {
                _json.WriteStartArray("labels");
                foreach ((int label, float value) in values.Index().Where(entry => entry.Item > Threshold))
                {
                    _json.WriteStringValue(columns.ClassNames[label]);
                }

                _json.WriteEndArray();
                WriteList("scores", values);
            }
        }

        private void WriteList(string name, IReadOnlyList<float> values)
        {
            _json.WriteStartArray(name);
            foreach (float value in values)
            {
                _json.WriteNumberValue(value);
            }

            _json.WriteEndArray();
        }
    }
}
