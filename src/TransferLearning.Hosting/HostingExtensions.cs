using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace TransferLearning.Hosting;

/// <summary>Adds models to a host.</summary>
public static class HostingExtensions
{
    /// <summary>Adds a model, which services get by its name: <c>[FromKeyedServices("bees")] IModelPredictor bees</c>, or
    /// <see cref="HostedModel"/> for swapping it.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name: the key, and that of its options.</param>
    /// <param name="configure">Sets options; null where the result is bound to the configuration.</param>
    /// <returns>The options, to be bound (<c>.BindConfiguration("Models:bees")</c>) or validated further. They are validated when the host
    /// starts.</returns>
    /// <exception cref="ArgumentException">There is a model of that name already.</exception>
    public static OptionsBuilder<HostedModelOptions> AddTransferModel(
        this IServiceCollection services, string name, Action<HostedModelOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (services.Any(service => service.ServiceType == typeof(HostedModel) && name.Equals(service.ServiceKey)))
        {
            throw new ArgumentException($"There is a model '{name}' already: give each its own name.", nameof(name));
        }

        services.AddKeyedSingleton(name, (provider, _) => new HostedModel(
            name,
            provider.GetRequiredService<IOptionsMonitor<HostedModelOptions>>().Get(name),
            provider.GetService<ILogger<HostedModel>>()));
        services.AddKeyedSingleton<IModelPredictor>(name, (provider, _) => provider.GetRequiredKeyedService<HostedModel>(name));
        services.AddSingleton<IHostedService>(provider => new HostedModelStart(provider.GetRequiredKeyedService<HostedModel>(name)));
        services.AddSingleton<IValidateOptions<HostedModelOptions>>(new HostedModelOptionsValidation(name));
        return services.AddOptions<HostedModelOptions>(name).Configure(options => configure?.Invoke(options)).ValidateOnStart();
    }

    /// <summary>Adds the check of a hosted model: unhealthy before it is loaded, degraded while its queue is full or after a failed
    /// swap.</summary>
    /// <param name="checks">The health checks.</param>
    /// <param name="name">The name of the model; the check has it too.</param>
    /// <param name="tags">What the check is found by, such as <c>ready</c>.</param>
    public static IHealthChecksBuilder AddTransferModel(this IHealthChecksBuilder checks, string name, params IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(checks);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return checks.Add(new HealthCheckRegistration(
            name,
            provider => new HostedModelHealthCheck(
                provider.GetRequiredKeyedService<HostedModel>(name),
                provider.GetRequiredService<IOptionsMonitor<HostedModelOptions>>().Get(name).QueueCapacity),
            null,
            tags));
    }
}
