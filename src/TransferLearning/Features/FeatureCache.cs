namespace TransferLearning;

/// <summary>Keeps what frozen backbones give for samples, so that each image goes through a network once: in memory, or in files that
/// outlive the program. Hand it to <see cref="FineTuneOptions.FeatureCache"/>, <see cref="FeatureOptions.Cache"/> or
/// <see cref="EvaluateOptions.FeatureCache"/>.</summary>
/// <remarks>
/// <para>Features are found by the hash of all they depend on: weights, architecture and options of the backbone, the transform, the sample
/// (<see cref="SampleIdentity"/>), and seed and epoch where the transform draws. Other weights or other images have other keys, so nothing
/// is ever out of date. Labels are no part of it.</para>
/// <para>Files appear only when they are complete and carry a hash of their content; a damaged one is deleted, its features are computed
/// again, and the log says so. Several processes may use a folder at once. Work that was interrupted resumes where the last file ends,
/// which is written every half minute.</para>
/// <para>Safe for several threads; their work on features is done one after another.</para>
/// </remarks>
public sealed class FeatureCache : IDisposable
{
    private readonly FeatureFolder? _folder;
    private readonly Dictionary<UInt128, FeatureStore> _stores = [];
    private readonly SemaphoreSlim _gate = new(1);
    private long _requests;

    /// <summary>Makes a cache.</summary>
    /// <param name="options">Where and how much; null means in memory.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public FeatureCache(FeatureCacheOptions? options = null)
    {
        Options = options ?? new FeatureCacheOptions();
        Options.Validate();
        _folder = Options.Folder is { } path ? new FeatureFolder(path, Options.MaxBytes) : null;
    }

    /// <summary>Makes a cache of files.</summary>
    /// <param name="folder">Its folder, made when it is first needed.</param>
    public FeatureCache(string folder) : this(new FeatureCacheOptions { Folder = folder }) { }

    /// <summary>Where and how much.</summary>
    public FeatureCacheOptions Options { get; }

    /// <summary>How many bytes its files take, or its features in memory if it has no folder.</summary>
    public long StoredBytes => _folder?.Bytes ?? Locked(() => BytesInMemory, CancellationToken.None);

    /// <summary>How large a chunk may become before it is handed on; smaller in tests.</summary>
    internal int ChunkBytes { get; init; } = 64 << 20;

    /// <summary>How old a chunk may become before it is handed on.</summary>
    internal TimeSpan ChunkPatience { get; init; } = TimeSpan.FromSeconds(30);

    private long BytesInMemory => _stores.Values.Sum(store => store.BytesInMemory);

    /// <summary>Forgets everything, and deletes the files.</summary>
    public void Clear() => Locked(
        () =>
        {
            Forget();
            _folder?.Clear();
            return true;
        },
        CancellationToken.None);

    /// <summary>Frees the features in memory and closes the files, which stay.</summary>
    public void Dispose()
    {
        Forget();
        _gate.Dispose();
    }

    /// <summary>Looks features up, computes those that are missing, and keeps them.</summary>
    /// <returns>The features, good for as long as the cache is; null if there would be more than may be kept.</returns>
    internal FeatureRows? Rows(FeatureRequest request, ILogger logger, CancellationToken cancellationToken)
        => Locked(() => Find(request, logger), cancellationToken);

    private FeatureRows? Find(FeatureRequest request, ILogger logger)
    {
        FeatureStore store = Open(request.Store, logger);
        HashSet<UInt128> seen = [];
        List<int> missing = [];
        for (int item = 0; item < request.Keys.Length; item++)
        {
            if (request.Keys[item] is { } key
                && store.Find(key).Chunk is null
                && (request.RetriesDamaged || !store.IsDamaged(key))
                && seen.Add(key))
            {
                missing.Add(item);
            }
        }

        long[]? shape = missing.Count > 0 || store.Shape is null ? request.Shape() : store.Shape;
        long bytes = (long)FeatureChunkHeader.BytesOfRow(Options.Precision, shape) * request.Keys.Length;
        (long limit, string name) = _folder is null
            ? (Options.MemoryLimit, nameof(FeatureCacheOptions.MaxMemoryBytes))
            : (Options.MaxBytes, nameof(FeatureCacheOptions.MaxBytes));
        if (bytes > limit)
        {
            FeatureLog.TooLarge(logger, bytes, name, limit);
            return null;
        }

        Touch(request, store);
        FeatureLog.Found(logger, request.Keys.Length, request.Keys.Length - missing.Count, missing.Count);
        if (missing.Count > 0)
        {
            FeatureWriter writer = new(
                request,
                Options.Precision,
                shape,
                missing.Count,
                (header, rows) => Keep(store, header, rows, logger),
                ChunkBytes,
                ChunkPatience);
            try
            {
                request.Compute(missing, writer);
            }
            finally
            {
                writer.Flush(); // also on the way out: what is done is done
            }
        }

        int views = Math.Max(request.Keys.Length / Math.Max(request.Samples, 1), 1);
        return new FeatureRows(request.Samples, views, shape, Options.Precision, Array.ConvertAll(request.Keys, store.Find));
    }

