using System.Globalization;
using System.Text.RegularExpressions;

namespace TransferLearning.Keras;

/// <summary>The units of each network of Keras Applications, under the layer names of its published files.</summary>
internal static partial class KerasUnits
{
    private static readonly string[] InceptionA =
        ["branch1x1", "branch5x5_1", "branch5x5_2", "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3", "branch_pool"];

    private static readonly string[] InceptionB = ["branch3x3", "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"];

    private static readonly string[] InceptionC =
    [
        "branch1x1", "branch7x7_1", "branch7x7_2", "branch7x7_3",
        "branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5", "branch_pool",
    ];

    private static readonly string[] InceptionD =
    [
        "branch3x3_1",
        "branch3x3_2",
        "branch7x7x3_1",
        "branch7x7x3_2",
        "branch7x7x3_3",
        "branch7x7x3_4",
    ];

    private static readonly string[] InceptionE =
    [
        "branch1x1", "branch3x3_1", "branch3x3_2a", "branch3x3_2b",
        "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3a", "branch3x3dbl_3b", "branch_pool",
    ];

    // In the order in which Keras makes, and so numbers, the convolutions.
    private static readonly string[] Inception =
    [
        "Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3",
        .. Block("5b", InceptionA), .. Block("5c", InceptionA), .. Block("5d", InceptionA), .. Block("6a", InceptionB),
        .. Block("6b", InceptionC), .. Block("6c", InceptionC), .. Block("6d", InceptionC), .. Block("6e", InceptionC),
        .. Block("7a", InceptionD), .. Block("7b", InceptionE), .. Block("7c", InceptionE),
    ];

    public static IEnumerable<KerasUnit> Vgg16(KerasSource source)
    {
        int[] convolutions = [2, 2, 3, 3, 3];
        int place = 0;
        for (int block = 0; block < convolutions.Length; block++, place++)
        {
            for (int i = 0; i < convolutions[block]; i++, place += 2)
            {
                yield return new($"block{block + 1}_conv{i + 1}", $"features.{place}");
            }
        }
    }

    /// <summary>
    /// Whether the layers have the names of the files before Keras Applications 1.0.8, whose networks add 1e-3 to variances.
    /// </summary>
    public static bool IsFirstResNet(KerasSource source) => source.Find("bn_conv1") is not null;

    public static IEnumerable<KerasUnit> ResNet50(KerasSource source)
    {
        bool isFirst = IsFirstResNet(source);
        int[] blocks = [3, 4, 6, 3];
        yield return isFirst ? new("conv1", "conv1", "bn_conv1", "bn1") : new("conv1_conv", "conv1", "conv1_bn", "bn1");
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            for (int block = 0; block < blocks[stage]; block++)
            {
                string target = $"layer{stage + 1}.{block}.";
                for (int i = block == 0 ? 0 : 1; i <= 3; i++)
                {
                    string current = $"conv{stage + 2}_block{block + 1}_{i}_";
                    string first = $"{stage + 2}{(char)('a' + block)}_branch{(i == 0 ? "1" : $"2{(char)('a' + i - 1)}")}";
                    (string convolution, string norm) = i == 0 ? ("downsample.0", "downsample.1") : ($"conv{i}", $"bn{i}");
                    yield return isFirst
                        ? new($"res{first}", target + convolution, $"bn{first}", target + norm)
                        : new(current + "conv", target + convolution, current + "bn", target + norm);
                }
            }
        }
    }

    public static IEnumerable<KerasUnit> InceptionV3(KerasSource source)
    {
        string[] convolutions = Numbered(source, Convolution());
        string[] norms = Numbered(source, Normalisation());
        bool fits = convolutions.Length == Inception.Length && norms.Length == Inception.Length;
        return Inception.Select((target, i) => new KerasUnit(
            fits ? convolutions[i] : $"conv2d_{i + 1}", $"{target}.conv", fits ? norms[i] : $"batch_normalization_{i + 1}",
            $"{target}.bn"));
    }

    public static IEnumerable<KerasUnit> MobileNet(KerasSource source)
    {
        yield return new("conv1", "conv_stem", "conv1_bn", "bn1");
        for (int i = 1; i <= 13; i++)
        {
            string target = $"blocks.{i - 1}.";
            yield return new($"conv_dw_{i}", target + "conv_dw", $"conv_dw_{i}_bn", target + "bn1");
            yield return new($"conv_pw_{i}", target + "conv_pw", $"conv_pw_{i}_bn", target + "bn2");
        }
    }

    public static IEnumerable<KerasUnit> MobileNetV2(KerasSource source)
    {
        yield return new("Conv1", "features.0.0", "bn_Conv1", "features.0.1");
        for (int block = 0; block < 17; block++)
        {
            string layer = block == 0 ? "expanded_conv_" : $"block_{block}_";
            string target = $"features.{block + 1}.conv.";
            int place = 0;
            if (block > 0)
            {
                yield return new(layer + "expand", target + "0.0", layer + "expand_BN", target + "0.1");
                place = 1;
            }

            yield return new(layer + "depthwise", $"{target}{place}.0", layer + "depthwise_BN", $"{target}{place}.1");
            yield return new(layer + "project", $"{target}{place + 1}", layer + "project_BN", $"{target}{place + 2}");
        }

        yield return new("Conv_1", "features.18.0", "Conv_1_bn", "features.18.1");
    }

    private static IEnumerable<string> Block(string block, string[] parts) => parts.Select(part => $"Mixed_{block}.{part}");

    // Keras counts from nothing, from 1, or on from the models made before.
    private static string[] Numbered(KerasSource source, Regex pattern) =>
    [
        .. source.Layers.Select(layer => (layer.Name, Match: pattern.Match(layer.Name))).Where(layer => layer.Match.Success)
            .OrderBy(layer => layer.Match.Groups[1].Success ? long.Parse(layer.Match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0)
            .Select(layer => layer.Name),
    ];

    [GeneratedRegex(@"^conv2d(?:_(\d{1,9}))?$")]
    private static partial Regex Convolution();

    [GeneratedRegex(@"^batch_normalization(?:_(\d{1,9}))?$")]
    private static partial Regex Normalisation();
}
