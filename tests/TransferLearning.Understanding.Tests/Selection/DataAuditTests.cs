using TorchSharp;

namespace TransferLearning.Tests;

public sealed class DataAuditTests
{
    [Fact]
    public void A_clean_set_has_no_finding_and_says_what_was_not_checked()
    {
        AuditFindings findings = DataAudit.Run(AuditImages.Set(AuditImages.Usual(30)));
        Assert.Empty(findings);
        Assert.Equal(30, findings.SampleCount);
        Assert.Contains("they need a model", Assert.Single(findings.NotChecked), StringComparison.Ordinal);
        Assert.Contains("Not checked: labels", findings.ToString(), StringComparison.Ordinal);
        Assert.Equal([30, 0], findings.Balance!.Counts);
    }

    [Fact]
    public void Duplicates_are_the_later_samples_whatever_file_holds_the_same_pixels()
    {
        RawImage image = AuditImages.Waves(500);
        AuditFindings findings = DataAudit.Run(AuditImages.Set(
            [
                .. AuditImages.Usual(8),
                ("first", image),
                ("as png", new EncodedImage(AuditImages.Png(image))),
                ("compressed", new EncodedImage(AuditImages.Jpeg(image, 60))),
                ("larger", AuditImages.Waves(500, 160, 160)),
                ("another label b", image),
            ]));
        Finding exact = Assert.Single(findings.Of(FindingKind.ExactDuplicate));
        Assert.Equal(("as png", "first", FindingAction.Remove, 9), (exact.Name, exact.Other, exact.Action, exact.Index));
        Finding conflict = Assert.Single(findings.Of(FindingKind.LabelConflict));
        Assert.Equal(("another label b", FindingAction.Keep, "b"), (conflict.Name, conflict.Action, conflict.Label));
        Assert.Contains("labelled 'a' where this is 'b'", conflict.Message, StringComparison.Ordinal);
        Assert.Equal(["compressed", "larger"], findings.Of(FindingKind.NearDuplicate).Select(finding => finding.Name));
        Assert.All(findings.Of(FindingKind.NearDuplicate), near => Assert.InRange(near.Evidence, 0, 6));
        Assert.Equal(4, findings.Count);
    }

    [Fact]
    public void What_is_in_the_test_set_too_is_a_leak_and_the_copy_in_training_no_duplicate_besides()
    {
        RawImage image = AuditImages.Waves(500);
        using InMemoryDataset test = AuditImages.Set(("test 0", AuditImages.Waves(600)), ("test 1", image));
        using InMemoryDataset train = AuditImages.Set(
            [.. AuditImages.Usual(8), ("same", image), ("again", image), ("near", new EncodedImage(AuditImages.Jpeg(image, 60)))]);
        AuditFindings findings = DataAudit.Run(train, new AuditOptions { Test = test });
        Assert.Equal(["same", "again", "near"], findings.Select(finding => finding.Name));
        Assert.All(findings, finding => Assert.Equal((FindingKind.Leak, "test 1"), (finding.Kind, finding.Other)));
        Assert.Equal(8, train.Without(findings).Count);
    }

    [Fact]
    public void Odd_images_are_found_beside_usual_ones()
    {
        byte[] png = AuditImages.Png(AuditImages.Waves(9));
        using InMemoryDataset dataset = AuditImages.Set(
            [
                .. AuditImages.Usual(40),
                ("damaged", new EncodedImage(png.AsMemory(0, png.Length / 2))),
                ("no image", new EncodedImage("hello"u8.ToArray())),
                ("plain", AuditImages.Plain(77)),
                ("plain too", AuditImages.Plain(78)),
                ("tiny", AuditImages.Waves(51, 12, 12)),
                ("huge", AuditImages.Waves(52, 600, 600)),
                ("long", AuditImages.Waves(53, 256, 64)),
                ("dark", AuditImages.Waves(54, light: 0.12)),
                ("turned", new EncodedImage(WithOrientation(AuditImages.Jpeg(AuditImages.Waves(55), 95), 6))),
                ("grey", Grey()),
            ]);
        AuditFindings findings = DataAudit.Run(dataset);
        Assert.Equal(["damaged", "no image"], Names(FindingKind.Unreadable));
        Assert.All(findings.Of(FindingKind.Unreadable), finding => Assert.Equal(FindingAction.Remove, finding.Action));
        Assert.Equal(["plain", "plain too"], Names(FindingKind.Blank));
        Assert.Equal(["tiny", "huge"], Names(FindingKind.Size));
        Assert.Equal(["long"], Names(FindingKind.Aspect));
        Assert.Equal(["dark"], Names(FindingKind.Dark));
        Assert.Equal(["turned"], Names(FindingKind.Rotation));
        Assert.Equal(["grey"], Names(FindingKind.ColorMode));
        Assert.Empty(Names(FindingKind.NearDuplicate)); // images of one colour are not called alike
        Assert.Equal(1, findings.ColorModes["colour that is grey"]);
        Assert.Equal(48, dataset.Without(findings).Count);

        string[] Names(FindingKind kind) => [.. findings.Of(kind).Select(finding => finding.Name)];
    }

