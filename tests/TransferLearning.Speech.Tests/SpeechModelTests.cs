using TorchSharp;

namespace TransferLearning.Tests;

public sealed class SpeechModelTests
{
    private static readonly FineTuneOptions Short = new() { Epochs = 12, BatchSize = 6, Workers = 0 };

    [Fact]
    public void A_fine_tuned_model_knows_its_classes_and_is_the_same_after_saving()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
        InMemoryDataset tones = Tones.Classes();
        TrainingHistory history = model.FineTune(tones, new AdamW(0.01), Short with { Validation = tones });
        EvaluationResult result = model.Evaluate(tones);
        Assert.Equal(1, result.Of<ClassificationReport>().Accuracy);
        Assert.True(history.Epochs[^1].Loss < 0.3 * history.Epochs[0].Loss);
        Assert.Equal(["low", "middle", "high"], model.ClassNames);

        using TemporaryFolder folder = new();
        model.Save(folder.Path);
        using SpeechModel again = Assert.IsType<SpeechModel>(TransferModel.Load(folder.Path));
        Waveform sound = ((RawAudio)tones.Read(4).Input).Waveform;
        Assert.Equal("middle", again.Predict(sound).ClassName);
        Assert.Equal(model.Predict(sound).Scores, again.Predict(sound).Scores);
        Assert.Equal(model.Preprocess, again.Preprocess);
    }

    [Fact]
    public void A_recogniser_learns_to_write_words_and_is_the_same_after_saving()
    {
        InMemoryDataset words = Tones.Words();
        CtcVocabulary vocabulary = CtcVocabulary.FromTranscripts(words);
        using SpeechModel model = Trained();
        RecognitionReport report = model.Evaluate(words).Of<RecognitionReport>();
        Assert.Equal((0L, 24L), (report.Words.Edits, report.Words.ReferenceUnits));
        Assert.Equal((0L, 72L), (report.Characters.Edits, report.Characters.ReferenceUnits));

        using TemporaryFolder folder = new();
        model.Save(folder.Path);
        using SpeechModel again = SpeechModel.Load(folder.Path);
        Assert.Equal(new CtcRecognition(vocabulary), again.LearningTask);
        Assert.Equal(model.Evaluate(words).Loss, again.Evaluate(words).Loss);
    }

    [Fact]
    public void A_frozen_backbone_is_heard_once()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
        float[] before = Weights(model, "stem.weight");
        model.Probe(Tones.Classes(), new AdamW(0.05), Short);
        Assert.Equal(before, Weights(model, "stem.weight"));
        Assert.True(model.Evaluate(Tones.Classes()).Of<ClassificationReport>().Accuracy > 0.9);

        using FeatureSet features = model.ExtractFeatures(Tones.Classes());
        Assert.Equal([24L, 24L], features.Features.shape);
    }

    [Fact]
    public void Low_rank_weights_train_alone_and_travel_by_themselves()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new Classification(3))
            .WithLora(new LoraOptions { Rank = 2, Targets = ["layer"] });
        float[] before = Weights(model, "stem.weight");
        InMemoryDataset tones = Tones.Classes();
        model.FineTune(tones, new AdamW(0.02), Short);
        Assert.Equal(before, Weights(model, "stem.weight"));

        using TemporaryFolder folder = new();
        model.SaveAdapter(folder.Path);
        using SpeechModel again = SpeechModel.Create(ToySpeech.Config(), new Classification(3)).LoadAdapter(folder.Path);
        Assert.Equal(model.Evaluate(tones).Loss, again.Evaluate(tones).Loss);
    }

    [Fact]
    public void A_run_in_two_pieces_equals_one_in_one_piece()
    {
        FineTuneOptions options = Short with { Epochs = 3 };
        InMemoryDataset words = Tones.Words(12);
        CtcRecognition task = new(CtcVocabulary.FromTranscripts(words));
        using SpeechModel whole = SpeechModel.Create(ToySpeech.Config(), task);
        whole.FineTune(words, new AdamW(0.01), options);

        using TemporaryFolder folder = new();
        FineTuneOptions pieces = options with { Checkpoints = new CheckpointPolicy(folder.Path) { EverySteps = 1 } };
        using (SpeechModel first = SpeechModel.Create(ToySpeech.Config(), task))
        {
            using CancellationTokenSource source = new();
            Stop stop = new(source, step: 3);
            TrainingHistory history = first.FineTune(
                words, new AdamW(0.01), pieces with { ReportEvery = 1 }, folder.Path, stop, source.Token);
            Assert.Equal(StopReason.Cancelled, history.StopReason);
        }

        using SpeechModel second = SpeechModel.Create(ToySpeech.Config(), task);
        second.FineTune(words, new AdamW(0.01), pieces, folder.Path);
        Assert.Equal(Weights(whole, "layer.weight"), Weights(second, "layer.weight"));
        Assert.Equal(Weights(whole, "lm_head.weight"), Weights(second, "lm_head.weight"));
    }

    [Fact]
    public void A_recipe_with_methods_and_an_average_equals_itself_in_pieces_for_sounds_too()
    {
        InMemoryDataset tones = Tones.Classes(8);
        FineTuneOptions Options() => Short with
        {
            Epochs = 3,
            Recipe = new LpFtRecipe(),
            Methods = [new L2Sp(0.01), new BatchSpectralShrinkage()],
            Average = new ExponentialMovingAverage(0.9),
        };
        using SpeechModel whole = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
        float[] before = Weights(whole, "stem.weight");
        whole.FineTune(tones, new AdamW(0.01), Options());
        Assert.NotEqual(before, Weights(whole, "stem.weight"));

        using SpeechModel plain = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
        plain.FineTune(tones, new AdamW(0.01), Options() with { Methods = [] });
        Assert.NotEqual(Weights(plain, "stem.weight"), Weights(whole, "stem.weight"));

        using TemporaryFolder folder = new();
        for (int runs = 1; ; runs++)
        {
            using SpeechModel piece = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
            using CancellationTokenSource source = new();
            Stop stop = new(source, step: 5);
            TrainingHistory history = piece.FineTune(
                tones, new AdamW(0.01), Options() with { ReportEvery = 1 }, folder.Path, stop, source.Token);
            if (history.StopReason == StopReason.Completed)
            {
                Assert.True(runs > 1);
                Assert.Equal(Weights(whole, "stem.weight"), Weights(piece, "stem.weight"));
                Assert.Equal(Weights(whole, "layer.weight"), Weights(piece, "layer.weight"));
                return;
            }
        }
    }

    [Fact]
    public void Another_vocabulary_gives_a_new_head_and_the_same_one_keeps_it()
    {
        CtcVocabulary letters = CtcVocabulary.FromTranscripts(Tones.Words());
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new CtcRecognition(letters));
        float[] head = Weights(model, "lm_head.weight");
        model.For(new CtcRecognition(letters));
        Assert.Equal(head, Weights(model, "lm_head.weight"));
        CtcVocabulary turned = new([.. letters.Tokens.Reverse()]);
        model.For(new CtcRecognition(turned));
        Assert.NotEqual(head, Weights(model, "lm_head.weight"));
        model.ReplaceHead(2);
        Assert.Equal(2, model.Classes);
    }

    [Fact]
    public void The_feature_encoder_is_frozen_alone()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new Classification(3)).FreezeFeatureEncoder();
        float[] stem = Weights(model, "stem.weight"), layer = Weights(model, "layer.weight");
        model.FineTune(Tones.Classes(2), new AdamW(0.01), Short with { Epochs = 1 });
        Assert.Equal(stem, Weights(model, "stem.weight"));
        Assert.NotEqual(layer, Weights(model, "layer.weight"));
    }

    [Fact]
    public void Sounds_that_cannot_be_learned_from_are_named()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new CtcRecognition(new(["<pad>", "|", "a", "b"])));
        Refused(new RawAudio(new Waveform(Array.Empty<float>(), 16_000)), "a", "no samples");
        Refused(new RawAudio(new Waveform(new float[] { 0, float.NaN, 0 }, 16_000)), "a", "NaN or infinity");
        Refused(new RawAudio(Tones.Tone(300, 160)), "ab" + "a", "needs 3 frames, and the sound gives 2");
        Refused(new RawAudio(Tones.Tone(300, 160)), "aa", "needs 3 frames, and the sound gives 2");
        Refused(new RawAudio(Tones.Tone(300, 1600)), "axb", "'x', which is not in the vocabulary");
        model.WithMaximumLength(0.05);
        Refused(new RawAudio(Tones.Tone(300, 1600)), "ab", "longer than the longest allowed");

        void Refused(RawAudio sound, string transcript, string reason)
        {
            InMemoryDataset one = new([new Sample("noise.wav", sound, new TextTarget(transcript))], []);
            SampleLoadException error = Assert.Throws<SampleLoadException>(
                () => model.FineTune(one, new AdamW(0.01), new FineTuneOptions { Workers = 0 }));
            Assert.Contains("'noise.wav'", error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_single_sample_silence_and_full_volume_are_sounds()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
        foreach (Waveform sound in new[]
        {
            new Waveform(new float[] { 0.5f }, 16_000),
            new Waveform(new float[4000], 16_000),
            new Waveform(Enumerable.Range(0, 4000).Select(i => i % 40 < 20 ? 1f : -1f).ToArray(), 16_000),
        })
        {
            Assert.Equal(1, model.Predict(sound).Scores.Sum(score => score.Probability), 5);
        }
    }

    [Fact]
    public void A_learning_rate_is_found_and_everything_put_back()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new Classification(3));
        float[] before = Weights(model, "layer.weight");
        LearningRateCurve curve = model.FindLearningRate(Tones.Classes(), new AdamW(0.01), new LearningRateFinderOptions { Steps = 10 });
        Assert.NotEmpty(curve.Points);
        Assert.Equal(before, Weights(model, "layer.weight"));
    }

    [Fact]
    public async Task A_long_file_is_written_in_windows_as_if_it_were_heard_at_once()
    {
        using SpeechModel model = Trained();
        string[] said = ["abc", "dab", "cab", "bad", "add", "dad", "cbd", "aab"];
        List<float> samples = [];
        foreach (string word in said)
        {
            samples.AddRange(Tones.Spoken(word).Samples.ToArray());
            samples.AddRange(Tones.Silence(28_000).Samples.ToArray()); // a pause that separates pieces
        }

        Waveform sound = new(samples.ToArray(), Tones.Rate);
        TranscribeOptions windows = new() { Window = TimeSpan.FromSeconds(1.1), Overlap = TimeSpan.FromSeconds(0.3) };
        Transcription whole = model.Transcribe(sound);
        Assert.Equal(string.Join(' ', said), whole.Text);
        Assert.Equal(said.Length, whole.Segments.Count);
        Assert.All(whole.Segments, (segment, i) => Assert.Equal(i * 1.88, segment.Start.TotalSeconds, 0.05));
        Transcription parts = model.Transcribe(sound, windows);
        Assert.Equal(whole.Segments.Select(Place), parts.Segments.Select(Place));
        Assert.Equal(whole.Text, model.Transcribe(sound, windows with { Beams = 8, Words = said }).Text);

        using TemporaryFolder folder = new();
        WavFile.Write(folder.File("eight channels.wav"), new Waveform(new Resampling(16_000, 32_000).Apply(sound.Samples.Span), 32_000), 8);
        List<string> heard = [];
        await foreach (
            TranscriptionSegment segment in model.TranscribeAsync(
                folder.File("eight channels.wav"), windows, TestContext.Current.CancellationToken))
        {
            heard.Add(segment.Text);
        }

        Assert.Equal(said, heard);

        static (TimeSpan, TimeSpan, string) Place(TranscriptionSegment segment) => (segment.Start, segment.End, segment.Text);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task An_hour_of_sound_is_written_in_parts_with_little_memory()
    {
        const int LargestHeap = 32 << 20; // all samples of the hour take 230 MB
        using SpeechModel model = Trained();
        using TemporaryFolder folder = new();
        float[] minute = Tones.Silence(60 * Tones.Rate).Samples.ToArray();
        Tones.Spoken("abc").Samples.CopyTo(minute);
        float[] hour = new float[60 * minute.Length];
        for (int i = 0; i < 60; i++)
        {
            minute.CopyTo(hour, i * minute.Length);
        }

        WavFile.Write(folder.File("hour.wav"), new Waveform(hour, Tones.Rate), 1);
        hour = [];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        List<TranscriptionSegment> heard = [];
        await foreach (
            TranscriptionSegment segment in model.TranscribeAsync(
                folder.File("hour.wav"), new TranscribeOptions(), TestContext.Current.CancellationToken))
        {
            heard.Add(segment);
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, LargestHeap);
        }

        Assert.Equal(60, heard.Count);
        Assert.All(heard, segment => Assert.Equal("abc", segment.Text));
        Assert.All(heard, (segment, i) => Assert.Equal(60 * i, segment.Start.TotalSeconds, 0.1));
    }

    [Fact]
    public void Files_that_are_no_sound_or_cut_off_are_named()
    {
        using SpeechModel model = SpeechModel.Create(ToySpeech.Config(), new CtcRecognition(new(["<pad>", "|", "a"])));
        using TemporaryFolder folder = new();
        byte[] whole = WavFile.Bytes(Tones.Tone(500, 20_000));
        (string Name, byte[] Bytes)[] files =
        [
            ("empty.wav", []), ("text.wav", "no sound at all"u8.ToArray()), ("cut.wav", whole[..(whole.Length / 2)]),
            ("image.mp3", [0x89, 0x50, 0x4E, 0x47]),
        ];
        foreach ((string name, byte[] bytes) in files)
        {
            File.WriteAllBytes(folder.File(name), bytes);
            MediaException error = Assert.Throws<MediaException>(() => model.Transcribe(folder.File(name)));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        }

        Assert.Throws<MediaException>(() => model.Transcribe(folder.File("missing.wav")));
        Assert.Equal("", model.Transcribe(new Waveform(Array.Empty<float>(), 16_000)).Text);
        Assert.Contains(
            "Language cannot be used by a recogniser with CTC",
            Assert.Throws<ArgumentException>(() => model.Transcribe(Tones.Tone(500, 900), new() { Language = "en" })).Message,
            StringComparison.Ordinal);
    }

    private static SpeechModel Trained()
    {
        // Half of them with pauses, so that it learns that nothing is said in these.
        InMemoryDataset words = new([.. Enumerable.Range(0, 48).Select(i => Tones.Word(i / 2, pause: i % 2 * 1_600))], []);
        SpeechModel model = SpeechModel.Create(
            ToySpeech.Config(),
            new CtcRecognition(CtcVocabulary.FromTranscripts(words)),
            new AudioPreprocess { Normalizes = false }); // pauses would make the tones louder
        model.FineTune(words, new AdamW(0.01), Short with { Epochs = 80 });
        return model;
    }

    private static float[] Weights(SpeechModel model, string name)
    {
        using torch.Tensor copy = model.Module.State().First(entry => entry.Key == name).Value.detach().clone();
        return [.. copy.data<float>()];
    }

    private sealed class Stop(CancellationTokenSource source, int step) : IProgress<TrainingProgress>
    {
        private int _reports;

        public void Report(TrainingProgress value)
        {
            if (++_reports == step)
            {
                source.Cancel();
            }
        }
    }
}
