namespace TransferLearning.Tests;

public sealed class SpectrogramModelTests
{
    [Fact]
    public void A_network_for_images_learns_sounds_and_is_the_same_after_saving()
    {
        InMemoryDataset tones = Tones.Classes(4);
        using ImageModel model = ImageModel.Create("resnet20", 3).OnSpectrograms(new LogMelImage { Seconds = 0.3 });
        model.FineTune(tones, new AdamW(0.005), new FineTuneOptions { Epochs = 20, BatchSize = 6, Workers = 0 });
        Assert.True(model.Evaluate(tones).Of<ClassificationReport>().Accuracy > 0.9);

        using TemporaryFolder folder = new();
        model.Save(folder.File("tones.tl"));
        WavFile.Write(folder.File("high.wav"), Tones.Tone(3400, 4000));
        using ImageModel again = ImageModel.Load(folder.File("tones.tl"));
        Assert.Equal((32, 32, 0.3), (again.Spectrograms!.Height, again.Spectrograms.Width, again.Spectrograms.Seconds));
        Assert.Equal("high", again.Predict(folder.File("high.wav")).ClassName);
        Assert.Equal(model.Predict(folder.File("high.wav")).Scores, again.Predict(folder.File("high.wav")).Scores);
    }

    [Fact]
    public void The_lowest_band_is_the_lowest_row_and_silence_is_dark()
    {
        SpectrogramPreprocessor preprocessor = new(
            new LogMelImage { Seconds = 0.2, Height = 16, Width = 8, Mean = [0, 0, 0], Std = [1, 1, 0.5f] });
        float[] low = Image(Tones.Tone(200, 3200)), high = Image(Tones.Tone(6000, 3200)), half = Image(Tones.Tone(200, 1000));
        Assert.InRange(Brightest(low), 13, 15);
        Assert.InRange(Brightest(high), 0, 3);
        Assert.InRange(low.Max(), 1.99f, 2.01f); // the third channel, whose deviation is a half
        Assert.True(half[(15 * 8) + 7] < 0.1 && half[14 * 8] > 0.5);

        float[] Image(Waveform sound)
        {
            float[] image = new float[3 * 16 * 8];
            SeededRandom none = new(0);
            preprocessor.Apply(new Sample("tone", new RawAudio(sound), NoTarget.Instance), ref none, image);
            return image;
        }

        static int Brightest(float[] image) => Enumerable.Range(0, 16).MaxBy(row => image.AsSpan(row * 8, 8).ToArray().Sum());
    }

    [Fact]
    public void Augmentations_are_for_training_alone()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
        AudioPreprocessor louder = model.Preprocessor.Augmented([new RandomGain(6, 12)]);
        Assert.False(louder.IsDeterministic);
        Assert.NotEqual(model.Preprocessor.Fingerprint, louder.Fingerprint);
        Assert.Equal(model.Preprocessor.Fingerprint, louder.EvaluationForm.Fingerprint);
        InMemoryDataset tones = Tones.Classes(2);
        model.FineTune(tones, new AdamW(0.01), new FineTuneOptions { Epochs = 1, Workers = 0, Preprocessor = louder, Validation = tones });
        Assert.Throws<ArgumentException>(() => model.Preprocessor.Augmented([], [new SpecAugment()]));
    }
}
