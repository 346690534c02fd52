namespace TransferLearning;

/// <summary>One part of the scores of a data set: a complete file and what is known of it.</summary>
/// <param name="Index">The number of the shard, from 0.</param>
/// <param name="Shards">How many there are.</param>
/// <param name="File">The name of the file in the folder.</param>
/// <param name="First">The number of its first sample in the data set.</param>
/// <param name="Count">How many samples are in it.</param>
/// <param name="Skipped">The damaged samples of its part that were skipped.</param>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Sha256">The checksum of the file, in hexadecimal digits.</param>
/// <param name="Job">What was scored by what, in words: shards of different jobs are never put together.</param>
public sealed record ScoreShard(
    int Index, int Shards, string File, int First, int Count, SkippedSamples Skipped, long Bytes, string Sha256,
    IReadOnlyDictionary<string, string> Job)
{
    /// <summary>Whether the file was there already and nothing had to be done.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool WasDone { get; init; }
}