    /// <summary>Notes which files are used, so that others are deleted before them.</summary>
    private void Touch(FeatureRequest request, FeatureStore store)
    {
        if (_folder is not null)
        {
            foreach (string path in request.Keys.Select(key => store.Find(key).Chunk?.Path).OfType<string>().Distinct())
            {
                FeatureFolder.Touch(path);
            }
        }
    }

    /// <summary>The store of a key, with all that the folder has of it by now.</summary>
    private FeatureStore Open(UInt128 key, ILogger logger)
    {
        if (!_stores.TryGetValue(key, out FeatureStore? store))
        {
            _stores.Add(key, store = new FeatureStore(key));
        }

        store.LastUse = ++_requests;
        if (_folder is null)
        {
            return store;
        }

        HashSet<string> known = [.. store.Chunks.Select(chunk => chunk.Path).OfType<string>()];
        foreach (string file in _folder.FilesOf(key))
        {
            if (known.Contains(file))
            {
                continue;
            }

            try
            {
                FeatureChunk chunk = FeatureFile.Open(file, key, bytes => MakesRoomInMemory(bytes, store));
                if (chunk.Header.Precision != Options.Precision
                    || (store.Shape is { } shape && !shape.AsSpan().SequenceEqual(chunk.Header.Shape)))
                {
                    chunk.Dispose();
                    throw new InvalidDataException($"'{file}' holds features of another shape or precision than the others.");
                }

                store.Add(chunk);
            }
            catch (InvalidDataException exception)
            {
                FeatureLog.Damaged(logger, exception.Message);
                FeatureFolder.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                FeatureLog.Damaged(logger, exception.Message); // deleted by another process between being listed and being read
            }
        }

        return store;
    }

    private void Keep(FeatureStore store, FeatureChunkHeader header, byte[] rows, ILogger logger)
    {
        if (_folder is null)
        {
            MakesRoomInMemory(rows.LongLength, store);
            store.Add(new FeatureChunk(header, rows));
            return;
        }

        try
        {
            _folder.Create();
            (string path, long start) = FeatureFile.Write(_folder.Path, header, rows);
            store.Add(MakesRoomInMemory(rows.LongLength, store)
                ? new FeatureChunk(header, rows) { Path = path }
                : new FeatureChunk(header, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete), start)
                { Path = path });
            _folder.MakeRoom(logger);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException && MakesRoomInMemory(rows.LongLength, store))
        {
            FeatureLog.NotStored(logger, _folder.Path, exception.Message);
            store.Add(new FeatureChunk(header, rows));
        }
    }

    /// <summary>Whether so many bytes more may lie in memory, after what was not used for longest has been forgotten.</summary>
    private bool MakesRoomInMemory(long bytes, FeatureStore store)
    {
        while (BytesInMemory + bytes > Options.MemoryLimit
            && _stores.Values.Where(other => other != store && other.BytesInMemory > 0).MinBy(other => other.LastUse) is { } oldest)
        {
            // Not disposed: somebody may still train on its rows.
            _stores.Remove(oldest.Key);
        }

        return BytesInMemory + bytes <= Options.MemoryLimit;
    }

    private void Forget()
    {
        foreach (FeatureStore store in _stores.Values)
        {
            store.Dispose();
        }

        _stores.Clear();
    }

    private T Locked<T>(Func<T> work, CancellationToken cancellationToken)
    {
        _gate.Wait(cancellationToken);
        try
        {
            return work();
        }
        finally
        {
            _gate.Release();
        }
    }
}
