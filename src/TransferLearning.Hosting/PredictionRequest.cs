using System.Diagnostics;

namespace TransferLearning.Hosting;

/// <summary>One input that waits for its prediction.</summary>
internal sealed class PredictionRequest : IDisposable
{
    private readonly TaskCompletionSource<HostedPrediction> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly string _model;
    private readonly CancellationTokenRegistration _cancellation;
    private int _isEnded;

    public PredictionRequest(string model, SampleContent input, CancellationToken cancellationToken)
    {
        (_model, Input) = (model, input);
        _cancellation = cancellationToken.Register(() => End(HostingTelemetry.Cancelled, () => _answer.SetCanceled(cancellationToken)));
    }

    public SampleContent Input { get; }

    public Task<HostedPrediction> Answer => _answer.Task;

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsEnded => Volatile.Read(ref _isEnded) != 0;

    public void Answered(HostedPrediction prediction) => End(HostingTelemetry.Ok, () => _answer.SetResult(prediction));

    public void Failed(Exception exception) => End(HostingTelemetry.Failed, () => _answer.SetException(exception));

    public void Dispose() => _cancellation.Dispose();

    // Measured before it is answered: who has the answer finds it counted.
    private void End(string outcome, Action answer)
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            HostingTelemetry.Ended(_model, outcome, Stopwatch.GetElapsedTime(_since));
            answer();
        }
    }
}
