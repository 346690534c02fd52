namespace TransferLearning.Samples;

/// <summary>Prints lines, and keeps them in a file.</summary>
internal sealed class LogFile(string path) : IDisposable
{
    private readonly StreamWriter _writer = new(path) { AutoFlush = true };

    public void Write(string line)
    {
        Console.WriteLine(line);
        _writer.WriteLine(line);
    }

    public void Dispose() => _writer.Dispose();
}
