using System.Runtime.Intrinsics;

namespace TransferLearning;

/// <summary>Blurs an image with a Gaussian of a given size and width; the image is mirrored at its edges.</summary>
public sealed class GaussianBlur : ImageTransform
{
    private readonly int _size;
    private readonly double _sigma;
    private readonly float[] _kernel;

    /// <summary>Creates the transform.</summary>
    /// <param name="size">The width and height of the kernel in pixels; odd.</param>
    /// <param name="sigma">The standard deviation in pixels.</param>
    public GaussianBlur(int size, double sigma)
    {
        if (size <= 0 || size % 2 == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "The kernel's size must be odd and positive.");
        }

        if (!(sigma > 0) || !double.IsFinite(sigma))
        {
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "The standard deviation must be positive.");
        }

        _size = size;
        _sigma = sigma;
        _kernel = Kernel(size, (float)sigma);
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"GaussianBlur({_size},{_sigma:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        float[] across = new float[image.Bytes.Length];
        Across(image, across);
        Down(across, image);
        return image;
    }

    private void Across(ImagePixels image, Span<float> to)
    {
        int half = _size / 2;
        float[] row = new float[(image.Width + (2 * half)) * 4];
        for (int y = 0; y < image.Height; y++)
        {
            Span<byte> from = image.Bytes.Slice(y * image.Stride, image.Stride);
            for (int x = -half; x < image.Width + half; x++)
            {
                int source = EdgeIndex.Of(x, image.Width, PaddingMode.Reflect) * 4;
                for (int channel = 0; channel < 4; channel++)
                {
                    row[((x + half) * 4) + channel] = from[source + channel];
                }
            }

            for (int i = 0; i < image.Stride; i += 4)
            {
                Vector128<float> sum = Vector128<float>.Zero;
                for (int tap = 0; tap < _size; tap++)
                {
                    sum += Vector128.Create(_kernel[tap]) * Vector128.Create<float>(row.AsSpan(i + (tap * 4), 4));
                }

                sum.CopyTo(to.Slice((y * image.Stride) + i, 4));
            }
        }
    }

    private void Down(ReadOnlySpan<float> from, ImagePixels image)
    {
        int half = _size / 2;
        Span<float> levels = stackalloc float[4];
        for (int y = 0; y < image.Height; y++)
        {
            Span<byte> to = image.Bytes.Slice(y * image.Stride, image.Stride);
            for (int i = 0; i < image.Stride; i += 4)
            {
                Vector128<float> sum = Vector128<float>.Zero;
                for (int tap = 0; tap < _size; tap++)
                {
                    int row = EdgeIndex.Of(y + tap - half, image.Height, PaddingMode.Reflect);
                    sum += Vector128.Create(_kernel[tap]) * Vector128.Create(from.Slice((row * image.Stride) + i, 4));
                }

                sum.CopyTo(levels);
                for (int channel = 0; channel < 4; channel++)
                {
                    to[i + channel] = (byte)Math.Clamp(MathF.Round(levels[channel], MidpointRounding.ToEven), 0f, 255f);
                }
            }
        }
    }

    private static float[] Kernel(int size, float sigma)
    {
        float[] kernel = new float[size];
        for (int i = 0; i < size; i++)
        {
            float distance = (i - ((size - 1) * 0.5f)) / sigma;
            kernel[i] = MathF.Exp(-0.5f * distance * distance);
        }

        float sum = kernel.Sum();
        return Array.ConvertAll(kernel, weight => weight / sum);
    }
}
