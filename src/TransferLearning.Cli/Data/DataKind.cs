namespace TransferLearning.Cli;

/// <summary>What samples are.</summary>
internal enum DataKind
{
    Images,
    Texts,
    Sounds,
}
