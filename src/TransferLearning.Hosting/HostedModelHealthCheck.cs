using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TransferLearning.Hosting;

/// <summary>Unhealthy before the first version is loaded, degraded while the queue is full or after a failed swap.</summary>
internal sealed class HostedModelHealthCheck(HostedModel model, int capacity) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (model.Version is not { } version)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, $"The model '{model.Name}' is not loaded."));
        }

        int waiting = model.QueueLength;
        Dictionary<string, object> data = new()
        {
            ["version"] = version.Number,
            ["architecture"] = version.Architecture,
            ["loadedAt"] = version.LoadedAt,
            ["queueLength"] = waiting,
        };
        return Task.FromResult(
            model.LastSwapError is { } error
                ? HealthCheckResult.Degraded($"The model '{model.Name}' could not be replaced by a new version.", error, data)
                : waiting >= capacity
                    ? HealthCheckResult.Degraded($"The queue of the model '{model.Name}' is full: {waiting} requests wait.", null, data)
                    : HealthCheckResult.Healthy($"The model '{model.Name}' answers.", data));
    }
}
