namespace TransferLearning;

/// <summary>What is odd about images, each by itself and beside the others of its set.</summary>
/// <param name="options">What counts as odd.</param>
internal sealed class ImageChecks(AuditOptions options)
{
    // A set whose images are all much alike has hardly any deviation, and no image of it is odd for being a little different.
    private const double SmallestSpread = 0.1;

    // Where all images are light, on white paper for example, a light one is not odd.
    private const double UnusualLight = 3;

    /// <summary>All findings about images that could be read.</summary>
    /// <param name="facts">What was measured of each sample.</param>
    public IEnumerable<(int Index, FindingKind Kind, double Evidence, string Message)> Run(IReadOnlyList<SampleFacts> facts)
    {
        (int Index, ImageFacts Image)[] images =
        [
            .. facts
                .Select((fact, index) => (Index: index, fact.Image))
                .Where(one => one.Image is not null)
                .Select(one => (one.Index, one.Image!)),
        ];
        if (images.Length == 0)
        {
            yield break;
        }

        double side = ImageHash.Median(images.Select(one => (double)Shorter(one.Image)));
        Dictionary<string, int> modes = images.GroupBy(one => one.Image.ColorMode).ToDictionary(group => group.Key, group => group.Count());
        string usual = modes.MaxBy(mode => mode.Value).Key;
        RobustScale sharpness = RobustScale.Of([.. images.Select(one => Logarithm(one.Image)).Where(double.IsFinite).DefaultIfEmpty(0)]);
        sharpness = sharpness with { Deviation = Math.Max(sharpness.Deviation, SmallestSpread) };
        RobustScale light = RobustScale.Of([.. images.Select(one => one.Image.Mean)]);
        foreach ((int index, ImageFacts image) in images)
        {
            int shorter = Shorter(image);
            double aspect = (double)Math.Max(image.Width, image.Height) / shorter;
            if (shorter < options.SmallestSide || shorter > side * options.SizeFactor || shorter < side / options.SizeFactor)
            {
                yield return (index, FindingKind.Size, shorter, string.Create(
                    CultureInfo.InvariantCulture,
                    $"it is {image.Width} x {image.Height} pixels, and half the images have a shorter side of {side:F0} or more; look "
                        + $"whether it is what its name says"));
            }

            if (aspect >= options.LargestAspect)
            {
                yield return (index, FindingKind.Aspect, aspect, string.Create(
                    CultureInfo.InvariantCulture,
                    $"it is {image.Width} x {image.Height} pixels, {aspect:F1} times as long as wide: a square crop shows a part of it "
                        + $"only; crop it by hand"));
            }

            if (image.ColorMode != usual && modes[image.ColorMode] <= options.RareShare * images.Length)
            {
                yield return (index, FindingKind.ColorMode, (double)modes[image.ColorMode] / images.Length, string.Create(
                    CultureInfo.InvariantCulture,
                    $"it is {image.ColorMode}, as {modes[image.ColorMode]} of {images.Length} images are; most are {usual}: look whether "
                        + $"that gives its class away"));
            }

            if (image.Orientation != 1)
            {
                yield return (index, FindingKind.Rotation, image.Orientation, string.Create(
                    CultureInfo.InvariantCulture,
                    $"its EXIF orientation is {image.Orientation}: this library turns it upright, others may not; save it upright"));
            }

            if (image.Mean < options.DarkBelow && light.Score(image.Mean) < -UnusualLight)
            {
                yield return (index, FindingKind.Dark, image.Mean, string.Create(
                    CultureInfo.InvariantCulture,
                    $"its mean grey level is {image.Mean:F0} of 255; look whether anything can be seen"));
            }

            if (image.Mean > options.BrightAbove && light.Score(image.Mean) > UnusualLight)
            {
                yield return (index, FindingKind.Bright, image.Mean, string.Create(
                    CultureInfo.InvariantCulture,
                    $"its mean grey level is {image.Mean:F0} of 255; look whether anything can be seen"));
            }

            double blur = -sharpness.Score(Logarithm(image));
            if (blur > options.UnusualDeviations && image.Deviation >= options.BlankBelow)
            {
                yield return (index, FindingKind.Blurred, image.Sharpness!.Value, string.Create(
                    CultureInfo.InvariantCulture,
                    $"the variance of its Laplacian is {image.Sharpness:G3}, and {Math.Exp(sharpness.Median):G3} is usual here ({blur:F1} "
                        + $"deviations); look whether it is out of focus"));
            }
        }
    }

    /// <summary>The mean and deviation of each channel over all pixels; null without images.</summary>
    public static (ChannelValues Mean, ChannelValues Deviation)? Channels(IEnumerable<ImageFacts> images)
    {
        double pixels = 0;
        double[] sums = new double[3], squares = new double[3];
        foreach (ImageFacts image in images)
        {
            pixels += image.Pixels;
            Add(sums, image.Sums);
            Add(squares, image.SquareSums);
        }

        double[] means = Array.ConvertAll(sums, sum => sum / pixels / byte.MaxValue);
        double[] deviations =
        [
            .. squares.Select((sum, i) => Math.Sqrt(Math.Max(0, (sum / pixels / byte.MaxValue / byte.MaxValue) - (means[i] * means[i])))),
        ];
        return pixels == 0 ? null : (Values(means), Values(deviations));
    }

    private static void Add(double[] sums, (double Red, double Green, double Blue) one)
    {
        sums[0] += one.Red;
        sums[1] += one.Green;
        sums[2] += one.Blue;
    }

    private static ChannelValues Values(double[] each) => new((float)each[0], (float)each[1], (float)each[2]);

    private static int Shorter(ImageFacts image) => Math.Min(image.Width, image.Height);

    // Sharpness varies by factors. An image without any edge is blank, not blurred.
    private static double Logarithm(ImageFacts image) => image.Sharpness is > 0 and { } sharpness ? Math.Log(sharpness) : double.NaN;
}
