using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Damaged files are read or refused; nothing else ever happens.</summary>
public sealed class CheckpointFuzzTests
{
    private const int TimeLimit = 60_000;
    private const int MutationsPerFile = 50;
    private const long AllocationLimit = 16 << 20;

    [Theory(Timeout = TimeLimit)]
    [InlineData("torch_zip")]
    [InlineData("torch_legacy")]
    [InlineData("safetensors")]
    [InlineData("torchscript")]
    public Task A_damaged_file_is_read_or_refused(string form) => Task.Run(() => Fuzz(form), TestContext.Current.CancellationToken);

    private static void Fuzz(string form)
    {
        using TemporaryFolder folder = new();
        using JsonDocument index = ParityFolder.Json("checkpoints/index.json");
        Random random = new(20_240_601);
        string path = folder.File("damaged");
        int refused = 0;
        foreach (JsonElement file in index.RootElement.GetProperty("files").EnumerateArray())
        {
            if (file.GetProperty("format").GetString() != form
                || file.GetProperty("expect").GetString() == "error"
                || file.GetProperty("bytes").GetInt64() > 20_000)
            {
                continue;
            }

            byte[] sound = File.ReadAllBytes(ParityFolder.File("checkpoints/" + file.GetProperty("file").GetString()));
            for (int i = 0; i < MutationsPerFile && sound.Length > 0; i++)
            {
                File.WriteAllBytes(path, Damage(random, sound));
                long before = GC.GetAllocatedBytesForCurrentThread();
                refused += Refuses(path) ? 1 : 0;
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationLimit);
            }
        }

        Assert.InRange(refused, 20, int.MaxValue);
    }

    private static byte[] Damage(Random random, byte[] sound)
    {
        byte[] bytes = [.. sound];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = random.Next(2) == 0 ? byte.MaxValue : byte.MinValue;
                    break;
                case 3:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill(byte.MaxValue);
                    break;
                default:
                    bytes = random.Next(4) == 0 && at > 0
                        ? bytes[..at]
                        : [.. bytes.AsSpan(0, at), (byte)random.Next(256), .. bytes.AsSpan(at)];
                    break;
            }
        }

        return bytes;
    }

    private static bool Refuses(string path)
    {
        try
        {
            using StateDict weights = StateDict.Open(path, new CheckpointOptions { VerifyChecksums = false });
            foreach (TensorEntry entry in weights.Entries)
            {
                weights.Read(entry.Name).Dispose();
            }

            return false;
        }
        catch (CheckpointException)
        {
            return true;
        }
    }
}
