using System.Text.Json;

namespace TransferLearning.Tests;

[Trait("Category", "Parity")]
public sealed class ImageOperationParityTests
{
    public static IEnumerable<TheoryDataRow<string>> Operations => TransformGoldens.Keys("ops");

    [Theory]
    [MemberData(nameof(Operations))]
    public void Gives_the_pixels_of_torchvision(string id)
    {
        JsonElement entry = TransformGoldens.Entry("ops", id);
        string operation = entry.GetProperty("op").GetString()!;
        ImagePixels image = TransformGoldens.Decode(entry.GetProperty("input").GetString()!);
        SeededRandom random = default(SeededRandom);
        foreach (ImageTransform step in Steps(operation, entry.GetProperty("params"), image))
        {
            image = step.Apply(image, ref random);
        }

        // Bit for bit, but for two whose definition leaves the order open in which floats are summed: the blur's convolution and
        // the perspective's least squares.
        double tolerance = operation is "gaussian_blur" or "perspective" ? entry.GetProperty("tolerance_levels").GetDouble() : 0;
        TransformGoldens.AssertEqual(entry.GetProperty("output").GetString()!, entry, image, tolerance);
        image.Dispose();
    }

    private static ImageTransform[] Steps(string operation, JsonElement parameters, ImagePixels image)
    {
        int Int(string name) => parameters.GetProperty(name).GetInt32();
        double Number(string name) => parameters.GetProperty(name).GetDouble();
        bool Flag(string name) => parameters.GetProperty(name).GetBoolean();
        int[] Ints(string name) => [.. parameters.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];
        double[] Numbers(string name) => [.. parameters.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
        T Named<T>(string name)
            where T : struct, Enum => Enum.Parse<T>(parameters.GetProperty(name).GetString()!, ignoreCase: true);
        Interpolation Filter() => Named<Interpolation>("interpolation");
        (double, double)[] Points(string name)
            => [.. parameters.GetProperty(name).EnumerateArray().Select(point => (point[0].GetDouble(), point[1].GetDouble()))];
        switch (operation)
        {
            case "hflip":
                return [new HorizontalFlip()];
            case "vflip":
                return [new VerticalFlip()];
            case "resize":
                return [new Resize(Ints("size")[0], Ints("size")[1], Filter())];
            case "resize_short":
                int? longest = parameters.TryGetProperty("max_size", out JsonElement limit) ? limit.GetInt32() : null;
                return [new Resize(Int("size"), Filter(), longest)];
            case "resized_crop":
                int[] window = Ints("box"), size = Ints("size");
                return [new ResizedCrop(window[0], window[1], window[2], window[3], size[0], size[1], Filter())];
            case "center_crop":
                return [new CenterCrop(Ints("size")[0], Ints("size")[1])];
            case "crop":
                int[] box = Ints("box");
                return [new Crop(box[0], box[1], box[2], box[3])];
            case "pad":
                int[] sides = Ints("ltrb");
                byte[] fill = parameters.TryGetProperty("fill", out _) ? [.. Ints("fill").Select(level => (byte)level)] : new byte[3];
                PixelColor color = new(fill[0], fill[1], fill[2]);
                return [new Pad(sides[0], sides[1], sides[2], sides[3], Named<PaddingMode>("mode"), color)];
            case "brightness" or "contrast" or "saturation" or "hue":
                return [Color(operation, Number("factor"))];
            case "jitter_chain":
                return
                [
                    .. parameters.GetProperty("order").EnumerateArray().Zip(
                        Numbers("factors"), (name, factor) => Color(name.GetString()!, factor)),
                ];
            case "gamma":
                return [new Gamma(Number("gamma"), Number("gain"))];
            case "sharpness":
                return [new Sharpness(Number("factor"))];
            case "grayscale":
                return [new Grayscale()];
            case "posterize":
                return [new Posterize(Int("bits"))];
            case "solarize":
                return [new Solarize(Number("threshold"))];
            case "autocontrast":
                return [new Autocontrast()];
            case "equalize":
                return [new Equalize()];
            case "invert":
                return [new Invert()];
            case "rotate":
                return [new Rotate(Number("degrees_counter_clockwise"), Filter(), Flag("expand"))];
            case "affine":
                double[] shift = Numbers("translate_xy"), shear = Numbers("shear_degrees_xy");
                return [new Affine(Number("degrees_clockwise"), (shift[0], shift[1]), Number("scale"), (shear[0], shear[1]), Filter())];
            case "perspective":
                return [new Perspective(Points("start_xy"), Points("end_xy"), Filter())];
            case "gaussian_blur":
                return [new GaussianBlur(Int("kernel"), Number("sigma"))];
            case "randaugment":
                AugmentKind kind = Named<AugmentKind>("name");
                double expected = Number("magnitude");
                double magnitude = RandAugment.Magnitude(kind, Int("magnitude_index"), Int("bins"), image.Width, image.Height);
                Assert.Equal(Math.Abs(expected), magnitude, 1e-6);
                ImageTransform? step = AugmentOperation.Create(kind, expected < 0 ? -magnitude : magnitude, Interpolation.Nearest, default);
                return step is null ? [] : [step];
            default:
                throw new InvalidOperationException($"transforms.json has an operation '{operation}' that this test does not know.");
        }
    }

    private static ImageTransform Color(string name, double amount) => name switch
    {
        "brightness" => new Brightness(amount),
        "contrast" => new Contrast(amount),
        "saturation" => new Saturation(amount),
        _ => new Hue(amount),
    };
}
