using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Every case and field of Fixtures/Parity/methods/mixing.json, by the types that training uses.</summary>
[Trait("Category", "Parity")]
public sealed class MixingParityTests : IDisposable
{
    private readonly JsonDocument _document = ParityFolder.Json("methods/mixing.json");
    private readonly DisposeScope _scope = NewDisposeScope();

    private JsonElement Root => _document.RootElement;

    private GoldenNumbers Numbers => new(Root.GetProperty("salt").GetString()!);

    private long[] Shape => [.. GoldenNumbers.Ints(Root.GetProperty("shape")).Select(size => (long)size)];

    private int Classes => Root.GetProperty("classes").GetInt32();

    private Tensor Pixels => Numbers.Centred("mix:x", Shape);

    private Tensor OneHot => nn.functional
        .one_hot(tensor(GoldenNumbers.Ints(Root.GetProperty("labels")).Select(label => (long)label).ToArray()), Classes).to(float64);

    private long[] Order => [.. GoldenNumbers.Ints(Root.GetProperty("permutation")).Select(place => (long)place)];

    [Fact]
    public void Every_part_of_the_golden_is_known()
    {
        Assert.Equal("parity-mixing/1", Root.GetProperty("schema").GetString());
        Known(
            Root, "schema", "salt", "definition", "shape", "classes", "labels", "permutation", "mixup", "cutmix", "erasing_sizes",
            "erasing", "augmix", "augmentation_image_size", "augmentation_spaces", "autoaugment_policies");
        double[] uniform = Numbers.Uniform("mix:perm", Order.Length);
        Assert.Equal(Order, Enumerable.Range(0, Order.Length).OrderBy(i => uniform[i]).Select(i => (long)i));
    }

    [Fact]
    public void Mixup_equals_the_reference()
    {
        foreach (JsonElement golden in Root.GetProperty("mixup").EnumerateArray())
        {
            Known(golden, "lambda", "target_smoothing", "expected");
            using SampleMixture mixture = SampleMixture.Of(Order, golden.GetProperty("lambda").GetDouble());
            Known(golden.GetProperty("expected"), "pixels", "targets");
            GoldenNumbers.Equal(golden.GetProperty("expected").GetProperty("pixels"), mixture.Apply(Pixels));
            Tensor targets = mixture.Mean(OneHot);
            double smoothing = golden.TryGetProperty("target_smoothing", out JsonElement share) ? share.GetDouble() : 0;
            Tensor smoothed = targets.mul(1 - smoothing).add(smoothing / Classes);
            GoldenNumbers.Equal(golden.GetProperty("expected").GetProperty("targets"), smoothed);

            // Smoothing is the loss's: it gives what smoothing before mixing gives.
            Tensor logits = Numbers.Centred("mix:logits", Shape[0], Classes).mul(3);
            Assert.Equal(
                new CrossEntropyLoss().Compute(logits, smoothed).item<double>(),
                new CrossEntropyLoss(smoothing).Compute(logits, targets).item<double>(),
                1e-12);
        }
    }

    [Fact]
    public void CutMix_equals_the_reference()
    {
        foreach (JsonElement golden in Root.GetProperty("cutmix").EnumerateArray())
        {
            Known(golden, "rule", "lambda", "centre", "box_y0_y1_x0_x1", "adjusted_lambda", "targets", "pixels", "changed");
            Assert.Contains(golden.GetProperty("rule").GetString(), new[] { "timm", "torchvision" }); // the same boxes
            int[] centre = GoldenNumbers.Ints(golden.GetProperty("centre"));
            (long top, long bottom, long left, long right) = SampleMixture.Box(
                Shape[2], Shape[3], golden.GetProperty("lambda").GetDouble(), centre[0], centre[1]);
            Assert.Equal(
                GoldenNumbers.Ints(golden.GetProperty("box_y0_y1_x0_x1")).Select(end => (long)end), [top, bottom, left, right]);
            using SampleMixture mixture = SampleMixture.OfBox(Order, (top, bottom, left, right), Shape[2] * Shape[3]);
            Assert.Equal(golden.GetProperty("adjusted_lambda").GetDouble(), mixture.Share, 1e-11);
            Tensor mixed = mixture.Apply(Pixels);
            GoldenNumbers.Equal(golden.GetProperty("pixels"), mixed);
            Assert.Equal(golden.GetProperty("changed").GetInt64(), mixed.ne(Pixels).sum().item<long>());
            Tensor expected = GoldenNumbers.Table(GoldenNumbers.Rows(golden.GetProperty("targets")));
            Assert.True(mixture.Mean(OneHot).allclose(expected, 0, 1e-11));
        }
    }

