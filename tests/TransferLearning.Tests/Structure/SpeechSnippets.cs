namespace TransferLearning.Tests;

/// <summary>The code blocks of the page on speech, where the compiler sees them.</summary>
internal static class SpeechSnippets
{
    public static void Sound()
    {
        // snippet: sound-read
        Waveform speech = AudioFile.Read(
            "interview.mp3", sampleRate: 16_000, start: TimeSpan.FromMinutes(5), duration: TimeSpan.FromSeconds(30));
        AudioFrames whisper = new WhisperLogMel().Compute(speech.Samples.Span); // 80 bands, 3,000 frames
        // end

        // snippet: sound-front-end
        AudioFrontEnd logMel = new MelSpectrogram { HopLength = 160, MelBands = 80 }.Then(new LogarithmScale());
        // end

        _ = (whisper, logMel);
    }

    public static void Sentence(string folder)
    {
        // snippet: speech-sentence
        using Dataset recordings = AudioFolder.Open("recordings.zip"); // a folder inside for each class
        using SpeechModel model = Pretrained.Wav2Vec2(folder).ReplaceHead(recordings.ClassNames.Count).FreezeFeatureEncoder();
        model.FineTune(recordings, new AdamW(3e-5));
        Prediction command = model.Predict("someone.flac");
        model.Save("commands");
        using SpeechModel again = SpeechModel.Load("commands");
        // end

        _ = command;
    }

    public static void Recognition(string folder, string listing)
    {
        // snippet: speech-recognition
        using Dataset spoken = AudioList.Open(listing, new AudioListOptions { Text = "sentence" }); // a header with path and sentence
        (Dataset training, Dataset validation) = spoken.Split(0.9, seed: 1);
        CtcVocabulary letters = CtcVocabulary.FromTranscripts(spoken);
        using SpeechModel model = Pretrained.Wav2Vec2(folder).For(new CtcRecognition(letters)).FreezeFeatureEncoder();
        model.FineTune(training, new AdamW(1e-4), new FineTuneOptions
        {
            Epochs = 20,
            BatchSize = 8,
            Validation = validation, // the epoch with the smallest word error rate is kept
            Schedule = new WarmupSchedule(new PolynomialSchedule(), length: 500),
            Preprocessor = model.Preprocessor.Augmented([new RandomGain(), new AddedNoise()]),
        });
        RecognitionReport report = model.Evaluate(validation).Of<RecognitionReport>();
        Console.WriteLine($"words {report.Words.Rate:P1}, characters {report.Characters.Rate:P1}");
        // end
    }

    public static async Task Transcribing(string folder, string whisper, SpeechModel recogniser)
    {
        // snippet: speech-transcribe
        using SpeechModel writer = Pretrained.Whisper(whisper);
        string text = writer.Transcribe("meeting.wav").Text;
        TranscribeOptions translating = new() { Language = "de", Translate = true, Beams = 5 };
        Transcription english = writer.Transcribe("besprechung.mp3", translating);
        await foreach (TranscriptionSegment segment in writer.TranscribeAsync("lecture.ogg"))
        {
            Console.WriteLine(segment); // [00:00:00.00 - 00:00:04.20] Good morning.
        }

        TranscribeOptions beams = new() { Beams = 50, LanguageModel = NGramModel.FromFile("english.arpa"), LanguageWeight = 0.6 };
        Console.WriteLine(recogniser.Transcribe("interview.flac", beams));
        // end

        _ = (folder, text, english);
    }

    public static void WhisperTuning(string whisper, Dataset spoken)
    {
        // snippet: speech-whisper
        using SpeechModel model = Pretrained.Whisper(whisper).WithLanguage("de").WithLora(rank: 8, alpha: 16);
        model.FineTune(spoken, new AdamW(1e-4)); // sounds of up to 30 seconds with what is said in them
        model.SaveAdapter("german");
        // end
    }

    public static void Images()
    {
        // snippet: speech-images
        using Dataset birds = AudioFolder.Open("birds");
        using ImageModel model = Pretrained.ResNet18().OnSpectrograms(new LogMelImage { Seconds = 5 }).ReplaceHead(birds.ClassNames.Count);
        model.FineTune(birds, new AdamW(1e-4));
        Console.WriteLine(model.Predict("garden.wav").ClassName);
        // end
    }
}
