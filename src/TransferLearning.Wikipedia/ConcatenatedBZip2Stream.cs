using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;

namespace TransferLearning.Wikipedia;

/// <summary>Unpacks a bzip2 file of one or many streams, one behind the other as in the "multistream" dumps, in constant memory.</summary>
/// <param name="input">The file; disposed with the stream.</param>
/// <param name="path">Its path, for messages.</param>
internal sealed class ConcatenatedBZip2Stream(Stream input, string path) : InputStream(input)
{
    private BZip2InputStream? _current;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            while (buffer.Length > 0 && (_current is not null || Begin()))
            {
                int read = _current!.Read(buffer);
                if (read > 0)
                {
                    return read;
                }

                _current.Dispose();
                _current = null;
            }

            return 0;
        }
        catch (Exception exception)
            when (exception is SharpZipBaseException or EndOfStreamException or IndexOutOfRangeException or OverflowException)
        {
            string problem = exception is EndOfStreamException ? "ends in the middle of the data" : $"is damaged: {exception.Message}";
            throw new DatasetException($"'{path}' {problem} (near byte {Input.Position} of {Input.Length}). Download it again.", exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current?.Dispose();
        }

        base.Dispose(disposing);
    }

    // The package takes what does not begin as bzip2 for the end of the data.
    private bool Begin()
    {
        Span<byte> magic = stackalloc byte[3];
        int read = Input.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (read == 0)
        {
            return false;
        }

        if (!magic[..read].SequenceEqual("BZh"u8))
        {
            throw new SharpZipBaseException("something else than bzip2 data follows");
        }

        Input.Position -= read;
        _current = new BZip2InputStream(Input) { IsStreamOwner = false };
        return true;
    }
}
