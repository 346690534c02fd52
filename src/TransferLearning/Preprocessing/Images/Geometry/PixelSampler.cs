namespace TransferLearning;

/// <summary>Fills an image with what an affine or perspective map finds in another one, pixel for pixel as Pillow does, whose three ways to
/// step through an affine map (scaling, fixed point, floating point) round differently.</summary>
internal static class PixelSampler
{
    private const double FixedPointLimit = 32768.0;

    /// <summary>Takes ownership of the image. The map goes from the result to the image.</summary>
    public static ImagePixels Sample(ImagePixels image, int width, int height, PixelMap map, Interpolation interpolation, PixelColor fill)
    {
        using (image)
        {
            ImagePixels result = image.Sized(width, height);
            if (image.IsDeep)
            {
                result.DeepWords.Fill(fill.PackedDeep);
            }
            else
            {
                result.Words.Fill(fill.Packed);
            }

            switch (interpolation)
            {
                case Interpolation.Bilinear when image.IsDeep:
                    Bilinear<ushort>(image.Samples, image, result.Samples, result, map);
                    break;
                case Interpolation.Bilinear:
                    Bilinear<byte>(image.Bytes, image, result.Bytes, result, map);
                    break;
                case Interpolation.Nearest when !map.IsAffine:
                    Nearest(image, result, map);
                    break;
                case Interpolation.Nearest when map.Xy == 0 && map.Yx == 0:
                    NearestScaled(image, result, map);
                    break;
                case Interpolation.Nearest when FitsFixedPoint(map, width, height):
                    NearestFixedPoint(image, result, map);
                    break;
                case Interpolation.Nearest:
                    NearestStepped(image, result, map);
                    break;
                default:
                    result.Dispose();
                    throw new ArgumentOutOfRangeException(
                        nameof(interpolation), interpolation, "A rotated or warped image can be sampled Nearest or Bilinear.");
            }

            return result;
        }
    }

    private static bool FitsFixedPoint(PixelMap map, int width, int height)
    {
        foreach ((int x, int y) in new[] { (0, 0), (width, height), (0, height), (width, 0) })
        {
            (double mappedX, double mappedY) = map.At(x, y);
            if (Math.Abs(mappedX) >= FixedPointLimit || Math.Abs(mappedY) >= FixedPointLimit)
            {
                return false;
            }
        }

        return true;
    }

    private static void NearestScaled(ImagePixels image, ImagePixels result, PixelMap map)
    {
        int[] columns = new int[result.Width];
        double position = map.X0 + (map.Xx * 0.5);
        for (int x = 0; x < columns.Length; x++, position += map.Xx)
        {
            columns[x] = Cell(position);
        }

        position = map.Y0 + (map.Yy * 0.5);
        for (int y = 0; y < result.Height; y++, position += map.Yy)
        {
            int row = Cell(position);
            for (int x = 0; x < columns.Length; x++)
            {
                Put(result, x, y, image, columns[x], row);
            }
        }
    }

    private static void NearestFixedPoint(ImagePixels image, ImagePixels result, PixelMap map)
    {
        int stepXx = Fixed(map.Xx), stepXy = Fixed(map.Xy), stepYx = Fixed(map.Yx), stepYy = Fixed(map.Yy);
        int rowX = Fixed(map.X0 + (map.Xx * 0.5) + (map.Xy * 0.5));
        int rowY = Fixed(map.Y0 + (map.Yx * 0.5) + (map.Yy * 0.5));
        for (int y = 0; y < result.Height; y++)
        {
            int sourceX = rowX;
            int sourceY = rowY;
            for (int x = 0; x < result.Width; x++)
            {
                Put(result, x, y, image, sourceX >> 16, sourceY >> 16);
                sourceX = unchecked(sourceX + stepXx);
                sourceY = unchecked(sourceY + stepYx);
            }

            rowX = unchecked(rowX + stepXy);
            rowY = unchecked(rowY + stepYy);
        }
    }

    private static void NearestStepped(ImagePixels image, ImagePixels result, PixelMap map)
    {
        double rowX = map.X0 + (map.Xy * 0.5) + (map.Xx * 0.5);
        double rowY = map.Y0 + (map.Yy * 0.5) + (map.Yx * 0.5);
        for (int y = 0; y < result.Height; y++, rowX += map.Xy, rowY += map.Yy)
        {
            double sourceX = rowX;
            double sourceY = rowY;
            for (int x = 0; x < result.Width; x++, sourceX += map.Xx, sourceY += map.Yx)
            {
                Put(result, x, y, image, Cell(sourceX), Cell(sourceY));
            }
        }
    }

    private static void Nearest(ImagePixels image, ImagePixels result, PixelMap map)
    {
        for (int y = 0; y < result.Height; y++)
        {
            for (int x = 0; x < result.Width; x++)
            {
                (double sourceX, double sourceY) = map.At(x + 0.5, y + 0.5);
                Put(result, x, y, image, Cell(sourceX), Cell(sourceY));
            }
        }
    }

    private static void Bilinear<T>(ReadOnlySpan<T> from, ImagePixels image, Span<T> to, ImagePixels result, PixelMap map)
        where T : unmanaged, INumber<T>
    {
        for (int y = 0; y < result.Height; y++)
        {
            for (int x = 0; x < result.Width; x++)
            {
                (double sourceX, double sourceY) = map.At(x + 0.5, y + 0.5);
                if (!(sourceX >= 0 && sourceX < image.Width && sourceY >= 0 && sourceY < image.Height))
                {
                    continue;
                }

                int left = (int)Math.Floor(sourceX - 0.5);
                int top = (int)Math.Floor(sourceY - 0.5);
                double right = sourceX - 0.5 - left;
                double down = sourceY - 0.5 - top;
                int column = Math.Max(left, 0) * 4;
                int nextColumn = Math.Min(left + 1, image.Width - 1) * 4;
                int row = Math.Max(top, 0) * image.Stride;
                int nextRow = Math.Min(top + 1, image.Height - 1) * image.Stride;
                for (int channel = 0; channel < 3; channel++)
                {
                    double above = Between(At(from, row + column + channel), At(from, row + nextColumn + channel), right);
                    double below = Between(At(from, nextRow + column + channel), At(from, nextRow + nextColumn + channel), right);
                    to[(y * result.Stride) + (x * 4) + channel] = T.CreateTruncating(Between(above, below, down));
                }
            }
        }
    }

    private static double At<T>(ReadOnlySpan<T> samples, int index)
        where T : INumber<T> => double.CreateTruncating(samples[index]);

    private static double Between(double first, double second, double part) => (first * (1.0 - part)) + (second * part);

    private static void Put(ImagePixels result, int x, int y, ImagePixels image, int sourceX, int sourceY)
    {
        if ((uint)sourceX < (uint)image.Width && (uint)sourceY < (uint)image.Height)
        {
            (int target, int source) = ((y * result.Width) + x, (sourceY * image.Width) + sourceX);
            if (image.IsDeep)
            {
                result.DeepWords[target] = image.DeepWords[source];
            }
            else
            {
                result.Words[target] = image.Words[source];
            }
        }
    }

    private static int Cell(double position) => position < 0 ? -1 : (int)position;
    private static int Fixed(double value) => (int)Math.Floor((value * 65536.0) + 0.5);
}
