namespace TransferLearning;

/// <summary>How a network writes. The defaults take the most probable token at every step; <see cref="Beams"/> looks further ahead,
/// <see cref="Sample"/> samples.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens that are written, the end token included. Default: 128.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>How many tokens are written before the text may end. Default: 0.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>The most tokens of a text together with its beginning: the prompt, or the start token of an encoder-decoder. The smaller
    /// one of this and <see cref="MaxNewTokens"/> counts. Default: null, no limit.</summary>
    public int? MaxLength { get; init; }

    /// <summary>How many tokens there are, the beginning included, before the text may end. Default: 0.</summary>
    public int MinLength { get; init; }

    /// <summary>How many beginnings are followed side by side (beam search). Default: 1, the most probable token at every step.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>
    /// Beam search ranks texts by the sum of their log-probabilities over their length to this power: above 1 favours long texts. Default:
    /// 1.
    /// </summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>
    /// Whether beam search ends as soon as it has <see cref="Beams"/> whole texts, though a better one could still come. Default: false.
    /// </summary>
    public bool EarlyStopping { get; init; }

    /// <summary>Whether tokens are sampled by their probability; the samples depend on <see cref="Seed"/> alone. Default: false.</summary>
    public bool Sample { get; init; }

    /// <summary>For <see cref="Sample"/>: what logits are divided by; below 1 favours likely tokens. Default: 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>For <see cref="Sample"/>: how many of the most probable tokens are sampled from. Default: null, all.</summary>
    public int? TopK { get; init; }

    /// <summary>For <see cref="Sample"/>: the most probable tokens are sampled from until their probabilities sum to this (Holtzman et al.,
    /// 2020). Default: null, all.</summary>
    public double? TopP { get; init; }

    /// <summary>What the logits of tokens that are there already, the prompt's included, are divided by if positive and multiplied by if
    /// negative (Keskar et al., 2019). Default: 1, nothing.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No sequence of this many tokens is written twice, the prompt's included. Default: 0, no rule.</summary>
    public int NoRepeatNGram { get; init; }

    /// <summary>Texts before which writing ends, wherever tokens begin and end; the text is cut there. With <see cref="Beams"/> the
    /// finished text is cut. Default: none.</summary>
    public IReadOnlyList<string> StopWords { get; init; } = [];

    /// <summary>Texts that are not written, neither after a space nor without, as far as they are made of the tokens that the tokenizer
    /// cuts them into. Default: none.</summary>
    public IReadOnlyList<string> BadWords { get; init; } = [];

    /// <summary>The seed of sampling, together with the place of a text among those written for. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>How many texts go through the network together. Default: 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Whether the keys and values of earlier tokens are kept instead of being computed again for every token. The tokens are the
    /// same, the time is not: without, few rows are also multiplied in the plain way. Default: true.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>The values that a configuration asks for: <c>num_beams</c>, <c>max_length</c>, <c>no_repeat_ngram_size</c>, …</summary>
    /// <param name="config">The configuration of the network.</param>
    public static GenerationOptions FromConfig(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        int beams = config.Whole("num_beams", 1);
        bool samples = beams == 1 && config.Flag("do_sample");
        return new GenerationOptions
        {
            // As in transformers, max_new_tokens goes before max_length.
            MaxNewTokens = config.Whole("max_new_tokens", config.Whole("max_length", 128)),
            MaxLength = config.Has("max_length") && !config.Has("max_new_tokens") ? config.Whole("max_length") : null,
            MinNewTokens = config.Whole("min_new_tokens", 0),
            MinLength = config.Whole("min_length", 0),
            Beams = beams,
            LengthPenalty = config.Number("length_penalty", 1),
            EarlyStopping = !config.IsText("early_stopping") && config.Flag("early_stopping"), // or "never"
            Sample = samples,
            Temperature = samples ? config.Number("temperature", 1) : 1,
            TopK = samples ? TopKOf(config) : null,
            TopP = samples && config.Has("top_p") ? config.Number("top_p") : null,
            RepetitionPenalty = config.Number("repetition_penalty", 1),
            NoRepeatNGram = config.Whole("no_repeat_ngram_size", 0),
        };
    }

    /// <summary>The most tokens that are written after a beginning.</summary>
    /// <param name="beginning">Its number of tokens.</param>
    internal int MostNewTokens(int beginning) => MaxLength is { } most ? Math.Min(MaxNewTokens, most - beginning) : MaxNewTokens;

    /// <summary>Checks every value; the message names the option.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxNewTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(MinNewTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MinNewTokens, MaxNewTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLength ?? 2, 2, nameof(MaxLength));
        ArgumentOutOfRangeException.ThrowIfNegative(MinLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Beams);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegative(NoRepeatNGram);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TopK ?? 1, nameof(TopK));
        RequirePositive(Temperature, nameof(Temperature));
        RequirePositive(RepetitionPenalty, nameof(RepetitionPenalty));
        RequirePositive(TopP ?? 1, nameof(TopP));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TopP ?? 1, 1, nameof(TopP));
        if (!double.IsFinite(LengthPenalty))
        {
            throw new ArgumentOutOfRangeException(nameof(LengthPenalty), LengthPenalty, "The length penalty must be a number.");
        }

        if (StopWords.Concat(BadWords).Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("A stop word or bad word is empty.", nameof(StopWords));
        }

        if (!Sample && (Temperature != 1 || TopK is not null || TopP is not null))
        {
            throw new ArgumentException(
                "Temperature, TopK and TopP have a meaning only where tokens are sampled: set Sample.", nameof(Sample));
        }

        if (Sample && Beams > 1)
        {
            throw new ArgumentException("Beam search does not sample: set Sample, or Beams above 1, not both.", nameof(Beams));
        }
    }

    // Transformers' own default; 0 or null there means all.
    private static int? TopKOf(ModelConfig config)
    {
        int count = config.Keys.Contains("top_k") ? config.Whole("top_k", 0) : 50;
        return count == 0 ? null : count;
    }

    private static void RequirePositive(double value, string name)
    {
        if (!double.IsFinite(value) || value <= 0)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be a number above 0.");
        }
    }
}
