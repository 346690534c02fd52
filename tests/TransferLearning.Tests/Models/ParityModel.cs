using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Builds the networks that the goldens name, from torchvision's constructor arguments.</summary>
internal static class ParityModel
{
    public static ImageNetwork Build(string architecture, JsonElement arguments)
    {
        NetworkOptions options = new();
        foreach (JsonProperty argument in arguments.EnumerateObject())
        {
            JsonElement value = argument.Value;
            options = argument.Name switch
            {
                "num_classes" => options with { Classes = value.GetInt32() },
                "image_size" => options with { ImageSize = value.GetInt32() },
                "aux_logits" => options with { AuxiliaryHeads = value.GetBoolean() },
                "transform_input" => options with { TransformInput = value.GetBoolean() },
                "width_mult" => options with { WidthMultiplier = value.GetDouble() },
                "reduced_tail" => options with { ReducedTail = value.GetBoolean() },
                "dilated" => options with { Dilated = value.GetBoolean() },
                "replace_stride_with_dilation" => options with
                {
                    ReplaceStrideWithDilation = [.. value.EnumerateArray().Select(item => item.GetBoolean())],
                },
                _ => throw new InvalidDataException($"{architecture}: unknown constructor argument '{argument.Name}'."),
            };
        }

        return ModelCatalog.Get(architecture).Build(options);
    }

    public static ParityFill Fill(JsonElement golden, JsonElement build) => new(
        golden.GetProperty("salt").GetString()!,
        golden.GetProperty("gain").GetDouble(),
        build.TryGetProperty("multipliers", out JsonElement multipliers) ? multipliers.EnumerateObject()
            .ToDictionary(item => item.Name, item => item.Value.GetDouble()) : null);

    public static void SetDropout(torch.nn.Module network, double probability)
    {
        foreach (torch.nn.Module module in network.modules())
        {
            switch (module)
            {
                case Dropout dropout:
                    dropout.Probability = probability;
                    break;
                case StochasticDepth depth:
                    depth.Probability = probability;
                    break;
                default:
                    break;
            }
        }
    }

    public static long[] Shape(JsonElement shape) => [.. shape.EnumerateArray().Select(size => size.GetInt64())];

    public static double[] Numbers(JsonElement numbers) => [.. numbers.EnumerateArray().Select(number => number.GetDouble())];

    public static string TypeName(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float32 => "float32",
        torch.ScalarType.Int64 => "int64",
        _ => type.ToString(),
    };
}
