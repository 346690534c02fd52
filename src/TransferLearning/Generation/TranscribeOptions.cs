namespace TransferLearning;

/// <summary>How sounds are written down. An option that the model cannot use is refused.</summary>
public sealed record TranscribeOptions
{
    /// <summary>How many beginnings are followed side by side (beam search). Default: 1, the most probable entry at every step.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>Whisper: the code of the language that is spoken, such as <c>en</c>. Default: null, found by the network.</summary>
    public string? Language { get; init; }

    /// <summary>Whisper: whether English is written whatever is spoken. Default: false.</summary>
    public bool Translate { get; init; }

    /// <summary>Whisper: what went before the sound, for names and spelling. Default: nothing.</summary>
    public string? Prompt { get; init; }

    /// <summary>Whisper: whether times are written, by which long sounds are cut. Without them windows follow each other. Default:
    /// true.</summary>
    public bool Timestamps { get; init; } = true;

    /// <summary>Whisper: whether each window is written with what was written before in mind. Default: true.</summary>
    public bool ConditionOnPreviousText { get; init; } = true;

    /// <summary>Whisper: the temperatures that are tried in turn until a text passes the thresholds below; 0 takes the most probable
    /// tokens. Default: 0, 0.2, 0.4, 0.6, 0.8, 1.</summary>
    public IReadOnlyList<double> Temperatures { get; init; } = [0, 0.2, 0.4, 0.6, 0.8, 1];

    /// <summary>Whisper: how many texts are sampled at a temperature above 0, of which the likeliest is taken. Default: 5.</summary>
    public int BestOf { get; init; } = 5;

    /// <summary>Whisper: a text that repeats itself so much that it shrinks by more than this is tried again. Default: 2.4; null
    /// never.</summary>
    public double? CompressionRatioThreshold { get; init; } = 2.4;

    /// <summary>Whisper: a text with a smaller mean log-probability is tried again. Default: -1; null never.</summary>
    public double? LogProbabilityThreshold { get; init; } = -1;

    /// <summary>
    /// Whisper: a window counts as silence if nothing was said with a greater probability than this, and the text is not probable. Default:
    /// 0.6; null never.
    /// </summary>
    public double? NoSpeechThreshold { get; init; } = 0.6;

    /// <summary>Whisper: the seed of sampling. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>CTC: the words that may be written. Needs <see cref="Beams"/> above 1. Default: null, any.</summary>
    public IReadOnlyCollection<string>? Words { get; init; }

    /// <summary>CTC: how likely words follow each other. Needs <see cref="Beams"/> above 1. Default: null, no such model.</summary>
    public NGramModel? LanguageModel { get; init; }

    /// <summary>CTC: the weight of the language model's log-probabilities. Default: 0.5.</summary>
    public double LanguageWeight { get; init; } = 0.5;

    /// <summary>CTC: what each word adds to the score where there is a language model, which favours few words. Default: 1.</summary>
    public double WordBonus { get; init; } = 1;

    /// <summary>CTC: how much sound goes through the network at once. Default: 20 seconds.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>CTC: how much sound the network hears on each side of what it writes of a window. Default: 2 seconds.</summary>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Checks every value, and refuses those that the other kind of model uses.</summary>
    /// <exception cref="ArgumentException">A value cannot be used.</exception>
    internal void Validate(bool isWhisper)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Beams);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BestOf);
        TranscribeOptions plain = new();
        (string Name, bool IsSet)[] others = isWhisper
            ?
            [
                (nameof(Words), Words is not null), (nameof(LanguageModel), LanguageModel is not null),
                (nameof(LanguageWeight), LanguageWeight != plain.LanguageWeight), (nameof(WordBonus), WordBonus != plain.WordBonus),
                (nameof(Window), Window != plain.Window), (nameof(Overlap), Overlap != plain.Overlap),
            ]
            :
            [
                (nameof(Language), Language is not null), (nameof(Translate), Translate), (nameof(Prompt), Prompt is not null),
                (nameof(Timestamps), !Timestamps), (nameof(ConditionOnPreviousText), !ConditionOnPreviousText),
                (nameof(Temperatures), !Temperatures.SequenceEqual(plain.Temperatures)), (nameof(BestOf), BestOf != plain.BestOf),
                (nameof(CompressionRatioThreshold), CompressionRatioThreshold != plain.CompressionRatioThreshold),
                (nameof(LogProbabilityThreshold), LogProbabilityThreshold != plain.LogProbabilityThreshold),
                (nameof(NoSpeechThreshold), NoSpeechThreshold != plain.NoSpeechThreshold), (nameof(Seed), Seed != 0),
                (nameof(Words), Words is not null && Beams == 1), (nameof(LanguageModel), LanguageModel is not null && Beams == 1),
                (nameof(LanguageWeight), LanguageWeight != plain.LanguageWeight && LanguageModel is null),
                (nameof(WordBonus), WordBonus != plain.WordBonus && LanguageModel is null),
            ];
        if (Array.Find(others, option => option.IsSet).Name is { } refused)
        {
            string by = isWhisper ? "with Whisper" : "by a recogniser with CTC, or not without Beams or LanguageModel";
            throw new ArgumentException($"{refused} cannot be used {by}: leave it out.", refused);
        }

        if (Temperatures.Count == 0 || Temperatures.Any(temperature => !(temperature >= 0 && double.IsFinite(temperature))))
        {
            throw new ArgumentException($"{nameof(Temperatures)} must hold at least one number, none below 0.");
        }

        if (Overlap < TimeSpan.Zero || Window <= 2 * Overlap)
        {
            throw new ArgumentException($"{nameof(Window)} must be longer than {nameof(Overlap)} on both sides.");
        }
    }
}