    [Fact]
    public void A_blurred_image_is_found_among_sharp_ones()
    {
        (string, SampleContent)[] sharp =
            [.. Enumerable.Range(0, 30).Select(i => ($"sharp {i}", (SampleContent)SmallSets.Image(i, i % 3)))];
        AuditFindings findings = DataAudit.Run(AuditImages.Set([.. sharp, ("soft", AuditImages.Waves(3, 32, 32))]));
        Finding soft = Assert.Single(findings);
        Assert.Equal((FindingKind.Blurred, "soft"), (soft.Kind, soft.Name));
    }

    [Fact]
    public void Channels_are_measured_over_all_pixels()
    {
        RawImage one = new(2, 1, new byte[] { 255, 0, 51, 255, 0, 51 }), other = new(1, 2, new byte[] { 0, 0, 102, 0, 255, 102 });
        (ChannelValues mean, ChannelValues deviation) = DataAudit.Run(AuditImages.Set(("x", one), ("y", other))).Channels!.Value;
        Assert.Equal((0.5f, 0.25f), (mean.Red, mean.Green));
        Assert.Equal(0.3f, mean.Blue, 1e-6f);
        Assert.Equal(0.5f, deviation.Red);
        Assert.Equal((float)Math.Sqrt(3.0 / 16), deviation.Green, 1e-6f);
        Assert.Equal(0.1f, deviation.Blue, 1e-6f);
    }

    [Fact]
    public void The_variance_of_the_Laplacian_is_that_of_inner_pixels()
    {
        using ImagePixels grey = ImageHash.Grey(RawPixels.Widen(AuditImages.Plain(10, 4), "plain"));
        grey.Bytes.Fill(10);
        Assert.Equal(0, ImageFacts.Laplacian(grey));
        grey.Bytes.Slice(grey.Stride + ImagePixels.BytesPerPixel, 3).Fill(14);
        Assert.Equal(((16.0 * 16) + (4 * 4) + (4 * 4)) / 4 - Math.Pow((-16 + 4 + 4) / 4.0, 2), ImageFacts.Laplacian(grey)!.Value, 1e-12);
        using ImagePixels thin = new(2, 9);
        Assert.Null(ImageFacts.Laplacian(thin));
    }

