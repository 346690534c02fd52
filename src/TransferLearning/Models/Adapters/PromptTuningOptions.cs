namespace TransferLearning;

/// <summary>Trained vectors before those of the tokens where they enter the network (Lester et al., "The Power of Scale for
/// Parameter-Efficient Prompt Tuning", 2021); between the class token and the patches of a vision transformer (Jia et al., "Visual Prompt
/// Tuning", 2022, the shallow form).</summary>
/// <remarks>In a text encoder that classifies by the first token, that is the first of these, as the PEFT library has it.</remarks>
public sealed record PromptTuningOptions : AdapterOptions
{
    /// <summary>How many there are. Default: 20.</summary>
    public int Length { get; init; } = 20;

    internal override string Method => "prompt tuning";

    /// <inheritdoc/>
    internal override void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Length, Largest);
    }

    /// <inheritdoc/>
    internal override void Attach(AdapterSite site)
    {
        Network network = site.Network;
        int width = network.PromptWidth
            ?? throw new ArgumentException(
                $"{network.GetName()} takes no prompts: prompt tuning is for text encoders (BERT, RoBERTa, DistilBERT), GPT-2 and vision "
                    + "transformers. Use LoraOptions.");
        AdapterPlan.RequirePositions(network, Length, Method);
        Tensor? words = network is ConfigNetwork { WordEmbeddingName: { } name }
            ? network.State().First(entry => entry.Key == name).Value
            : null;
        site.Put(network.InputAdapters, new PromptBranch(Length, width, words));
    }
}
