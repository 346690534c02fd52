namespace TransferLearning;

/// <summary>What a front end makes of sound: numbers in a row for each band, a column for each moment.</summary>
/// <param name="values">The numbers, band by band: [bands, count]. Kept, not copied.</param>
/// <param name="bands">The number of rows.</param>
/// <param name="count">The number of columns.</param>
public sealed class AudioFrames(float[] values, int bands, int count)
{
    private readonly float[] _values = values.Length == (long)bands * count
        ? values
        : throw new ArgumentException($"{bands} bands of {count} frames are not {values.Length} numbers.", nameof(values));

    /// <summary>The number of rows: frequencies, mel bands or coefficients.</summary>
    public int Bands => bands;

    /// <summary>The number of columns: moments.</summary>
    public int Count => count;

    /// <summary>The numbers, band by band: [<see cref="Bands"/>, <see cref="Count"/>]. What is written changes the frames.</summary>
    public Span<float> Values => _values;

    /// <summary>One number.</summary>
    public float this[int band, int frame] => Band(band)[frame];

    /// <summary>The row of one band, over time.</summary>
    public Span<float> Band(int band) => _values.AsSpan(band * count, count);

    /// <summary>The same, frame by frame: [count, bands], as Kaldi and some networks want them.</summary>
    public float[] Transposed()
    {
        float[] transposed = new float[_values.Length];
        for (int band = 0; band < bands; band++)
        {
            Span<float> row = Band(band);
            for (int frame = 0; frame < row.Length; frame++)
            {
                transposed[(frame * bands) + band] = row[frame];
            }
        }

        return transposed;
    }

    /// <summary>Exactly so many frames: what is too much is cut off, what lacks is filled at the end.</summary>
    /// <param name="length">The number of frames wanted.</param>
    /// <param name="value">What fills. Default: 0.</param>
    public AudioFrames PaddedTo(int length, float value = 0)
    {
        float[] padded = new float[bands * length];
        for (int band = 0; band < bands; band++)
        {
            Span<float> row = padded.AsSpan(band * length, length);
            row.Fill(value);
            Band(band)[..Math.Min(count, length)].CopyTo(row);
        }

        return new AudioFrames(padded, bands, length);
    }
}
