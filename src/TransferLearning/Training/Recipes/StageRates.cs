namespace TransferLearning;

/// <summary>Factors on the learning rate by stage of the network (<see cref="Network.Stages"/>): discriminative rates. The head has the
/// full rate, unless the table names it.</summary>
/// <remarks>Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification" (2018), section 3.2.</remarks>
public sealed record StageRates
{
    /// <summary>The name of what belongs to no stage in <see cref="Factors"/>.</summary>
    public const string Head = "head";

    /// <summary>The factor between the rates of one stage and the next, where that is what was chosen (<see cref="Decaying"/>).</summary>
    public double? Decay { get; private init; }

    /// <summary>The first stage's factor, where that is what was chosen (<see cref="Spread"/>).</summary>
    public double? Lowest { get; private init; }

    /// <summary>A table: the name of a stage, or <see cref="Head"/>, and its factor, above 0. Stages that are not in it have the factor of
    /// <see cref="Decaying"/> or <see cref="Spread"/>, and 1 without these. Default: empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A factor is not above 0, or not finite.</exception>
    public IReadOnlyDictionary<string, double> Factors
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.ToDictionary(entry => entry.Key, entry => ValidNumber.Positive(entry.Value, nameof(Factors)));
        }
    }
    = new Dictionary<string, double>();

    /// <summary>Each stage's rate is the next one's times a factor: 1/2.6 in ULMFiT.</summary>
    /// <param name="factor">Above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public static StageRates Decaying(double factor)
        => new() { Decay = ValidNumber.PositiveFraction(factor, nameof(factor)) };

    /// <summary>Geometrically spread from a factor at the first stage to 1 at the head: what fastai makes of <c>slice(low, high)</c>, with
    /// low / high here and high as the optimizer's rate.</summary>
    /// <param name="lowest">The first stage's factor, above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public static StageRates Spread(double lowest) => new() { Lowest = ValidNumber.PositiveFraction(lowest, nameof(lowest)) };

    /// <summary>The factor of a stage.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="depth">Its distance from the head, whose own is 0.</param>
    /// <param name="stages">How many stages there are.</param>
    internal double Of(string name, int depth, int stages)
        => Factors.TryGetValue(name, out double factor) ? factor : Math.Pow(Decay ?? Math.Pow(Lowest ?? 1, 1.0 / stages), depth);

    /// <summary>Refuses names that no stage has.</summary>
    /// <exception cref="ArgumentException">There is one; the message lists the stages.</exception>
    internal void CheckFor(IReadOnlyList<NetworkStage> stages, string architecture)
    {
        if (Factors.Keys.FirstOrDefault(name => name != Head && stages.All(stage => stage.Name != name)) is { } stranger)
        {
            throw new ArgumentException(
                $"{nameof(StageRates)} names the stage '{stranger}', which {architecture} does not have; there are "
                    + $"{string.Join(", ", stages.Select(stage => stage.Name))} and {Head}.");
        }
    }
}
