using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning.Hosting;

/// <summary>
/// A model in a host: loaded and warmed up once, predicting for concurrent callers in batches on a thread of its own, and replaced by a new
/// version without a lost request.
/// </summary>
/// <remarks>All members may be called from several threads at once. <c>services.AddTransferModel("bees", …)</c> makes one, starts it with
/// the host and disposes it.</remarks>
public sealed partial class HostedModel : IModelPredictor, IAsyncDisposable
{
    private readonly HostedModelOptions _options;
    private readonly ILogger _logger;
    private readonly BlockingCollection<PredictionRequest> _queue;
    private readonly SemaphoreSlim _swapping = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lazy<Task> _start;
    private Task _watching = Task.CompletedTask;
    private Task _predicting = Task.CompletedTask;
    private ServedModel? _current;
    private double _secondsPerRequest;
    private int _isDisposed;

    /// <summary>Makes it; nothing is loaded yet.</summary>
    /// <param name="name">What it is called in logs and metrics.</param>
    /// <param name="options">How it is hosted; not changed afterwards.</param>
    /// <param name="logger">Receives versions and what went wrong; null means nowhere.</param>
    public HostedModel(string name, HostedModelOptions options, ILogger<HostedModel>? logger = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        (Name, _options, _logger) = (name, options, logger is null ? NullLogger.Instance : logger);
        _queue = new BlockingCollection<PredictionRequest>(options.QueueCapacity);
        _start = new Lazy<Task>(() => Task.Run(Start));
    }

    /// <summary>What it is called in logs and metrics.</summary>
    public string Name { get; }

    /// <summary>The version that answers now; null before the first has been loaded.</summary>
    public ModelVersion? Version => Volatile.Read(ref _current)?.Version;

    /// <summary>How many requests wait.</summary>
    public int QueueLength => _queue.Count;

    /// <summary>What the last swap failed with; null where it did not.</summary>
    public Exception? LastSwapError { get; private set; }

    /// <summary>Loads and warms up the first version, once; the host does it when it starts.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="Exception">What loading failed with.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return _start.Value.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<HostedPrediction> PredictAsync(SampleContent input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        cancellationToken.ThrowIfCancellationRequested();
        await StartAsync(cancellationToken).ConfigureAwait(false);
        using PredictionRequest request = new(Name, input, cancellationToken);
        if (!TryQueue(request))
        {
            HostingTelemetry.Ended(Name, HostingTelemetry.Rejected, default);
            double seconds = _options.QueueCapacity * Volatile.Read(ref _secondsPerRequest);
            throw new ModelOverloadedException(Name, _options.QueueCapacity, TimeSpan.FromSeconds(Math.Max(1, seconds)));
        }

