using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>
/// New small weights that are trained while the network that others trained stays as it is: <see cref="LoraOptions"/>,
/// <see cref="Ia3Options"/>, <see cref="BottleneckOptions"/>, <see cref="PrefixTuningOptions"/>, <see cref="PromptTuningOptions"/>,
/// <see cref="SideTuningOptions"/>. <c>model.WithAdapter(options)</c> puts them into a model.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Kind")]
[JsonDerivedType(typeof(LoraOptions), "LoRA")]
[JsonDerivedType(typeof(Ia3Options), "IA3")]
[JsonDerivedType(typeof(BottleneckOptions), "bottleneck")]
[JsonDerivedType(typeof(PrefixTuningOptions), "prefix tuning")]
[JsonDerivedType(typeof(PromptTuningOptions), "prompt tuning")]
[JsonDerivedType(typeof(SideTuningOptions), "side tuning")]
public abstract record AdapterOptions
{
    /// <summary>The largest rank, width or number of tokens, so that a file cannot ask for all memory.</summary>
    private protected const int Largest = 1 << 16;

    private protected AdapterOptions() { }

    /// <summary>What the method is called, for errors.</summary>
    internal abstract string Method { get; }

    /// <summary>Checks every value; the message names the option.</summary>
    internal abstract void Validate();

    /// <summary>Puts the weights into a network; nothing is changed where that fails.</summary>
    /// <exception cref="ArgumentException">The network has no place for them; the message names what it has.</exception>
    internal abstract void Attach(AdapterSite site);
}
