namespace TransferLearning;

/// <summary>What a configuration says about writing for one of the tasks that its network was trained on.</summary>
/// <param name="Prefix">What is put before each text.</param>
/// <param name="Options">How to write.</param>
internal sealed record TaskPrompt(string Prefix, GenerationOptions Options)
{
    private const int BeamsByDefault = 4;

    /// <summary>Finds it.</summary>
    /// <param name="config">The configuration, whose <c>task_specific_params</c> may name tasks.</param>
    /// <param name="task">How the task's name begins: <c>translation</c>, <c>summarization</c>.</param>
    /// <param name="prefix">The prefix that the caller chose; empty takes the configuration's.</param>
    /// <param name="options">What the caller chose; null takes the configuration's, and four beams where it asks for nothing.</param>
    /// <exception cref="InvalidOperationException">The configuration names several such tasks; the message lists them.</exception>
    public static TaskPrompt Of(ModelConfig config, string task, string prefix, GenerationOptions? options)
    {
        if (prefix.Length == 0 && config.Parts("task_specific_params", task) is { Count: > 0 } tasks)
        {
            ModelConfig only = tasks.Count == 1
                ? tasks[0].Value
                : throw new InvalidOperationException(
                    $"'{config.Source}' names several tasks: "
                        + $"{string.Join(", ", tasks.Select(item => $"{item.Key} ('{item.Value.Text("prefix", "")}')"))}. "
                    + "Choose one by WithSourcePrefix.");
            (prefix, config) = (only.Text("prefix", ""), config.With(only));
        }

        return new TaskPrompt(prefix, options ?? OptionsOf(config));
    }

    private static GenerationOptions OptionsOf(ModelConfig config)
    {
        GenerationOptions asked = GenerationOptions.FromConfig(config);
        return config.Has("num_beams") || config.Has("do_sample") ? asked : asked with { Beams = BeamsByDefault };
    }
}