    [Fact]
    public void Boxes_that_are_erased_have_the_sizes_of_the_reference()
    {
        foreach (JsonElement golden in Root.GetProperty("erasing_sizes").EnumerateArray())
        {
            Known(golden, "area_fraction", "aspect_ratio", "height", "width", "accepted");
            double share = golden.GetProperty("area_fraction").GetDouble(), ratio = golden.GetProperty("aspect_ratio").GetDouble();
            (int Width, int Height) size = (golden.GetProperty("width").GetInt32(), golden.GetProperty("height").GetInt32());
            Assert.Equal(
                golden.GetProperty("accepted").GetBoolean() ? size : null, RandomErasing.Size((int)Shape[3], (int)Shape[2], share, ratio));
        }
    }

    [Fact]
    public void Erasing_writes_what_the_reference_writes()
    {
        (int height, int width) = ((int)Shape[2], (int)Shape[3]);
        foreach (JsonElement golden in Root.GetProperty("erasing").EnumerateArray())
        {
            Known(golden, "box_top_left_height_width", "value", "pixels", "changed");
            int[] box = GoldenNumbers.Ints(golden.GetProperty("box_top_left_height_width"));
            int area = box[2] * box[3];
            float[] numbers = golden.GetProperty("value").GetString() switch
            {
                "zero" => new float[3 * area],
                "channel" => [.. Enumerable.Range(0, 3 * area).Select(i => new[] { 0.25f, -0.5f, 0.75f }[i / area])],
                "noise" =>
                [
                    .. Numbers.Centred($"mix:noise:{box[0]}:{box[1]}:{box[2]}:{box[3]}", 3, box[2], box[3]).to(float32).data<float>(),
                ],
                string other => throw new InvalidDataException($"The value '{other}' is unknown."),
                null => throw new InvalidDataException("There is no value."),
            };
            float[] before = [.. Pixels[0].to(float32).contiguous().data<float>()];
            float[] after = [.. before];
            RandomErasing.Write(numbers, after, width, height, (box[1], box[0], box[3], box[2]));
            GoldenNumbers.Equal(golden.GetProperty("pixels"), tensor(after, [3, height, width]));
            Assert.Equal(golden.GetProperty("changed").GetInt32(), before.Zip(after).Count(pair => pair.First != pair.Second));
        }
    }

    [Fact]
    public void AugMix_mixes_as_the_reference()
    {
        (int height, int width) = ((int)Shape[2], (int)Shape[3]);
        double[] planes = [.. Numbers.Uniform("mix:image", 3 * height * width).Select(value => Math.Floor(value * 256))];
        using ImagePixels image = Image((channel, y, x) => (byte)At(channel, y, x));
        using ImagePixels inverted = Image((channel, y, x) => (byte)(255 - At(channel, y, x)));
        using ImagePixels mirrored = Image((channel, y, x) => (byte)At(channel, y, width - 1 - x));
        using ImagePixels halved = Image((channel, y, x) => (byte)(At(channel, y, x) / 2));
        foreach (JsonElement golden in Root.GetProperty("augmix").EnumerateArray())
        {
            Known(golden, "weights", "mixing", "float", "bytes_truncated_first32", "bytes_sum", "smallest_distance_to_an_integer_not_zero");
            double mixing = golden.GetProperty("mixing").GetDouble();
            double[] sum = new double[image.Bytes.Length];
            AugMix.Add(sum, image, 1 - mixing);
            double[] weights = GoldenNumbers.Doubles(golden.GetProperty("weights"));
            foreach ((double weight, ImagePixels chain) in weights.Zip([inverted, mirrored, halved]))
            {
                AugMix.Add(sum, chain, mixing * weight);
            }

            double[] inPlanes = [.. Planes(i => sum[i])];
            GoldenNumbers.Equal(golden.GetProperty("float"), tensor(inPlanes, [3, height, width]));
            byte[] levels = new byte[sum.Length];
            AugMix.Write(sum, levels);
            int[] bytes = [.. Planes(i => levels[i]).Select(level => (int)level)];
            Assert.Equal(GoldenNumbers.Ints(golden.GetProperty("bytes_truncated_first32")), bytes.Take(32));
            Assert.Equal(golden.GetProperty("bytes_sum").GetInt32(), bytes.Sum());
        }

        double At(int channel, int y, int x) => planes[(((channel * height) + y) * width) + x];

        ImagePixels Image(Func<int, int, int, byte> level)
        {
            ImagePixels made = new(width, height);
            for (int i = 0; i < made.Bytes.Length; i++)
            {
                (int channel, int pixel) = (i % 4, i / 4);
                made.Bytes[i] = channel == 3 ? byte.MaxValue : level(channel, pixel / width, pixel % width);
            }

            return made;
        }

        IEnumerable<double> Planes(Func<int, double> at) =>
            from channel in Enumerable.Range(0, 3) from pixel in Enumerable.Range(0, height * width) select at((4 * pixel) + channel);
    }

