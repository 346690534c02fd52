using Microsoft.Extensions.Hosting;

namespace TransferLearning.Hosting;

/// <summary>Loads a model when the host starts, so that a model that cannot be loaded is found before the first request.</summary>
internal sealed class HostedModelStart(HostedModel model) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => model.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask; // the container disposes it after the server
}
