using Microsoft.Extensions.Options;

namespace TransferLearning.Hosting;

/// <summary>Finds wrong options when the host starts, all of them at once.</summary>
internal sealed class HostedModelOptionsValidation(string model) : IValidateOptions<HostedModelOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, HostedModelOptions options)
    {
        if (name != model)
        {
            return ValidateOptionsResult.Skip;
        }

        List<string> wrong = [];
        Require(options.Path.Length > 0, nameof(options.Path), "a file or folder that TransferModel.Save wrote", "nothing");
        Require(options.MaxBatchSize > 0, nameof(options.MaxBatchSize), "at least 1", options.MaxBatchSize);
        Require(options.MaxDelay >= TimeSpan.Zero && options.MaxDelay <= Longest, nameof(options.MaxDelay), "0 to 1 minute",
            options.MaxDelay);
        Require(options.QueueCapacity > 0, nameof(options.QueueCapacity), "at least 1", options.QueueCapacity);
        Require(options.Workers is null or >= 0, nameof(options.Workers), "at least 0, or none for the default", options.Workers);
        Require(
            options.WatchInterval is null || options.WatchInterval > TimeSpan.Zero, nameof(options.WatchInterval), "more than 0, or none",
            options.WatchInterval);
        Require(options.Load is not null, nameof(options.Load), "a function", "nothing");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);

        void Require(bool isRight, string option, string expected, object? found)
        {
            if (!isRight)
            {
                wrong.Add($"The model '{model}': {option} must be {expected}, and is {found}.");
            }
        }
    }
}
