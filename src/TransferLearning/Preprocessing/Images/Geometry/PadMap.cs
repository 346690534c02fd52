namespace TransferLearning;

/// <summary>Adds pixels around an image.</summary>
internal sealed class PadMap(int left, int top, int right, int bottom, PaddingMode mode, PixelColor fill) : GeometricMap(fill: fill)
{
    public override BoundingBox MoveBox(BoundingBox box) => new(box.X1 + left, box.Y1 + top, box.X2 + left, box.Y2 + top);

    protected internal override ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill)
    {
        using (pixels)
        {
            ImagePixels result = new(checked(pixels.Width + left + right), checked(pixels.Height + top + bottom));
            Span<uint> from = MemoryMarshal.Cast<byte, uint>(pixels.Bytes);
            Span<uint> to = MemoryMarshal.Cast<byte, uint>(result.Bytes);
            for (int y = 0; y < result.Height; y++)
            {
                int row = EdgeIndex.Of(y - top, pixels.Height, mode);
                Span<uint> target = to.Slice(y * result.Width, result.Width);
                if (row < 0)
                {
                    target.Fill(fill.Packed);
                    continue;
                }

                Span<uint> source = from.Slice(row * pixels.Width, pixels.Width);
                source.CopyTo(target[left..]);
                PadSide(target[..left], source, -left, fill);
                PadSide(target[(left + source.Length)..], source, source.Length, fill);
            }

            return result;
        }
    }

    private void PadSide(Span<uint> target, ReadOnlySpan<uint> source, int first, PixelColor fill)
    {
        for (int i = 0; i < target.Length; i++)
        {
            int column = EdgeIndex.Of(first + i, source.Length, mode);
            target[i] = column < 0 ? fill.Packed : source[column];
        }
    }
}
