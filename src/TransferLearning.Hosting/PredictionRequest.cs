using System.Diagnostics;

namespace TransferLearning.Hosting;

/// <summary>One input that waits for its prediction.</summary>
internal sealed class PredictionRequest : IDisposable
{
    private readonly TaskCompletionSource<HostedPrediction> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly string _model;
    private readonly CancellationTokenRegistration _cancellation;

    public PredictionRequest(string model, SampleContent input, CancellationToken cancellationToken)
    {
        (_model, Input) = (model, input);
        _cancellation = cancellationToken.Register(() => End(HostingTelemetry.Cancelled, _answer.TrySetCanceled(cancellationToken)));
    }

    public SampleContent Input { get; }

    public Task<HostedPrediction> Answer => _answer.Task;

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsEnded => _answer.Task.IsCompleted;

    public void Answered(HostedPrediction prediction) => End(HostingTelemetry.Ok, _answer.TrySetResult(prediction));

    public void Failed(Exception exception) => End(HostingTelemetry.Failed, _answer.TrySetException(exception));

    public void Dispose() => _cancellation.Dispose();

    private void End(string outcome, bool isFirst)
    {
        if (isFirst)
        {
            HostingTelemetry.Ended(_model, outcome, Stopwatch.GetElapsedTime(_since));
        }
    }
}
