using System.Globalization;
using System.Text;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>The rule by which weights and inputs of the goldens are filled (Fixtures/Parity/README.md, "The fill rule").</summary>
internal sealed class ParityFill(string salt, double gain, IReadOnlyDictionary<string, double>? multipliers = null)
{
    public static ulong Fnv1a64(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in bytes)
        {
            hash = unchecked((hash ^ b) * 0x100000001B3);
        }

        return hash;
    }

    public static ulong SplitMix64(ulong x)
    {
        unchecked
        {
            ulong z = x + 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    public static string WordChecksum(ReadOnlySpan<float> values)
    {
        ulong sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum = unchecked(sum + ((BitConverter.SingleToUInt32Bits(values[i]) + 1UL) * ((2UL * (ulong)i) + 1)));
        }

        return sum.ToString("x16", CultureInfo.InvariantCulture);
    }

    public static string WordChecksum(ReadOnlySpan<long> values)
    {
        ulong sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum = unchecked(sum + (((ulong)values[i] + 1UL) * ((2UL * (ulong)i) + 1)));
        }

        return sum.ToString("x16", CultureInfo.InvariantCulture);
    }

    public ulong Seed(string name) => Fnv1a64(Encoding.UTF8.GetBytes($"{salt}/{name}"));

    /// <summary>The kind that a tensor's name and rank give it; "keep" is what the architecture itself computes.</summary>
    public static string Kind(string name, int rank, bool isInteger)
    {
        string last = name[(name.LastIndexOf('.') + 1)..];
        return last switch
        {
            "num_batches_tracked" => "zero",
            "relative_coords_table" => "keep",
            _ when isInteger => "keep",
            "running_mean" => "small",
            "running_var" or "layer_scale" or "logit_scale" => "scale",
            "masked_spec_embed" => "small",
            "class_token" or "pos_embedding" or "relative_position_bias_table" => "unit",
            _ when last.EndsWith("bias", StringComparison.Ordinal) => "small",
            _ when last.EndsWith("weight", StringComparison.Ordinal) => rank == 1 ? "scale" : "matrix",
            _ => throw new InvalidDataException($"No fill kind for '{name}'."),
        };
    }

    public float[] Values(string name, string kind, long[] shape)
    {
        float[] values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        ulong seed = Seed(name);
        float bound = kind == "matrix" ? (float)Math.Sqrt(gain / shape.Skip(1).Aggregate(1L, (product, size) => product * size)) : 0;
        float factor = multipliers is not null && multipliers.TryGetValue(name, out double multiplier) ? (float)multiplier : 1;
        for (int i = 0; i < values.Length; i++)
        {
            float c = Cell(seed, (ulong)i);
            float value = kind switch
            {
                "small" => c * 0.1f,
                "scale" => Add(c * 0.5f, 1.0f),
                "unit" => c,
                "matrix" => c * bound,
                _ => 0,
            };
            values[i] = factor == 1 ? value : value * factor;
        }

        return values;
    }

    /// <summary>Fills every tensor of a network's state.</summary>
    public void Fill(IEnumerable<KeyValuePair<string, torch.Tensor>> state)
    {
        using (torch.no_grad())
        {
            foreach ((string name, torch.Tensor tensor) in state)
            {
                string kind = Kind(name, (int)tensor.dim(), !tensor.is_floating_point());
                if (kind == "zero")
                {
                    tensor.zero_();
                }
                else if (kind != "keep")
                {
                    Values(name, kind, tensor.shape).CopyTo(NativeFloats.Of(tensor));
                }
            }
        }
    }

    public torch.Tensor Input(string name, long[] shape)
    {
        (long n, long channels, long height, long width) = (shape[0], shape[1], shape[2], shape[3]);
        float[] values = new float[n * channels * height * width];
        (ulong grid, ulong fine) = (Seed($"inputgrid:{name}"), Seed($"input:{name}"));
        long flat = 0;
        for (long image = 0; image < n; image++)
        {
            for (long channel = 0; channel < channels; channel++)
            {
                for (long y = 0; y < height; y++)
                {
                    for (long x = 0; x < width; x++, flat++)
                    {
                        long cell = (((((image * 3) + channel) * 4) + (y * 4 / height)) * 4) + (x * 4 / width);
                        values[flat] = Add(Cell(grid, (ulong)cell) * 1.5f, Cell(fine, (ulong)flat));
                    }
                }
            }
        }

        return torch.tensor(values, shape);
    }

    private static float Cell(ulong seed, ulong i) => ((int)(SplitMix64(unchecked(seed + i)) >> 40) - (1 << 23)) * (1f / (1 << 23));

    // Kept apart so that multiplication and addition stay two roundings.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static float Add(float a, float b) => a + b;
}