    [Fact]
    public void Wrong_labels_are_found_by_what_a_network_sees_and_damaged_samples_skipped()
    {
        int[] wrong = [4, 31];
        Sample[] samples =
        [
            .. Enumerable.Range(0, 60).Select(
                i => new Sample($"image {i}", wrong.Contains(i) ? (i + 1) % 3 : i % 3, SmallSets.Image(i, i % 3))),
            new Sample("damaged", 0, new EncodedImage(new byte[] { 1, 2, 3 })),
        ];
        using InMemoryDataset dataset = new(samples, SmallSets.Colours);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        List<AuditProgress> reports = [];
        AuditFindings findings = DataAudit.Run(
            model,
            dataset,
            new AuditOptions
            {
                Probe = new LogisticProbe { C = 100 },
                LabelIssues = LabelIssueMethod.PredictedDiffers, // of so few samples none but the strongest are confident
                FeatureSimilarity = null, // a network with fresh weights sees hardly any difference
            },
            new Immediate<AuditProgress>(reports.Add));
        Assert.Equal(wrong, findings.Of(FindingKind.LabelError).Select(finding => finding.Index).Order());
        Assert.All(findings.Of(FindingKind.LabelError), finding =>
        {
            Assert.Equal(SmallSets.Colours[(finding.Index + 1) % 3], finding.Label);
            Assert.Equal(SmallSets.Colours[finding.Index % 3], finding.SuggestedLabel);
            Assert.Equal(findings.LabelQuality![finding.Index], finding.Evidence);
            Assert.InRange(finding.Evidence, 0, 0.5);
        });
        Assert.Equal("damaged", Assert.Single(findings.Of(FindingKind.Unreadable)).Name);
        Assert.True(double.IsNaN(findings.LabelQuality![60]));
        Assert.Equal(58 / 60.0, findings.ProbeAgreement!.Value, 1e-12);
        Assert.Empty(findings.NotChecked);
        Assert.Equal(
            ["reading samples", "features", "duplicates", "neighbours", "labels"], reports.Select(report => report.Step).Distinct());

        AuditFindings relabel = findings.With(FindingKind.LabelError, FindingAction.Relabel);
        Dataset clean = dataset.Relabelled(relabel).Without(relabel);
        Assert.Equal(60, clean.Count);
        Assert.All(Enumerable.Range(0, 60), i => Assert.Equal(i % 3, clean.LabelOf(i)));
        Assert.Equal(2, ((ClassTarget)clean.Read(5).Target).Class);
        Assert.Throws<ArgumentException>(() => dataset.Take(30).Relabelled(relabel));
        Assert.Throws<ArgumentException>(() => findings.With(FindingKind.Unreadable, FindingAction.Relabel));
    }

    [Fact]
    public void Texts_of_the_same_words_are_near_duplicates()
    {
        AuditFindings findings = DataAudit.Run(AuditImages.Set(
            ("1", new TextContent("Who wrote Hamlet ?")), ("2", new TextContent("Where is Timbuktu?")),
            ("3", new TextContent("who wrote HAMLET?")),
            ("4", new TextContent("Who wrote Hamlet ?")), ("5", new TextContent(" -- ?")), ("6", new TextContent("who wrote", "Hamlet")),
            ("7", new WordsContent(["Who", "wrote"]))));
        Assert.Equal(
            [("5", FindingKind.Blank), ("4", FindingKind.ExactDuplicate), ("3", FindingKind.NearDuplicate)],
            findings.OrderBy(finding => -finding.Index).Select(finding => (finding.Name, finding.Kind)));
        Assert.Null(findings.Channels);
    }

    [Fact]
    public void Sounds_that_are_silent_cut_or_the_same_are_found()
    {
        SampleContent Tone(double seconds, float volume) => new RawAudio(
            new Waveform(Enumerable.Range(0, (int)(8000 * seconds)).Select(i => volume * MathF.Sin(i * 0.3f)).ToArray(), 8000));
        AuditFindings findings = DataAudit.Run(AuditImages.Set(
            ("a", Tone(1, 0.5f)), ("c", Tone(1.1, 0.5f)), ("d", Tone(0.9, 0.5f)), ("silent", Tone(1.2, 0)), ("cut", Tone(0.05, 0.5f)),
            ("same", Tone(1, 0.5f)), ("damaged", new EncodedAudio(new byte[] { 1, 2, 3 }))));
        Assert.Equal(
            [
                ("damaged", FindingKind.Unreadable), ("same", FindingKind.ExactDuplicate), ("silent", FindingKind.Blank),
                ("cut", FindingKind.Size),
            ],
            findings.Select(finding => (finding.Name, finding.Kind)));
    }

    [Fact]
    public void Samples_without_one_class_are_audited_but_for_their_labels()
    {
        using InMemoryDataset dataset = new(
            [.. Enumerable.Range(0, 6).Select(i => new Sample($"{i}", SmallSets.Image(i, i % 3), new NumberTarget(i)))], []);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        AuditFindings findings = DataAudit.Run(model, dataset, new AuditOptions { FeatureSimilarity = null });
        Assert.Contains("NumberTarget", Assert.Single(findings.NotChecked), StringComparison.Ordinal);
        Assert.Null(findings.LabelQuality);
        Assert.Null(findings.Balance);
    }

