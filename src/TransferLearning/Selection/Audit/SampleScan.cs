using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Reads samples once, in parallel, and measures what can be measured without a network.</summary>
/// <param name="codec">Decodes images.</param>
/// <param name="blankBelow">The deviation of grey levels below which an image is blank.</param>
internal sealed class SampleScan(IImageCodec codec, double blankBelow)
{
    // Silence to any ear: 80 dB below full scale.
    private const float Silence = 1e-4f;

    // Whether a sound is silent or damaged is decided by its beginning, so that one of a day does not fill the memory.
    private const int MostSeconds = 600;

    /// <summary>All samples of a set.</summary>
    public SampleFacts[] Run(Dataset dataset, int workers, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        SampleFacts[] facts = new SampleFacts[dataset.Count];
        int done = 0;
        ParallelOptions options = new() { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        Parallel.For(0, dataset.Count, options, index =>
        {
            facts[index] = Read(dataset, index);
            if (Interlocked.Increment(ref done) is var sofar && (sofar % 256 == 0 || sofar == dataset.Count))
            {
                progress?.Report(sofar);
            }
        });
        return facts;
    }

    private SampleFacts Read(Dataset dataset, int index)
    {
        try
        {
            Sample sample = dataset.Read(index);
            return sample.Input switch
            {
                EncodedImage encoded => OfImage(codec.Decode(encoded.Bytes, sample.Name), encoded.Bytes.Span),
                RawImage raw => OfImage(RawPixels.Widen(raw, sample.Name), []),
                EncodedAudio encoded => OfSound(encoded, sample.Name),
                RawAudio raw => OfSound(raw.Waveform, FeatureHash.OfContent(raw)),
                TextContent text => OfText(sample.Input, text.Text, text.Pair),
                WordsContent words => OfText(sample.Input, [.. words.Words]),
                QuestionContent question => OfText(sample.Input, question.Question, question.Context),
                _ => new SampleFacts { Content = FeatureHash.OfContent(sample.Input) },
            };
        }
        catch (Exception exception) when (SampleLoadException.IsAboutSample(exception))
        {
            return new SampleFacts { Problem = exception.Message };
        }
    }

    private SampleFacts OfImage(ImagePixels image, ReadOnlySpan<byte> file)
    {
        using (image)
        {
            XxHash128 hash = new();
            hash.Append(MemoryMarshal.AsBytes([image.Width, image.Height]));
            Append(hash, image.Bytes);
            ImageFacts facts = ImageFacts.Of(image, file);
            return new SampleFacts
            {
                Image = facts,
                Content = hash.GetCurrentHashAsUInt128(),
                Blank = facts.Deviation < blankBelow
                    ? string.Create(CultureInfo.InvariantCulture, $"its grey levels deviate by {facts.Deviation:F1} of 255 only")
                    : null,
            };
        }
    }

    // The fourth byte of a pixel means nothing.
    private static void Append(XxHash128 hash, Span<byte> pixels)
    {
        byte[] row = new byte[Math.Min(pixels.Length, 1 << 16)];
        while (!pixels.IsEmpty)
        {
            int count = Math.Min(pixels.Length, row.Length);
            pixels[..count].CopyTo(row);
            for (int i = 3; i < count; i += ImagePixels.BytesPerPixel)
            {
                row[i] = 0;
            }

            hash.Append(row.AsSpan(0, count));
            pixels = pixels[count..];
        }
    }

    private static SampleFacts OfSound(EncodedAudio encoded, string name)
    {
        using AudioReader reader = AudioFile.Open(encoded.Bytes, name);
        Waveform sound = reader.ReadWaveform((long)reader.SampleRate * MostSeconds, reader.SampleRate);
        SampleFacts facts = OfSound(sound, FeatureHash.OfContent(encoded));
        return facts with { Seconds = reader.Duration?.TotalSeconds ?? facts.Seconds };
    }

    private static SampleFacts OfSound(Waveform sound, UInt128? content)
    {
        float loudest = 0;
        foreach (float sample in sound.Samples.Span)
        {
            loudest = Math.Max(loudest, Math.Abs(sample));
        }

        return new SampleFacts
        {
            Content = content,
            Seconds = sound.Duration.TotalSeconds,
            Blank = loudest < Silence
                ? string.Create(CultureInfo.InvariantCulture, $"its loudest sample is {loudest:G2} of full scale")
                : null,
        };
    }

    private static SampleFacts OfText(SampleContent content, params string?[] parts)
    {
        StringBuilder words = new();
        bool hasWord = false;
        foreach (string? part in parts)
        {
            foreach (char letter in (part ?? "").Normalize(NormalizationForm.FormKC).ToUpperInvariant())
            {
                if (char.IsLetterOrDigit(letter)
                    || char.IsSurrogate(letter)
                    || char.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark)
                {
                    words.Append(letter);
                    hasWord = true;
                }
                else if (words.Length > 0 && words[^1] != ' ')
                {
                    words.Append(' ');
                }
            }

            words.Append('\n');
        }

        return new SampleFacts
        {
            Content = FeatureHash.OfContent(content),
            Words = hasWord ? XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(words.ToString())) : null,
            Blank = hasWord ? null : "it has no letter and no digit",
        };
    }
}
