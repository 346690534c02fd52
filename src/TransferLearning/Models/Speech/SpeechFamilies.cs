namespace TransferLearning;

/// <summary>
/// Every family of speech networks in this library, named one by one, so that trimming a program away from reflection loses none.
/// </summary>
internal static class SpeechFamilies
{
    public static IReadOnlyList<ConfigFamily> All { get; } =
        [new AudioSpectrogramTransformer(), new Hubert(), new Wav2Vec2(), new Whisper()];
}