        return await request.Answer.ConfigureAwait(false);
    }

    /// <summary>
    /// Replaces the model: loads the new version and warms it up beside the old one, then lets it answer. Batches that the old one has
    /// begun it also ends, and its memory goes with the last.
    /// </summary>
    /// <param name="path">The file or folder of the new version; null means <see cref="HostedModelOptions.Path"/>.</param>
    /// <param name="cancellationToken">Gives it up before the exchange; the old version stays.</param>
    /// <returns>The new version, once the old one's memory is free.</returns>
    /// <exception cref="InvalidDataException">It is another kind of model, or damaged. After any error the old version stays.</exception>
    public async Task<ModelVersion> SwapAsync(string? path = null, CancellationToken cancellationToken = default)
    {
        await StartAsync(cancellationToken).ConfigureAwait(false);
        await _swapping.WaitAsync(cancellationToken).ConfigureAwait(false);
        ServedModel before = _current!;
        path ??= _options.Path;
        ServedModel next;
        try
        {
            next = await Task.Run(() => ModelLoading.Load(path, _options, before), cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested || _isDisposed != 0)
            {
                next.Leave();
                cancellationToken.ThrowIfCancellationRequested();
                throw new ObjectDisposedException(nameof(HostedModel));
            }

            Volatile.Write(ref _current, next);
            LastSwapError = null;
            before.Leave();
            HostingTelemetry.Swapped(Name, HostingTelemetry.Ok);
            Swapped(_logger, Name, next.Version.Number, path, before.Version.Number);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or ObjectDisposedException))
        {
            LastSwapError = exception;
            HostingTelemetry.Swapped(Name, HostingTelemetry.Failed);
            NotSwapped(_logger, exception, Name, path, before.Version.Number);
            throw;
        }
        finally
        {
            _swapping.Release();
        }

        await before.Freed.ConfigureAwait(false);
        LibTorch.TrimMemory(); // two versions were in memory, and the allocator would keep the room of one
        return next.Version;
    }

    /// <summary>Takes no more requests, answers those that wait, and frees the model.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        _queue.CompleteAdding();
        if (_start.IsValueCreated)
        {
            await _start.Value.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _swapping.WaitAsync().ConfigureAwait(false);
        await _predicting.ConfigureAwait(false);
        _current?.Leave();
        _queue.Dispose();
        _swapping.Dispose();
        _ending.Dispose();
    }

    private void Start()
    {
        _current = ModelLoading.Load(_options.Path, _options, null);
        Loaded(_logger, Name, _options.Path, _current.Version.Architecture, _current.Version.ClassNames.Count);
        _predicting = Task.Factory.StartNew(PredictAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _watching = _options.WatchInterval is { } interval
            ? new ModelWatch(_options.Path, interval).RunAsync(() => SwapAsync(cancellationToken: _ending.Token), _ending.Token)
            : Task.CompletedTask;
    }

    private bool TryQueue(PredictionRequest request)
    {
        try
        {
            if (!_queue.TryAdd(request))
            {
                return false;
            }
        }
        catch (InvalidOperationException) when (_queue.IsAddingCompleted)
        {
            throw new ObjectDisposedException(nameof(HostedModel), $"The model '{Name}' is shutting down and takes no more requests.");
        }

        HostingTelemetry.Queued(Name, 1);
        return true;
    }

    private void PredictAll()
    {
        List<PredictionRequest> batch = [];
        while (_queue.TryTake(out PredictionRequest? first, Timeout.Infinite))
        {
            long began = Stopwatch.GetTimestamp();
            Add(first);
            while (batch.Count < _options.MaxBatchSize && _queue.TryTake(out PredictionRequest? next, Left(began)))
            {
                Add(next);
            }

            if (batch.Count > 0)
            {
                Answer(batch);
                batch.Clear();
            }
        }

        void Add(PredictionRequest request)
        {
            HostingTelemetry.Queued(Name, -1);
            if (!request.IsEnded)
            {
                batch.Add(request);
            }
        }
    }

    private int Left(long began)
        => (int)Math.Clamp((_options.MaxDelay - Stopwatch.GetElapsedTime(began)).TotalMilliseconds, 0, int.MaxValue);

    private void Answer(List<PredictionRequest> batch)
    {
        HostingTelemetry.Batched(Name, batch.Count);
        long began = Stopwatch.GetTimestamp();
        ServedModel served;
        do
        {
            served = Volatile.Read(ref _current)!;
        }
        while (!served.TryEnter());

        try
        {
            IReadOnlyList<Prediction?> predictions = [.. Enumerable.Repeat<Prediction?>(null, batch.Count)];
            try
            {
                predictions = Predict(served, batch, BadSampleHandling.Skip);
            }
            catch (Exception exception) when (batch.Count > 1)
            {
                OneByOne(_logger, exception, Name, batch.Count);
            }
            catch (Exception exception)
            {
                batch[0].Failed(exception);
            }

            for (int i = 0; i < batch.Count; i++)
            {
                if (!batch[i].IsEnded)
                {
                    Answer(served, batch[i], predictions[i]);
                }
            }
        }
        finally
        {
            served.Leave();
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds / batch.Count;
            Volatile.Write(ref _secondsPerRequest, _secondsPerRequest == 0 ? seconds : (0.9 * _secondsPerRequest) + (0.1 * seconds));
        }
    }

    // What the batch skipped is bad by itself: once more alone, its caller learns why.
    private void Answer(ServedModel served, PredictionRequest request, Prediction? prediction)
    {
        try
        {
            prediction ??= Predict(served, [request], BadSampleHandling.Throw)[0]!;
            request.Answered(new HostedPrediction(prediction, served.Version));
        }
        catch (Exception exception)
        {
            request.Failed(exception);
        }
    }

    private IReadOnlyList<Prediction?> Predict(ServedModel served, List<PredictionRequest> batch, BadSampleHandling onBadSample)
    {
        using Dataset inputs = Dataset.FromInputs(batch.Select(request => request.Input), i => $"request {i}");
        return served.Model.Predict(inputs, new PredictOptions
        {
            BatchSize = batch.Count,
            Workers = batch.Count == 1 ? 0 : _options.Workers,
            OnBadSample = onBadSample,
        });
    }

    [LoggerMessage(EventId = 200, Level = LogLevel.Information,
        Message = "The model '{Name}' was loaded from '{Path}': {Architecture} with {Classes} classes")]
    private static partial void Loaded(ILogger logger, string name, string path, string architecture, int classes);

    [LoggerMessage(EventId = 201, Level = LogLevel.Information,
        Message = "The model '{Name}' is version {Version} now, from '{Path}', instead of version {Before}")]
    private static partial void Swapped(ILogger logger, string name, int version, string path, int before);

    [LoggerMessage(EventId = 202, Level = LogLevel.Error,
        Message = "The model '{Name}' could not be replaced by '{Path}' and is still version {Version}")]
    private static partial void NotSwapped(ILogger logger, Exception exception, string name, string path, int version);

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning,
        Message = "A batch of {Count} requests for the model '{Name}' failed, and each is predicted alone")]
    private static partial void OneByOne(ILogger logger, Exception exception, string name, int count);
}
