namespace TransferLearning.Hosting;

/// <summary>Looks at a model's file or folder again and again. By the clock and not by events of the file system, which do not come over
/// network shares and mounted volumes.</summary>
internal sealed class ModelWatch(string path, TimeSpan interval)
{
    /// <summary>Calls when the content has changed and was the same for two looks, until it is cancelled.</summary>
    /// <param name="changed">What to do; its errors end nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Func<Task> changed, CancellationToken cancellationToken)
    {
        string known = Look(), seen = known;
        using PeriodicTimer timer = new(interval);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            string now = Look();
            if (now != known && now == seen && now.Length > 0)
            {
                known = now;
                await changed().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it is logged there, and tried at the next change
            }

            seen = now;
        }
    }

    // Sizes and times of all files; nothing where the path is missing or just being replaced.
    private string Look()
    {
        try
        {
            IEnumerable<FileInfo> files = Directory.Exists(path)
                ? new DirectoryInfo(path).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal)
                : [new FileInfo(path)];
            return string.Join('\n', files.Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
