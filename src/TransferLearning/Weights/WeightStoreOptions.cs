namespace TransferLearning;

/// <summary>Where a <see cref="WeightStore"/> looks for weights and how it downloads them.</summary>
public sealed record WeightStoreOptions
{
    /// <summary>
    /// A file, or a folder with files under their published names, that is looked at before all else. It must exist. Default: none.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>The folder that is looked at next, and where downloads go; it is created. Default: the environment variable
    /// <c>TRANSFERLEARNING_HOME</c>; if that is unset, downloads go to PyTorch's cache.</summary>
    public string? Home { get; init; }

    /// <summary>
    /// Whether downloading is switched off. Default: whether the environment variable <c>TRANSFERLEARNING_OFFLINE</c> is 1 or true.
    /// </summary>
    public bool? Offline { get; init; }

    /// <summary>
    /// What sends the requests, for proxies with passwords or tests. The caller keeps and disposes it. Default: the system's proxy, no
    /// cookies.
    /// </summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>How long nothing may arrive before the connection is given up. Default: 30 seconds.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often in a row a connection may fail without a byte gained. Default: 4.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>How long to wait after the first failure in a row; each further wait is twice as long. Default: 1 second.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The largest file that is downloaded, in bytes. Default: 8 GiB.</summary>
    public long MaximumBytes { get; init; } = 8L << 30;

    /// <summary>Whether addresses that are not encrypted are allowed. Default: false.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>The environment, for tests.</summary>
    internal Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The user's own folder, from HOME or else from the system's list of users, whether it exists or not; for tests.</summary>
    internal Func<string> UserFolder { get; init; }
        = static () => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    /// <summary>The free bytes of the disk that a folder lies on, for tests.</summary>
    internal Func<string, long> FreeBytes { get; init; } = FreeBytesOf;

    /// <summary>Opens the unfinished file, for tests.</summary>
    internal Func<string, Stream> OpenPart { get; init; }
        = path => new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);

    internal bool IsOffline => Offline ?? Variable("TRANSFERLEARNING_OFFLINE") is "1" or "true" or "True" or "TRUE";

    // A network share has no drive to ask; there the write says it.
    private static long FreeBytesOf(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StallTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumBytes, 1);
        if (Path is not null && !File.Exists(Path) && !Directory.Exists(Path))
        {
            throw new ArgumentException(
                $"WeightStoreOptions.Path names '{Path}', which does not exist. Give an existing file or folder, or leave it out.");
        }
    }
}
