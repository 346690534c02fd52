namespace TransferLearning.Wikipedia;

/// <summary>Passes XML through and refuses it where no tag begins for too long: an XML reader holds names, attributes and the like as a
/// whole, and a hostile file must not fill memory with them.</summary>
/// <param name="input">The XML; disposed with the stream.</param>
/// <param name="path">Its path, for messages.</param>
/// <param name="limit">How many bytes may follow without a '&lt;'.</param>
internal sealed class TagDistanceStream(Stream input, string path, long limit) : InputStream(input)
{
    private long _distance;

    public override int Read(Span<byte> buffer)
    {
        int read = Input.Read(buffer);
        int last = buffer[..read].LastIndexOf((byte)'<');
        _distance = last < 0 ? _distance + read : read - last;
        return _distance <= limit
            ? read
            : throw new DatasetException(
                $"'{path}' has more than {limit} bytes without a tag. "
                + "It is not a dump of a wiki, or raise the limit of a page in the options.");
    }
}
