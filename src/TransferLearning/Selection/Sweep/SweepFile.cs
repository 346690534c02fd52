using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>The file of a sweep: a line that says of what it is, and a line for each trial, each written at once.</summary>
internal sealed class SweepFile : IDisposable
{
    private const int Version = 1;
    private const long LargestFile = 256L << 20;
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly List<SweepTrial> _done = [];

    /// <summary>Opens the file, or begins it. A last line that was not written to its end is taken away.</summary>
    /// <exception cref="InvalidDataException">It is of another sweep, or damaged; the message names the line.</exception>
    /// <exception cref="IOException">Another process writes it.</exception>
    public SweepFile(string path, IReadOnlyDictionary<string, string> job)
    {
        JsonText.RequireReflection();
        _path = path;
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            Read(job);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The trial as the file has it; null where it has not been run.</summary>
    public SweepTrial? Find(SweepTrial planned) => _done.Find(done => done.IsSameRun(planned));

    /// <summary>Writes a trial down.</summary>
    public void Add(SweepTrial trial)
    {
        Write(trial);
        _done.Add(trial);
    }

    public void Dispose() => _stream.Dispose();

    private void Read(IReadOnlyDictionary<string, string> job)
    {
        if (_stream.Length > LargestFile)
        {
            throw new InvalidDataException($"'{_path}' has {_stream.Length} bytes: it is no table of a sweep. Choose another file.");
        }

        byte[] bytes = new byte[_stream.Length];
        _stream.ReadExactly(bytes);
        int end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        if (end == 0 && bytes.Length > 0 && bytes[0] != (byte)'{')
        {
            throw new InvalidDataException($"'{_path}' is no table of a sweep. Choose another file.");
        }

        int line = 0;
        for (int start = 0; start < end;)
        {
            int length = Array.IndexOf(bytes, (byte)'\n', start) - start;
            line++;
            ReadLine(bytes.AsSpan(start, length), line, job);
            start += length + 1;
        }

        _stream.SetLength(end);
        _stream.Position = end;
        if (line == 0)
        {
            Write(new Header(Version, job));
        }
    }

    private void ReadLine(ReadOnlySpan<byte> text, int line, IReadOnlyDictionary<string, string> job)
    {
        try
        {
            if (JsonText.HasHalfPairs(text))
            {
                throw new JsonException(JsonText.HalfPair);
            }

            if (line > 1)
            {
                SweepTrial? trial = JsonSerializer.Deserialize<SweepTrial>(text, Json);
                _done.Add(trial is { Configuration: not null } ? trial : throw new JsonException("a part is missing"));
                return;
            }

            Header? header = JsonSerializer.Deserialize<Header>(text, Json);
            if (header is not { Sweep: Version, Job: { } found })
            {
                throw new JsonException($"it does not begin with {{\"Sweep\":{Version},…");
            }

            if (ScoreFolder.Differences(found, job) is { Length: > 0 } differences)
            {
                throw new InvalidDataException(
                    $"'{_path}' is of another sweep: {string.Join("; ", differences)}. Choose another file, or delete it.");
            }
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"Line {line} of '{_path}' is damaged ({exception.Message}): delete it, and its trial is run again.", exception);
        }
    }

    private void Write<T>(T value)
    {
        _stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(value, Json), (byte)'\n']);
        _stream.Flush(flushToDisk: true);
    }

    private sealed record Header(int Sweep, IReadOnlyDictionary<string, string> Job);
}