    [Fact]
    public void An_audit_can_be_cancelled_and_refuses_what_it_cannot_use()
    {
        using InMemoryDataset dataset = AuditImages.Set(AuditImages.Usual(5));
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => DataAudit.Run(dataset, cancellationToken: cancelled.Token));
        Assert.Throws<ArgumentException>(() => DataAudit.Run(dataset.Take(0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => DataAudit.Run(dataset, new AuditOptions { HashDistance = 33 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => DataAudit.Run(dataset, new AuditOptions { FeatureSimilarity = 1.5 }));
        Assert.Throws<ArgumentException>(
            () => DataAudit.Run(dataset, new AuditOptions { Features = new FeatureOptions { Communicator = new LoneCollective() } }));
    }

    [Fact]
    public void The_emoji_have_one_grey_animal_and_no_duplicates()
    {
        string zip = Path.Combine(AppContext.BaseDirectory, "Fixtures", "emoji.zip");
        using Dataset train = ImageFolder.Open(zip, "train");
        using Dataset test = ImageFolder.Open(zip, "val", train.ClassNames);
        using ImageModel model = Pretrained.Load(
            "resnet20", Path.Combine(AppContext.BaseDirectory, "Fixtures", "resnet20-cifar10.safetensors"));
        AuditFindings findings = DataAudit.Run(model, train, new AuditOptions { Test = test, Probe = new LogisticProbe { C = 0.1 } });
        Assert.Equal("train/animal/1f43a.png", Assert.Single(findings.Of(FindingKind.ColorMode)).Name);
        Assert.Empty(findings.Of(FindingKind.Unreadable, FindingKind.ExactDuplicate, FindingKind.Leak, FindingKind.Bright));
        Assert.InRange(findings.ProbeAgreement!.Value, 0.5, 0.8);
        Assert.Equal(5.2, findings.Balance!.Ratio!.Value, 0.05);
    }

    [Theory]
    [InlineData(ActiveStrategy.Margin)]
    [InlineData(ActiveStrategy.Entropy)]
    [InlineData(ActiveStrategy.CoreSet)]
    public void The_next_samples_to_label_have_no_labels_yet_and_pass_the_network_once(ActiveStrategy strategy)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Sample[] samples =
        [
            .. Enumerable.Range(0, 12).Select(i => new Sample($"image {i}", SmallSets.Image(i, i % 3), NoTarget.Instance)),
            new Sample("damaged", new EncodedImage(new byte[] { 1, 2, 3 }), NoTarget.Instance),
        ];
        using InMemoryDataset pool = new(samples, ["none"]);
        using FeatureCache cache = new();
        ActiveOptions options = new()
        {
            Labelled = [0, 5, 11],
            Features = new FeatureOptions { Cache = cache, OnBadSample = BadSampleHandling.Skip },
        };
        IReadOnlyList<int> next = ActiveSelection.Next(model, pool, 4, strategy, options);
        Assert.Equal(4, next.Distinct().Count());
        Assert.DoesNotContain(next, sample => sample is 0 or 5 or 11 or 12);
        Assert.Equal(next, ActiveSelection.Next(model, pool, 4, strategy, options, new Immediate<int>(_ => { })));
        Assert.Throws<ArgumentOutOfRangeException>(() => ActiveSelection.Next(model, pool, 10, strategy, options));
        Assert.Throws<ArgumentException>(() => ActiveSelection.Next(model, pool, 1, strategy, options with { Labelled = [13] }));
    }

    [Fact]
    public void The_smallest_margin_of_a_models_predictions_comes_first()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Dataset pool = SmallSets.Images(9, SmallSets.Colours);
        int expected = Enumerable.Range(0, 9).MinBy(i =>
        {
            IReadOnlyList<ClassScore> scores = model.Predict(SmallSets.Image(i, i % 3)).Scores;
            return scores[0].Probability - scores[1].Probability;
        });
        Assert.Equal(expected, ActiveSelection.Next(model, pool, 1)[0]);
        Assert.Throws<ArgumentException>(() => ActiveSelection.Next(model.For(new Regression()), pool, 1));
    }

    // An APP1 segment with nothing but the orientation, behind the start of the image.
    private static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] tiff = [.. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(tiff.Length + 2), .. tiff, .. jpeg[2..]];
    }

    private static RawImage Grey()
    {
        RawImage image = AuditImages.Waves(56);
        byte[] levels = image.Rgb.ToArray();
        return image with { Rgb = levels.Select((_, i) => levels[i / 3 * 3]).ToArray() };
    }
}
