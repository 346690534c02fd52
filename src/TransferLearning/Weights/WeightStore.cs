namespace TransferLearning;

/// <summary>Finds the files of published weights and downloads those that are missing. A file is looked for, by its published name, in this
/// order: <see cref="WeightStoreOptions.Path"/>; <see cref="WeightStoreOptions.Home"/> or the folder <c>TRANSFERLEARNING_HOME</c>;
/// PyTorch's own cache (<c>$TORCH_HOME/hub/checkpoints</c>, by default <c>~/.cache/torch/hub/checkpoints</c>), so that what Python has
/// downloaded is used again. Every file is compared with the published SHA-256 before it is used; the outcome for files of 16 MiB and more
/// is kept in a small file <c>.verified</c> beside them until they change. Safe to use from several threads and processes.</summary>
public sealed class WeightStore
{
    private readonly WeightStoreOptions _options;

    /// <summary>Makes a store; nothing is read or sent yet.</summary>
    /// <param name="options">Where to look and how to download; null for the defaults.</param>
    /// <exception cref="ArgumentException">A number is out of range, or the path does not exist.</exception>
    public WeightStore(WeightStoreOptions? options = null)
    {
        _options = options ?? new WeightStoreOptions();
        _options.Check();
    }

    /// <summary>The folder that downloads go to.</summary>
    /// <exception cref="DirectoryNotFoundException">The user has no home folder, and none was named.</exception>
    public string DownloadFolder
        => WeightFolders.Download(_options)
            ?? throw new DirectoryNotFoundException($"There is no folder for weights: {WeightFolders.NoHome}.");

    /// <summary>The path of the file if it is on this machine, verified; else null. Nothing is downloaded.</summary>
    /// <param name="entry">The weights.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <exception cref="WeightStoreException">A file of that name is there, but it is not the published one.</exception>
    public async Task<string?> FindAsync(WeightEntry entry, CancellationToken cancellationToken = default)
    {
        foreach (string path in WeightFolders.Candidates(_options, NameOf(entry)).Where(File.Exists))
        {
            string digest = await WeightVerification.DigestAsync(path, cancellationToken).ConfigureAwait(false);
            return digest.StartsWith(entry.Sha256Prefix, StringComparison.OrdinalIgnoreCase)
                ? path
                : throw new WeightStoreException(
                    WeightStoreErrorKind.WrongHash,
                    entry,
                    $"'{path}' is not the published file of {entry}: its SHA-256 begins with {digest[..entry.Sha256Prefix.Length]}, not "
                        + $"with {entry.Sha256Prefix}. The copy is incomplete, damaged or another file: delete it, and it is downloaded "
                        + $"again from {entry.Address}. Weights of your own are opened with StateDict.Open.");
        }

        return null;
    }

    /// <inheritdoc cref="FindAsync"/>
    public string? Find(WeightEntry entry, CancellationToken cancellationToken = default)
        => Task.Run(() => FindAsync(entry, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    /// <summary>The path of the file, which is downloaded first if it is not on this machine. An interrupted download resumes where it
    /// stopped, also in another process; of several that ask at once one downloads, and the others wait and use its file. Nobody ever sees
    /// a file that is not whole and verified.</summary>
    /// <param name="entry">The weights.</param>
    /// <param name="progress">Receives how far the download is, about once a mebibyte; null for nobody.</param>
    /// <param name="cancellationToken">Stops the download; what has arrived is kept for the next time.</param>
    /// <exception cref="WeightStoreException">The file could not be had; the message says why and where to put it by hand.</exception>
    public async Task<string> GetFileAsync(
        WeightEntry entry, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(entry, cancellationToken).ConfigureAwait(false) is { } found)
        {
            return found;
        }

        if (_options.IsOffline)
        {
            throw Missing(
                WeightStoreErrorKind.Offline, entry,
                "downloading is switched off (WeightStoreOptions.Offline or TRANSFERLEARNING_OFFLINE)");
        }

        if (!IsAllowed(entry.Address))
        {
            throw Missing(
                WeightStoreErrorKind.InsecureAddress, entry, "the address is not https, and WeightStoreOptions.AllowHttp is not set");
        }

        if (WeightFolders.Download(_options) is not { } folder)
        {
            throw new WeightStoreException(
                WeightStoreErrorKind.Disk, entry, $"There is no folder for the weights {entry}: {WeightFolders.NoHome}.");
        }

        string target = Path.Combine(folder, NameOf(entry));
        try
        {
            Directory.CreateDirectory(DownloadFolder);
            FileStream held = await DownloadLock.AcquireAsync(target + ".lock", cancellationToken).ConfigureAwait(false);
            await using (held.ConfigureAwait(false))
            {
                // Another may have brought it while this one waited.
                if (await FindAsync(entry, cancellationToken).ConfigureAwait(false) is { } brought)
                {
                    return brought;
                }

                await new WeightDownload(entry, target, _options, progress).RunAsync(cancellationToken).ConfigureAwait(false);
                return target;
            }
        }
        catch (WeightDownload.FailedException failure)
        {
            throw Missing(failure.Kind, entry, failure.Message, failure.InnerException);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or (IOException and not WeightStoreException))
        {
            throw Missing(
                WeightStoreErrorKind.Disk,
                entry,
                $"'{target}' could not be written ({error.Message}); set TRANSFERLEARNING_HOME to a folder that can",
                error);
        }
    }

    /// <inheritdoc cref="GetFileAsync"/>
    public string GetFile(WeightEntry entry, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => GetFileAsync(entry, progress, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    private static string NameOf(WeightEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.FileName is { Length: > 0 } name
            ? name
            : throw new ArgumentException($"The address {entry.Address} of {entry} does not end in a file's name.", nameof(entry));
    }

    private bool IsAllowed(Uri address)
        => address.Scheme == Uri.UriSchemeHttps || (_options.AllowHttp && address.Scheme == Uri.UriSchemeHttp);

    private WeightStoreException Missing(WeightStoreErrorKind kind, WeightEntry entry, string reason, Exception? cause = null)
    {
        string places = string.Join("', '", WeightFolders.Candidates(_options, entry.FileName));
        return new WeightStoreException(
            kind,
            entry,
            $"The weights {entry} are not at '{places}' and could not be downloaded from {entry.Address}: {reason}. "
                + $"Or download {entry.FileName} yourself, where there is a network, and put it into '{WeightFolders.Download(_options)}'.",
            cause);
    }
}
