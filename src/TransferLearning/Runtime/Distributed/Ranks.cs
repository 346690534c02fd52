using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TorchSharp;

namespace TransferLearning;

/// <summary>
/// The processes of a job as the library sees them: what one of them throws between two collective calls is kept, travels with the next
/// call, and ends all of them with its message. A process alone pays nothing.
/// </summary>
/// <param name="collective">What connects them; null, or one of size 1, is a process alone.</param>
internal sealed class Ranks(ICollective? collective)
{
    private const long PieceBytes = 1L << 30;
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly ICollective? _collective = collective is { Size: > 1 } ? collective : null;
    private Exception? _failure;
    private bool _isOver;

    /// <summary>Whether there is no other process.</summary>
    public bool IsAlone => _collective is null;

    /// <summary>Whether this process logs, reports and writes.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>The number of this process.</summary>
    public int Rank => _collective?.Rank ?? 0;

    /// <summary>How many there are.</summary>
    public int Size => _collective?.Size ?? 1;

    /// <summary>Which batches this process takes.</summary>
    public RankShard Shard => new(Rank, Size);

    /// <summary>What connects the processes.</summary>
    /// <exception cref="InvalidOperationException">There is only one.</exception>
    public ICollective Collective => _collective ?? throw new InvalidOperationException("This process is alone.");

    /// <summary>Whether this process has failed and the others do not know yet.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>Does work of this process; an exception is kept for the next collective call. After a failure nothing is done.</summary>
    public void Guard(Action work)
    {
        if (_collective is null)
        {
            work();
            return;
        }

        try
        {
            if (_failure is null)
            {
                work();
            }
        }
        catch (Exception exception) when (!_isOver)
        {
            _failure = exception;
        }
    }

    /// <summary>Throws where a process has failed: in each its message.</summary>
    public void Check() => Any(false);

    /// <summary>Whether something holds in any process.</summary>
    public bool Any(bool holds)
    {
        if (_collective is null)
        {
            return holds;
        }

        long[] counts = [holds ? 1 : 0, HasFailed ? 1 : 0];
        _collective.AllReduce(counts.AsSpan());
        if (counts[1] > 0)
        {
            ThrowFailure();
        }

        return counts[0] > 0;
    }

    /// <summary>The bytes of every process, which may differ in length.</summary>
    public byte[][] GatherBytes(ReadOnlySpan<byte> own)
    {
        if (_collective is null)
        {
            return [own.ToArray()];
        }

        Check();
        return GatherAll(own);
    }

    /// <summary>The value of every process, as JSON.</summary>
    public T[] Gather<T>(T own)
    {
        return _collective is null
            ? [own]
            : [.. GatherBytes(JsonSerializer.SerializeToUtf8Bytes(own, Json)).Select(bytes => JsonSerializer.Deserialize<T>(bytes, Json)!)];
    }

    /// <summary>The value of the first process, as JSON; those of the others do not matter.</summary>
    public T FromFirst<T>(T own)
    {
        if (_collective is null)
        {
            return own;
        }

        Check();
        byte[] bytes = IsFirst ? JsonSerializer.SerializeToUtf8Bytes(own, Json) : [];
        long[] length = [bytes.Length];
        _collective.Broadcast(MemoryMarshal.AsBytes(length.AsSpan()), 0);
        Array.Resize(ref bytes, checked((int)length[0]));
        _collective.Broadcast(bytes, 0);
        return JsonSerializer.Deserialize<T>(bytes, Json)!;
    }

    /// <summary>Overwrites tensors of the same shapes and types by those of the first process.</summary>
    public void Broadcast(IEnumerable<torch.Tensor> tensors)
    {
        if (_collective is null)
        {
            return;
        }

        Check();
        using IDisposable guard = torch.no_grad();
        foreach (torch.Tensor tensor in tensors)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor copy = tensor.detach().cpu().contiguous();
            ForEachPiece(copy, piece => _collective.Broadcast(piece, 0));
            if (!IsFirst)
            {
                tensor.copy_(copy);
            }
        }
    }

    /// <summary>Calls an action with the bytes of a flat or contiguous tensor on the CPU, a gibibyte at a time.</summary>
    public static void ForEachPiece(torch.Tensor tensor, SpanAction action)
    {
        using torch.Tensor flat = tensor.view(-1);
        long step = PieceBytes / flat.ElementSize;
        for (long start = 0; start < flat.NumberOfElements; start += step)
        {
            using torch.Tensor piece = flat.narrow(0, start, Math.Min(step, flat.NumberOfElements - start));
            action(piece.bytes);
        }
    }

    /// <summary>Throws the failures that a collective call reported: in each process its own, or that of the first that failed.</summary>
    public void ThrowFailure()
    {
        Exception? own = _failure;
        _isOver = true; // what is thrown now, all know
        byte[][] messages = GatherAll(own is null ? [] : Encoding.UTF8.GetBytes(Shown(own)));
        if (own is not null)
        {
            ExceptionDispatchInfo.Throw(own);
        }

        int rank = Array.FindIndex(messages, message => message.Length > 0);
        if (Encoding.UTF8.GetString(messages[rank]).StartsWith(nameof(OperationCanceledException), StringComparison.Ordinal))
        {
            throw new OperationCanceledException($"Process {rank} of {Size} was cancelled, which ends all.");
        }

        throw new CollectiveException(rank, $"Process {rank} of {Size} failed, which ends all. {Encoding.UTF8.GetString(messages[rank])}");
    }

    private static string Shown(Exception exception)
    {
        string name = exception is OperationCanceledException ? nameof(OperationCanceledException) : exception.GetType().Name;
        return $"{name}: {exception.Message}";
    }

    private byte[][] GatherAll(ReadOnlySpan<byte> own)
    {
        byte[] length = new byte[sizeof(long)], lengths = new byte[sizeof(long) * Size];
        BinaryPrimitives.WriteInt64LittleEndian(length, own.Length);
        Collective.AllGather(length, lengths);
        long[] all = [.. MemoryMarshal.Cast<byte, long>(lengths)];
        int longest = (int)all.Max();
        if (longest == 0)
        {
            return [.. all.Select(_ => Array.Empty<byte>())];
        }

        byte[] padded = new byte[longest], row = new byte[checked(longest * Size)];
        own.CopyTo(padded);
        Collective.AllGather(padded, row);
        return [.. all.Select((count, rank) => row.AsSpan(rank * longest, (int)count).ToArray())];
    }

    /// <summary>Works on bytes in place.</summary>
    public delegate void SpanAction(Span<byte> bytes);
}
