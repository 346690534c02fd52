using System.Net;
using System.Net.Http.Headers;

namespace TransferLearning;

/// <summary>One download of one file, under its lock: into <c>.part</c> beside the target, with the server's mark of its version in
/// <c>.part.tag</c>, so that a broken one resumes where it stopped; compared with the published digest; then renamed.</summary>
internal sealed class WeightDownload(WeightEntry entry, string target, WeightStoreOptions options, IProgress<DownloadProgress>? progress)
{
    private const int BufferBytes = 64 << 10;
    private const long ReportedBytes = 1 << 20;

    private static readonly Lazy<SocketsHttpHandler> SharedHandler
        = new(() => new SocketsHttpHandler { UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });

    private readonly string _part = target + ".part";
    private readonly string _tag = target + ".part.tag";
    private bool _isResumed;

    /// <summary>Brings the file to its place.</summary>
    /// <exception cref="FailedException">It cannot be had.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using HttpClient client = new(options.Handler ?? SharedHandler.Value, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        for (bool isLast = false; ; isLast = true)
        {
            await CompleteAsync(client, cancellationToken).ConfigureAwait(false);
            string digest = await WeightVerification.DigestAsync(_part, cancellationToken).ConfigureAwait(false);
            if (digest.StartsWith(entry.Sha256Prefix, StringComparison.OrdinalIgnoreCase))
            {
                File.Move(_part, target, overwrite: true);
                File.Delete(_tag);
                return;
            }

            Discard();
            if (isLast || !_isResumed)
            {
                throw new FailedException(
                    WeightStoreErrorKind.WrongHash,
                    $"what was downloaded has the SHA-256 {digest}, which does not begin with {entry.Sha256Prefix}, and "
                        + "was deleted; the server or something on the way sends another file");
            }

            // The beginning may have been that of another version: once more from the start.
        }
    }

    // Asks until the part is whole; failures count only while nothing is gained.
    private async Task CompleteAsync(HttpClient client, CancellationToken cancellationToken)
    {
        long longest = PartLength();
        for (int failures = 0; ;)
        {
            try
            {
                await AttemptAsync(client, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (FailedException failure) when (failure.MayPass)
            {
                failures = PartLength() > longest ? 1 : failures + 1;
                longest = Math.Max(longest, PartLength());
                if (failures >= options.Attempts)
                {
                    throw;
                }

                await Task.Delay(options.RetryDelay * Math.Pow(2, failures - 1), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task AttemptAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            long have = PartLength();
            using HttpRequestMessage request = Request(have);
            stall.CancelAfter(options.StallTimeout);
            using HttpResponseMessage response = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            if (await BeginAsync(response, have, cancellationToken).ConfigureAwait(false) is { } start)
            {
                await CopyAsync(response, start.Offset, start.Total, stall).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FailedException(
                WeightStoreErrorKind.Stalled, $"nothing arrived for {options.StallTimeout.TotalSeconds:0.###} s", error)
            { MayPass = true };
        }
        catch (HttpRequestException error)
        {
            throw new FailedException(WeightStoreErrorKind.Connection, $"the server cannot be reached ({error.Message})", error)
            { MayPass = true };
        }
        catch (FailedException failure) when (failure.Kind == WeightStoreErrorKind.TooLarge)
        {
            Discard();
            throw;
        }
    }

    private HttpRequestMessage Request(long have)
    {
        HttpRequestMessage request = new(HttpMethod.Get, entry.Address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("TransferLearning", null));
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            if (File.Exists(_tag))
            {
                request.Headers.TryAddWithoutValidation("If-Range", File.ReadAllText(_tag));
            }
        }

        return request;
    }

    // Where the body belongs, and the length of the whole; null when the part is whole already.
    private async Task<(long Offset, long? Total)?> BeginAsync(HttpResponseMessage response, long have, CancellationToken cancellationToken)
    {
        if (response.RequestMessage?.RequestUri is { } final && final.Scheme != Uri.UriSchemeHttps && !options.AllowHttp)
        {
            throw new FailedException(WeightStoreErrorKind.InsecureAddress, $"it leads to {final}, which is not https");
        }

        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                _isResumed = false;
                await RememberVersionAsync(response, cancellationToken).ConfigureAwait(false);
                return (0, Check(response.Content.Headers.ContentLength, 0));
            case HttpStatusCode.PartialContent when range?.From == have:
                _isResumed = true;
                return (have, Check(range.Length, have));
            case HttpStatusCode.RequestedRangeNotSatisfiable when have > 0 && range?.Length == have:
                _isResumed = true;
                return null;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                Discard();
                throw new FailedException(
                    WeightStoreErrorKind.Refused, $"the server answers the range from byte {have} with {range?.ToString() ?? "no range"}")
                { MayPass = true };
            default:
                int status = (int)response.StatusCode;
                throw new FailedException(WeightStoreErrorKind.Refused, $"the server answers {status} {response.ReasonPhrase}")
                {
                    MayPass = status is 408 or 429 or >= 500,
                };
        }
    }

    private long? Check(long? total, long have)
    {
        if (total > options.MaximumBytes)
        {
            throw TooLarge($"{total}");
        }

        string folder = Path.GetDirectoryName(target)!;
        long free = options.FreeBytes(folder);
        return total - have > free
            ? throw new FailedException(
                WeightStoreErrorKind.Disk,
                $"it needs {total - have} bytes, and the disk of '{folder}' has {free}; "
                    + "make room or set TRANSFERLEARNING_HOME to another disk")
            : total;
    }

    // Only a strong mark may join two halves; without one the digest decides.
    private async Task RememberVersionAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        Discard();
        string? version = response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : response.Content.Headers.LastModified?.ToString("R");
        if (version is not null)
        {
            await File.WriteAllTextAsync(_tag, version, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, long offset, long? total, CancellationTokenSource stall)
    {
        byte[] buffer = new byte[BufferBytes];
        Stream body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            Stream part = options.OpenPart(_part);
            await using (part.ConfigureAwait(false))
            {
                part.SetLength(offset);
                part.Position = offset;
                long reported = long.MinValue;
                for (long bytes = offset; ;)
                {
                    stall.CancelAfter(options.StallTimeout);
                    int read = await ReadAsync(body, buffer, stall.Token).ConfigureAwait(false);
                    bytes += read;
                    if (bytes > options.MaximumBytes)
                    {
                        throw TooLarge("more");
                    }

                    stall.CancelAfter(Timeout.InfiniteTimeSpan);
                    await part.WriteAsync(buffer.AsMemory(0, read), stall.Token).ConfigureAwait(false);
                    if (read == 0 || bytes >= reported + ReportedBytes)
                    {
                        progress?.Report(new DownloadProgress(entry.FileName, bytes, total));
                        reported = bytes;
                    }

                    if (read == 0)
                    {
                        (part as FileStream)?.Flush(flushToDisk: true);
                        break;
                    }
                }
            }
        }

        if (total is { } whole && PartLength() != whole)
        {
            throw new FailedException(WeightStoreErrorKind.Connection, $"the connection ended after {PartLength()} of {whole} bytes")
            { MayPass = true };
        }
    }

    // An exception of the connection, distinguished from those of the disk, which are of the same type.
    private static async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new FailedException(WeightStoreErrorKind.Connection, $"the connection broke ({error.Message})", error) { MayPass = true };
        }
    }

    private FailedException TooLarge(string bytes)
        => new(WeightStoreErrorKind.TooLarge, $"it has {bytes} bytes, and WeightStoreOptions.MaximumBytes allows {options.MaximumBytes}");

    private long PartLength() => new FileInfo(_part) is { Exists: true } part ? part.Length : 0;

    private void Discard()
    {
        File.Delete(_part);
        File.Delete(_tag);
    }

    /// <summary>Why a download ended; the store says the rest.</summary>
    internal sealed class FailedException(WeightStoreErrorKind kind, string message, Exception? innerException = null)
        : Exception(message, innerException)
    {
        public WeightStoreErrorKind Kind => kind;

        /// <summary>Whether asking again may help.</summary>
        public bool MayPass { get; init; }
    }
}
