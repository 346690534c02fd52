using System.Diagnostics;

namespace TransferLearning.Tests;

/// <summary>Feeds damaged files to a parser and watches: only its own errors, bounded memory, and an end to every input.</summary>
internal sealed class FuzzRun(FuzzTarget target, int seed)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private byte[] _input = [];
    private long _began;
    private Exception? _fault;

    /// <summary>How many inputs were read, and how many of them were refused.</summary>
    public (int Inputs, int Refused) Done { get; private set; }

    /// <summary>Runs so many inputs, or as many as the time allows.</summary>
    /// <exception cref="InvalidOperationException">An input broke a promise; the message says how and holds the input.</exception>
    public void Run(int count, TimeSpan time)
    {
        using TemporaryFolder folder = new();
        // A thread of its own: one that hangs can be left behind, and a small stack shows a parser that descends too far.
        Thread worker = new(() => Work(folder, count, time), 1 << 20) { IsBackground = true };
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
        worker.Start();
        while (!worker.Join(TimeSpan.FromMilliseconds(500)))
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref _began)) > Longest)
            {
                throw Broken("did not end", null);
            }
        }

        if (_fault is not null)
        {
            throw _fault;
        }
    }

    private void Work(TemporaryFolder folder, int count, TimeSpan time)
    {
        try
        {
            Random random = new(seed);
            IReadOnlyList<byte[]> seeds = target.Prepare(folder);
            string path = folder.File(target.FileName);
            foreach (byte[] sound in seeds)
            {
                Volatile.Write(ref _input, sound);
                File.WriteAllBytes(path, sound);
                target.Read(path); // a seed that is refused would test nothing
            }

            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count && Stopwatch.GetElapsedTime(start) < time; i++)
            {
                byte[] input = FuzzMutation.Of(seeds, random);
                if (random.Next(4) != 0)
                {
                    target.Repair?.Invoke(input);
                }

                Feed(path, input);
            }
        }
        catch (Exception exception)
        {
            _fault = exception;
        }
    }

    private void Feed(string path, byte[] input)
    {
        Volatile.Write(ref _input, input);
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
        File.WriteAllBytes(path, input);
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isRefused = false;
        try
        {
            target.Read(path);
        }
        catch (Exception exception) when (Array.Exists(target.Allowed, type => type.IsInstanceOfType(exception)))
        {
            isRefused = true;
        }
        catch (Exception exception)
        {
            throw Broken($"threw {exception.GetType().Name} ({exception.Message})", exception);
        }

        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Done = (Done.Inputs + 1, Done.Refused + (isRefused ? 1 : 0));
        if (taken > target.AllocationLimit)
        {
            throw Broken($"took {taken} bytes of memory, more than {target.AllocationLimit}", null);
        }
    }

    private InvalidOperationException Broken(string how, Exception? exception)
    {
        byte[] input = Volatile.Read(ref _input);
        string kept = Path.Combine(
            Path.GetTempPath(),
            $"fuzz-{target.Name.Replace(' ', '-')}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(kept, input);
        return new InvalidOperationException(
            $"{target.Name}, input {Done.Inputs} of seed {seed}, {how}. The input of {input.Length} bytes is in '{kept}'.", exception);
    }
}
