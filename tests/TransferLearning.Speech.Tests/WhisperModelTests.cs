namespace TransferLearning.Tests;

public sealed class WhisperModelTests
{
    private static readonly TranscribeOptions Plain = new()
    {
        Timestamps = false,
        Language = "en",
        Temperatures = [0],
        NoSpeechThreshold = null,
        ConditionOnPreviousText = false,
    };

    [Fact]
    public void A_fine_tuned_whisper_writes_what_it_heard_and_is_the_same_after_saving()
    {
        using TemporaryFolder folder = new();
        TinyWhisper.Write(folder.Path);
        using SpeechModel model = Pretrained.Whisper(folder.Path);
        InMemoryDataset words = Tones.Words(4);
        SequenceToSequence task = Assert.IsType<SequenceToSequence>(model.LearningTask);
        Assert.Equal((257, 256), (task.Start, task.End));
        Assert.Equal([258, 261, 265], task.Prompt); // English, transcribe, no times
        TrainingHistory history = model.FineTune(
            words, new AdamW(0.01), new FineTuneOptions { Epochs = 150, BatchSize = 4, Workers = 0 });
        Assert.True(history.Epochs[^1].Loss < 0.05, $"The loss is {history.Epochs[^1].Loss}.");
        for (int i = 0; i < words.Count; i++)
        {
            Transcription written = model.Transcribe(((RawAudio)words.Read(i).Input).Waveform, Plain);
            Assert.Equal((words.NameOf(i), "en"), (written.Text, written.Language));
        }

        using TemporaryFolder saved = new();
        model.Save(saved.Path);
        using SpeechModel again = SpeechModel.Load(saved.Path);
        Assert.Equal(task.Prompt, ((SequenceToSequence)again.LearningTask).Prompt);
        Assert.Equal(model.Preprocess, again.Preprocess);
        Assert.Equal(model.Evaluate(words).Loss, again.Evaluate(words).Loss);
        Waveform sound = ((RawAudio)words.Read(2).Input).Waveform;
        Assert.Equal(model.Transcribe(sound, Plain with { Beams = 3 }).Text, again.Transcribe(sound, Plain with { Beams = 3 }).Text);
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    public async Task A_sound_is_written_down_with_weights_of_fewer_bits(Precision precision)
    {
        using TemporaryFolder folder = new();
        TinyWhisper.Write(folder.Path, width: 256);
        using SpeechModel model = Pretrained.Whisper(folder.Path);
        RoundedWeights.Apply(model.Module, precision);
        Waveform sound = Tones.Tone(500, TinyWhisper.Window);
        string file = folder.File("sound.wav");
        WavFile.Write(file, sound);
        Transcription plain = model.Transcribe(sound, Plain), beams = model.Transcribe(sound, Plain with { Beams = 2 });
        LinesLogger logger = new();
        model.WithPrecision(precision, logger);
        Assert.Equal(plain.Text, model.Transcribe(sound, Plain).Text);
        Assert.Equal(beams.Text, model.Transcribe(sound, Plain with { Beams = 2 }).Text);
        List<string> parts = [];
        await foreach (TranscriptionSegment part in model.TranscribeAsync(file, Plain, TestContext.Current.CancellationToken))
        {
            parts.Add(part.Text);
        }

        Assert.Equal(plain.Text, string.Join(' ', parts));
        Assert.Matches($"^.* writes with its weights in ({precision}|float32: with those in {precision} it would not be .*)$",
            Assert.Single(logger.Lines));
    }

    [Fact]
    public void A_vocabulary_that_whisper_cpp_does_not_know_is_refused_and_nothing_is_written()
    {
        using TemporaryFolder folder = new();
        TinyWhisper.Write(folder.Path);
        using SpeechModel model = Pretrained.Whisper(folder.Path);
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => model.ExportGgml(folder.File("tiny.bin")));
        Assert.Contains("51864", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("tiny.bin")));
    }

    [Fact]
    public async Task Long_sounds_are_written_window_by_window()
    {
        using TemporaryFolder folder = new();
        TinyWhisper.Write(folder.Path);
        using SpeechModel model = Pretrained.Whisper(folder.Path);
        Waveform sound = Tones.Tone(500, (3 * TinyWhisper.Window) + 100);
        TranscribeOptions options = new() { Temperatures = [0, 0.5], NoSpeechThreshold = null, BestOf = 2 };
        Transcription written = model.Transcribe(sound, options);
        Assert.Equal(written.Segments.Select(segment => segment.Start), written.Segments.Select(segment => segment.Start).Order());
        Assert.All(written.Segments, segment => Assert.InRange(segment.End, segment.Start, sound.Duration + TimeSpan.FromSeconds(0.2)));
        Assert.Contains(written.Language, new[] { "en", "de" });
        Assert.Equal(written.Segments, model.Transcribe(sound, options).Segments); // the samples depend on the seed alone

        string file = folder.File("sound.wav");
        WavFile.Write(file, sound);
        List<TranscriptionSegment> parts = [];
        await foreach (TranscriptionSegment part in model.TranscribeAsync(file, options, TestContext.Current.CancellationToken))
        {
            parts.Add(part);
        }

        Assert.Equal(written.Segments.Count, parts.Count);
    }

    [Fact]
    public void Pieces_are_cut_at_pairs_of_times()
    {
        using TemporaryFolder folder = new();
        TinyWhisper.Write(folder.Path);
        using SpeechModel model = Pretrained.Whisper(folder.Path);
        WhisperTranscriber transcriber = new(model.Module, model.Preprocessor, new TranscribeOptions(), Device.Cpu);
        int time = TinyWhisper.FirstTime;

        // Two whole pieces and the beginning of a third one: the next window begins with it.
        (IReadOnlyList<(double Start, double End, int[] Tokens)> pieces, int used) =
            transcriber.Cut([time, 97, time + 3, time + 3, 98, time + 6, time + 6, 99], TinyWhisper.Window);
        Assert.Equal([(0, 0.06), (0.06, 0.12)], pieces.Select(piece => (Math.Round(piece.Start, 6), Math.Round(piece.End, 6))));
        Assert.Equal(6 * 320, used);

        // A last single time ends the last piece, and nothing follows in the window.
        (pieces, used) = transcriber.Cut([time, 97, time + 3, time + 4, 98, time + 6], TinyWhisper.Window);
        Assert.Equal(2, pieces.Count);
        Assert.Equal(TinyWhisper.Window, used);

        (pieces, used) = transcriber.Cut([97, 98], TinyWhisper.Window);
        Assert.Equal((0, 0.2, TinyWhisper.Window), (pieces.Single().Start, pieces.Single().End, used));
    }

    [Fact]
    public void Options_that_a_whisper_cannot_follow_are_refused()
    {
        using TemporaryFolder folder = new();
        TinyWhisper.Write(folder.Path);
        using SpeechModel model = Pretrained.Whisper(folder.Path);
        Waveform sound = Tones.Tone(500, 1000);
        Assert.Contains(
            "knows de, en", Assert.Throws<ArgumentException>(() => model.Transcribe(sound, Plain with { Language = "xx" })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Words cannot be used with Whisper",
            Assert.Throws<ArgumentException>(() => model.Transcribe(sound, Plain with { Words = ["a"] })).Message,
            StringComparison.Ordinal);
        Assert.Equal([259, 260, 265], ((SequenceToSequence)model.WithLanguage("de", translate: true).LearningTask).Prompt);
        SampleLoadException tooLong = Assert.Throws<SampleLoadException>(
            () => model.FineTune(
                new InMemoryDataset([new Sample("long", new RawAudio(Tones.Tone(500, 4000)), new TextTarget("abc"))], []),
                new AdamW(0.01),
                new FineTuneOptions { Workers = 0 }));
        Assert.Contains("longer than the longest allowed", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whisper_becomes_a_classifier()
    {
        using TemporaryFolder folder = new();
        TinyWhisper.Write(folder.Path);
        using SpeechModel model = Pretrained.Whisper(folder.Path).ReplaceHead(3).FreezeBackbone();
        model.FineTune(Tones.Classes(2), new AdamW(0.01), new FineTuneOptions { Epochs = 2, BatchSize = 3, Workers = 0 });
        Assert.Equal(3, model.Predict(Tones.Tone(300, 2000)).Scores.Count);
        Assert.Contains("does not write", Assert.Throws<InvalidOperationException>(
            () => model.Transcribe(Tones.Tone(300, 2000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spectrogram_transformer_learns_classes_and_is_the_same_after_saving()
    {
        using SpeechModel model = SpeechModel.Create(TinySpeech.Spectrogram, new Classification(3));
        InMemoryDataset tones = Tones.Classes(3);
        model.FineTune(tones, new AdamW(0.01), new FineTuneOptions { Epochs = 2, BatchSize = 3, Workers = 0 });
        using TemporaryFolder folder = new();
        model.Save(folder.Path);
        using SpeechModel again = Pretrained.SpectrogramTransformer(folder.Path);
        Assert.Equal(model.Preprocess, again.Preprocess);
        Assert.Equal(model.Evaluate(tones).Loss, again.Evaluate(tones).Loss);
    }
}
