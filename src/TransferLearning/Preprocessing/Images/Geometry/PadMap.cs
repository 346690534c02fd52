namespace TransferLearning;

/// <summary>Adds pixels around an image.</summary>
internal sealed class PadMap(int left, int top, int right, int bottom, PaddingMode mode, PixelColor fill) : GeometricMap(fill: fill)
{
    public override BoundingBox MoveBox(BoundingBox box) => new(box.X1 + left, box.Y1 + top, box.X2 + left, box.Y2 + top);

    protected internal override ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill)
    {
        using (pixels)
        {
            ImagePixels result = pixels.Sized(checked(pixels.Width + left + right), checked(pixels.Height + top + bottom));
            if (pixels.IsDeep)
            {
                Fill<ulong>(pixels.DeepWords, pixels, result.DeepWords, result, fill.PackedDeep);
            }
            else
            {
                Fill<uint>(pixels.Words, pixels, result.Words, result, fill.Packed);
            }

            return result;
        }
    }

    private void Fill<T>(ReadOnlySpan<T> from, ImagePixels pixels, Span<T> to, ImagePixels result, T colour)
    {
        for (int y = 0; y < result.Height; y++)
        {
            int row = EdgeIndex.Of(y - top, pixels.Height, mode);
            Span<T> target = to.Slice(y * result.Width, result.Width);
            if (row < 0)
            {
                target.Fill(colour);
                continue;
            }

            ReadOnlySpan<T> source = from.Slice(row * pixels.Width, pixels.Width);
            source.CopyTo(target[left..]);
            PadSide(target[..left], source, -left, colour);
            PadSide(target[(left + source.Length)..], source, source.Length, colour);
        }
    }

    private void PadSide<T>(Span<T> target, ReadOnlySpan<T> source, int first, T colour)
    {
        for (int i = 0; i < target.Length; i++)
        {
            int column = EdgeIndex.Of(first + i, source.Length, mode);
            target[i] = column < 0 ? colour : source[column];
        }
    }
}
