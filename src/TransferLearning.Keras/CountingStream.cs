using System.Runtime.CompilerServices;

namespace TransferLearning.Keras;

/// <summary>A read-only stream that counts what is read through it: numbers that did not pass here came from another file.</summary>
/// <param name="inner">The file; disposed with this stream.</param>
internal sealed class CountingStream(Stream inner) : Stream
{
    public long BytesRead { get; private set; }

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => inner.Length;
    public override long Position { get => inner.Position; set => inner.Position = value; }

    public override int Read(Span<byte> buffer)
    {
        // A damaged file can send its reader in circles; an exception ends only the reading, a full stack the process.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int got = inner.Read(buffer);
        BytesRead += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
