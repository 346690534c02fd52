using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace TransferLearning;

/// <summary>
/// A folder with the scores of a data set in shards: for each a file, and beside it a record with its checksum, which appears last. Shards
/// may be written by any processes, in any order, more than once.
/// </summary>
public static class ScoreFolder
{
    /// <summary>The name of the record of a merged folder.</summary>
    public const string ManifestName = "manifest.json";

    private const string MergedName = "scores";
    private const string RecordExtension = ".json";
    private const long LargestRecord = 64L << 20;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Puts all shards of a folder together: into one file, and a manifest with the record of each.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="format">The form of the files; null means JSON lines.</param>
    /// <returns>The path of the file with all scores.</returns>
    /// <exception cref="InvalidDataException">A shard is missing, damaged, or of another job; the message names it.</exception>
    public static string Merge(string folder, ScoreFormat? format = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        format ??= new JsonLinesFormat();
        JsonText.RequireReflection();
        ScoreShard[] found =
        [
            .. Directory.GetFiles(folder, $"shard-*{format.Extension}{RecordExtension}").Order(StringComparer.Ordinal).Select(Read)
        ];
        if (found.Length == 0)
        {
            throw new InvalidDataException($"'{folder}' holds no shard with the extension {format.Extension}.");
        }

        int count = found[0].Shards;
        int[] missing = [.. Enumerable.Range(0, count).Except(found.Where(shard => shard.Shards == count).Select(shard => shard.Index))];
        if (missing.Length > 0 || found.Length != count)
        {
            throw new InvalidDataException(
                $"'{folder}' holds {found.Length} records of {count} shards"
                    + (missing.Length > 0 ? $"; missing: {string.Join(", ", missing.Take(20))}" : "; some are of another division")
                    + ". Score what is missing, and delete what is of another division.");
        }

        foreach (ScoreShard shard in found)
        {
            RequireSameJob(folder, shard, found[0].Job);
            if (!IsSound(folder, shard))
            {
                throw new InvalidDataException(
                    $"'{shard.File}' in '{folder}' has not the checksum that was written with it: score shard {shard.Index} again.");
            }
        }

        string merged = Path.Combine(folder, MergedName + format.Extension);
        AtomicFile.Write(merged, stream => format.Merge([.. found.Select(shard => Path.Combine(folder, shard.File))], stream));
        Write(
            Path.Combine(folder, ManifestName),
            new Manifest(Path.GetFileName(merged), found.Sum(shard => (long)shard.Count), found.Sum(shard => shard.Skipped.Count), found));
        return merged;
    }

    /// <summary>The name of the file of a shard.</summary>
    internal static string NameOf(int index, int shards, ScoreFormat format)
        => string.Create(CultureInfo.InvariantCulture, $"shard-{index:D5}-of-{shards:D5}{format.Extension}");

    /// <summary>The record of a shard that is done, sound, and of the same job; null if it has to be scored.</summary>
    /// <exception cref="InvalidDataException">It is of another job.</exception>
    internal static ScoreShard? Done(string folder, string file, IReadOnlyDictionary<string, string> job)
    {
        string record = Path.Combine(folder, file + RecordExtension);
        if (!File.Exists(record))
        {
            return null;
        }

        ScoreShard shard = Read(record);
        RequireSameJob(folder, shard, job);
        return IsSound(folder, shard) ? shard with { WasDone = true } : null;
    }

    /// <summary>Writes a shard: the file, whole or not at all, and then its record.</summary>
    internal static ScoreShard Write(string folder, Action<Stream> write, Func<ScoreShard> describe)
    {
        ScoreShard planned = describe();
        string path = Path.Combine(folder, planned.File);
        File.Delete(path + RecordExtension);
        string sum = "";
        long bytes = 0;
        AtomicFile.Write(path, stream =>
        {
            using HashingStream hashed = new(stream);
            write(hashed);
            (sum, bytes) = (hashed.Sha256, hashed.Length);
        });
        ScoreShard shard = describe() with { Bytes = bytes, Sha256 = sum };
        Write(path + RecordExtension, shard);
        return shard;
    }

    private static void Write<T>(string path, T record)
        => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, record, Json));

    private static ScoreShard Read(string record)
    {
        JsonText.RequireReflection();
        try
        {
            if (new FileInfo(record).Length > LargestRecord)
            {
                throw new JsonException("it is too long");
            }

            ScoreShard? shard = JsonSerializer.Deserialize<ScoreShard>(File.ReadAllBytes(record));
            return shard is { File: not null, Sha256: not null, Job: not null, Skipped: not null }
                && Path.GetFileName(shard.File) == shard.File && Path.GetFileName(record) == shard.File + RecordExtension
                ? shard
                : throw new JsonException("a part is missing or wrong");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"The record '{record}' is damaged ({exception.Message}): delete it and score the shard again.", exception);
        }
    }

    private static bool IsSound(string folder, ScoreShard shard)
    {
        FileInfo file = new(Path.Combine(folder, shard.File));
        if (!file.Exists || file.Length != shard.Bytes)
        {
            return false;
        }

        using FileStream stream = file.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == shard.Sha256;
    }

    private static void RequireSameJob(string folder, ScoreShard shard, IReadOnlyDictionary<string, string> job)
    {
        if (Differences(shard.Job, job) is { Length: > 0 } differences)
        {
            throw new InvalidDataException(
                $"'{shard.File}' in '{folder}' is of another job: {string.Join("; ", differences)}. Choose another folder, or delete it.");
        }
    }

    /// <summary>In what a job differs from one that was begun, in words.</summary>
    internal static string[] Differences(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
        =>
        [
            .. now.Keys.Union(before.Keys)
                .Where(key => now.GetValueOrDefault(key) != before.GetValueOrDefault(key))
                .Select(key => $"{key} was {before.GetValueOrDefault(key, "not there")} and is {now.GetValueOrDefault(key, "not there")}"),
        ];

    private sealed record Manifest(string File, long Count, long Skipped, IReadOnlyList<ScoreShard> Shards);
}