    [Fact]
    public void Operations_have_the_magnitudes_and_signs_of_the_reference()
    {
        int[] size = GoldenNumbers.Ints(Root.GetProperty("augmentation_image_size"));
        (int height, int width) = (size[0], size[1]);
        foreach (JsonProperty space in Root.GetProperty("augmentation_spaces").EnumerateObject())
        {
            AugmentKind[] few = [.. Enum.GetValues<AugmentKind>().SkipLast(1)]; // all but Invert
            (IReadOnlyList<AugmentKind> kinds, int bins, Func<AugmentKind, int, double> magnitude) = space.Name switch
            {
                "AutoAugment" => (
                    AutoAugment.Kinds,
                    10,
                    (Func<AugmentKind, int, double>)((kind, bin) => AutoAugment.Magnitude(kind, bin, width, height))),
                "RandAugment" => (few, 31, (kind, bin) => RandAugment.Magnitude(kind, bin, 31, width, height)),
                "TrivialAugmentWide" => (few, 31, (kind, bin) => TrivialAugmentWide.Magnitude(kind, bin, 31)),
                "AugMix" => (AugMix.Kinds, 10, (kind, bin) => AugMix.Magnitude(kind, bin, width, height)),
                string other => throw new InvalidDataException($"The space '{other}' is unknown."),
            };
            JsonElement[] golden = [.. space.Value.EnumerateArray()];
            Assert.Equal(golden.Select(row => row[0].GetString()), kinds.Select(kind => kind.ToString()));
            foreach ((JsonElement row, AugmentKind kind) in golden.Zip(kinds))
            {
                Assert.Equal(3, row.GetArrayLength());
                Assert.Equal(row[2].GetBoolean(), AugmentOperation.IsSigned(kind));
                double[]? expected = GoldenNumbers.DoublesOrNull(row[1]);
                Assert.Equal(expected is not null, AugmentOperation.HasMagnitude(kind));
                if (expected is not null)
                {
                    Assert.Equal(bins, expected.Length);

                    // The last bit of float32 depends on the CPU that PyTorch ran on.
                    Assert.All(
                        expected.Index(),
                        one => Assert.Equal(
                            one.Item, magnitude(kind, one.Index), 1e-10 + MathF.BitIncrement((float)one.Item) - (float)one.Item));
                }
            }
        }
    }

    [Fact]
    public void AutoAugment_has_the_policies_of_the_reference()
    {
        foreach (JsonProperty policy in Root.GetProperty("autoaugment_policies").EnumerateObject())
        {
            (AutoAugment.Operation First, AutoAugment.Operation Second)[] pairs = AutoAugment.PairsOf(
                Enum.Parse<AutoAugmentPolicy>(policy.Name, ignoreCase: true));
            Assert.Equal(
                policy.Value.EnumerateArray().Select(pair => (Operation(pair[0]), Operation(pair[1]))), pairs);
        }

        static AutoAugment.Operation Operation(JsonElement row) => new(
            Enum.Parse<AugmentKind>(row[0].GetString()!),
            row[1].GetDouble(),
            row[2].ValueKind == JsonValueKind.Null ? null : row[2].GetInt32());
    }

    public void Dispose()
    {
        _scope.Dispose();
        _document.Dispose();
    }

    private static void Known(JsonElement golden, params string[] names)
        => Assert.All(golden.EnumerateObject(), field => Assert.Contains(field.Name, names));
}
