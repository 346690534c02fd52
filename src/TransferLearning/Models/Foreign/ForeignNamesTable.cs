using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>The names of timm, of Hugging Face's transformers and of the first publications, for architectures whose definition is the
/// same. ResNets of timm need no row: their names are torchvision's.</summary>
internal static class ForeignNamesTable
{
    private const int Stages = 4;

    /// <summary>All rows. The first whose signature fits is taken.</summary>
    public static IReadOnlyList<ForeignNames> All { get; } =
    [
        new(
            "transformers",
            "^resnet(18|34|50|101|152)$",
            ["embedder.embedder.convolution.weight"],
            _ => TransformersResNet()) { Prefix = "resnet." },
        new("timm", "^vit_[blh]_", ["blocks.0.attn.qkv.weight", "patch_embed.proj.weight", "cls_token"], _ => TimmVisionTransformer()),
        new(
            "transformers",
            "^vit_[blh]_",
            ["encoder.layer.0.attention.attention.query.weight"],
            _ => TransformersVisionTransformer()) { Prefix = "vit." },
        new("timm", "^convnext_", ["stages.0.blocks.0.conv_dw.weight", "stages.0.blocks.0.gamma"], _ => TimmConvNeXt()),
        new("facebookresearch/ConvNeXt", "^convnext_", ["stages.0.0.dwconv.weight", "stages.0.0.gamma"], _ => FirstConvNeXt()),
        new(
            "transformers",
            "^convnext_",
            ["encoder.stages.0.layers.0.layer_scale_parameter"],
            _ => TransformersConvNeXt()) { Prefix = "convnext." },
        new(
            "timm before 0.9 or microsoft/Swin-Transformer",
            "^swin_[tsb]$",
            ["layers.0.blocks.0.attn.relative_position_bias_table", "layers.0.downsample.reduction.weight"],
            _ => TimmSwin(shrinksAtEnd: true)),
        new(
            "timm",
            "^swin_[tsb]$",
            ["layers.0.blocks.0.attn.relative_position_bias_table", "layers.3.downsample.reduction.weight"],
            _ => TimmSwin(shrinksAtEnd: false)),
        new(
            "transformers",
            "^swin_[tsb]$",
            ["encoder.layers.0.blocks.0.attention.self.query.weight"],
            _ => TransformersSwin()) { Prefix = "swin." },
        new(
            "timm",
            @"^efficientnet_b\d$",
            ["blocks.0.0.conv_dw.weight", "blocks.1.0.conv_pwl.weight", "conv_head.weight"],
            names => TimmEfficientNet(names, "D")),

        // All of timm's weights of these three shapes come from TensorFlow.
        new(
            "timm",
            "^efficientnet_v2_[sml]$",
            ["blocks.0.0.conv.weight", "blocks.1.0.conv_exp.weight", "conv_head.weight"],
            names => TimmEfficientNet(names, "CEE"))
        {
            Options = options => options with { TensorFlowPadding = options.TensorFlowPadding ?? true },
        },
        new("transformers", @"^efficientnet_b\d$", ["encoder.blocks.0.depthwise_conv.depthwise_conv.weight"], TransformersEfficientNet)
        {
            Prefix = "efficientnet.",
            Options = options => options with
            {
                TensorFlowPadding = options.TensorFlowPadding ?? true,
                BatchNormEpsilon = options.BatchNormEpsilon ?? 1e-3,
            },
        },
    ];

    private static KeyMap TransformersResNet() => ForStages(
        KeyMap.Empty
            .Prefix("embedder.embedder.convolution.", "conv1.")
            .Prefix("embedder.embedder.normalization.", "bn1.")
            .Prefix("classifier.1.", "fc."),
        (map, stage) => map.Pattern($@"^encoder\.stages\.{stage}\.layers\.", $"layer{stage + 1}."))
        .Pattern(@"\.layer\.0\.convolution\.", ".conv1.").Pattern(@"\.layer\.0\.normalization\.", ".bn1.")
        .Pattern(@"\.layer\.1\.convolution\.", ".conv2.").Pattern(@"\.layer\.1\.normalization\.", ".bn2.")
        .Pattern(@"\.layer\.2\.convolution\.", ".conv3.").Pattern(@"\.layer\.2\.normalization\.", ".bn3.")
        .Pattern(@"\.shortcut\.convolution\.", ".downsample.0.").Pattern(@"\.shortcut\.normalization\.", ".downsample.1.");

    private static KeyMap TimmVisionTransformer() => KeyMap.Empty
        .Exact("cls_token", "class_token")
        .Exact("pos_embed", "encoder.pos_embedding")
        .Prefix("patch_embed.proj.", "conv_proj.")
        .Prefix("norm.", "encoder.ln.")
        .Prefix("head.", "heads.head.")
        .Pattern(@"^blocks\.(\d+)\.", "encoder.layers.encoder_layer_$1.")
        .Pattern(@"\.norm([12])\.", ".ln_$1.")
        .Pattern(@"\.attn\.qkv\.", ".self_attention.in_proj_")
        .Pattern(@"\.attn\.proj\.", ".self_attention.out_proj.")
        .Pattern(@"\.mlp\.fc1\.", ".mlp.0.")
        .Pattern(@"\.mlp\.fc2\.", ".mlp.3.");

    private static KeyMap TransformersVisionTransformer() => KeyMap.Empty
        .Exact("embeddings.cls_token", "class_token")
        .Exact("embeddings.position_embeddings", "encoder.pos_embedding")
        .Prefix("embeddings.patch_embeddings.projection.", "conv_proj.")
        .Prefix("layernorm.", "encoder.ln.")
        .Prefix("classifier.", "heads.head.")
        .Pattern(@"^encoder\.layer\.(\d+)\.", "encoder.layers.encoder_layer_$1.")
        .Pattern(@"\.layernorm_before\.", ".ln_1.")
        .Pattern(@"\.layernorm_after\.", ".ln_2.")
        .Pattern(@"\.attention\.attention\.query\.(\w+)$", ".self_attention.in_proj_$1#0")
        .Pattern(@"\.attention\.attention\.key\.(\w+)$", ".self_attention.in_proj_$1#1")
        .Pattern(@"\.attention\.attention\.value\.(\w+)$", ".self_attention.in_proj_$1#2")
        .Pattern(@"\.attention\.output\.dense\.", ".self_attention.out_proj.")
        .Pattern(@"\.intermediate\.dense\.", ".mlp.0.")
        .Pattern(@"\.output\.dense\.", ".mlp.3.");

    private static KeyMap TimmConvNeXt() => ForStages(
        KeyMap.Empty
            .Prefix("stem.", "features.0.")
            .Prefix("head.norm.", "classifier.0.")
            .Prefix("head.fc.", "classifier.2."),
        (map, stage) => map
            .Prefix($"stages.{stage}.blocks.", $"features.{(2 * stage) + 1}.")
            .Prefix($"stages.{stage}.downsample.", $"features.{2 * stage}."))
        .Pattern(@"^(features\.\d+\.\d+)\.conv_dw\.", "$1.block.0.")
        .Pattern(@"^(features\.\d+\.\d+)\.norm\.", "$1.block.2.")
        .Pattern(@"^(features\.\d+\.\d+)\.mlp\.fc1\.", "$1.block.3.")
        .Pattern(@"^(features\.\d+\.\d+)\.mlp\.fc2\.", "$1.block.5.")
        .Pattern(@"^(features\.\d+\.\d+)\.gamma$", "$1.layer_scale");

    private static KeyMap FirstConvNeXt() => ForStages(
        KeyMap.Empty.Prefix("norm.", "classifier.0.").Prefix("head.", "classifier.2."),
        (map, stage) => map
            .Prefix($"stages.{stage}.", $"features.{(2 * stage) + 1}.")
            .Prefix($"downsample_layers.{stage}.", $"features.{2 * stage}."))
        .Pattern(@"^(features\.\d+\.\d+)\.dwconv\.", "$1.block.0.")
        .Pattern(@"^(features\.\d+\.\d+)\.norm\.", "$1.block.2.")
        .Pattern(@"^(features\.\d+\.\d+)\.pwconv1\.", "$1.block.3.")
        .Pattern(@"^(features\.\d+\.\d+)\.pwconv2\.", "$1.block.5.")
        .Pattern(@"^(features\.\d+\.\d+)\.gamma$", "$1.layer_scale");

    private static KeyMap TransformersConvNeXt() => ForStages(
        KeyMap.Empty
            .Prefix("classifier.", "classifier.2.")
            .Prefix("layernorm.", "classifier.0.")
            .Prefix("embeddings.patch_embeddings.", "features.0.0.")
            .Prefix("embeddings.layernorm.", "features.0.1."),
        (map, stage) => map
            .Prefix($"encoder.stages.{stage}.layers.", $"features.{(2 * stage) + 1}.")
            .Prefix($"encoder.stages.{stage}.downsampling_layer.", $"features.{2 * stage}."))
        .Pattern(@"^(features\.\d+\.\d+)\.dwconv\.", "$1.block.0.")
        .Pattern(@"^(features\.\d+\.\d+)\.layernorm\.", "$1.block.2.")
        .Pattern(@"^(features\.\d+\.\d+)\.pwconv1\.", "$1.block.3.")
        .Pattern(@"^(features\.\d+\.\d+)\.pwconv2\.", "$1.block.5.")
        .Pattern(@"^(features\.\d+\.\d+)\.layer_scale_parameter$", "$1.layer_scale");

    // Where maps shrink between two stages: at the end of the first of them, or at the beginning of the second.
    private static KeyMap TimmSwin(bool shrinksAtEnd) => ForStages(
        KeyMap.Empty
            .Prefix("patch_embed.proj.", "features.0.0.")
            .Prefix("patch_embed.norm.", "features.0.2.")
            .Prefix("head.fc.", "head."),
        (map, stage) => map
            .Prefix($"layers.{stage}.blocks.", $"features.{(2 * stage) + 1}.")
            .Prefix($"layers.{stage}.downsample.", $"features.{(shrinksAtEnd ? 2 : 0) + (2 * stage)}."))
        .Pattern(@"\.mlp\.fc1\.", ".mlp.0.")
        .Pattern(@"\.mlp\.fc2\.", ".mlp.3.");

    private static KeyMap TransformersSwin() => ForStages(
        KeyMap.Empty
            .Prefix("embeddings.patch_embeddings.projection.", "features.0.0.")
            .Prefix("embeddings.norm.", "features.0.2.")
            .Prefix("layernorm.", "norm.")
            .Prefix("classifier.", "head."),
        (map, stage) => map
            .Prefix($"encoder.layers.{stage}.blocks.", $"features.{(2 * stage) + 1}.")
            .Prefix($"encoder.layers.{stage}.downsample.", $"features.{2 + (2 * stage)}."))
        .Pattern(@"\.layernorm_before\.", ".norm1.")
        .Pattern(@"\.layernorm_after\.", ".norm2.")
        .Pattern(@"\.attention\.self\.query\.(\w+)$", ".attn.qkv.$1#0")
        .Pattern(@"\.attention\.self\.key\.(\w+)$", ".attn.qkv.$1#1")
        .Pattern(@"\.attention\.self\.value\.(\w+)$", ".attn.qkv.$1#2")
        .Pattern(@"\.attention\.self\.", ".attn.")
        .Pattern(@"\.attention\.output\.dense\.", ".attn.proj.")
        .Pattern(@"\.intermediate\.dense\.", ".mlp.0.")
        .Pattern(@"\.output\.dense\.", ".mlp.3.");

    // firstStages, a letter a stage: C one convolution, D a depthwise block without expansion, E a fused expansion; all later ones expand.
    private static KeyMap TimmEfficientNet(IReadOnlyList<string> names, string firstStages)
    {
        int last = names.Select(name => Regex.Match(name,
            @"^features\.(\d+)\.")).Where(match => match.Success).Max(match => int.Parse(match.Groups[1].ValueSpan));
        KeyMap map = KeyMap.Empty
            .Prefix("conv_stem.", "features.0.0.")
            .Prefix("bn1.", "features.0.1.")
            .Prefix("conv_head.", $"features.{last}.0.")
            .Prefix("bn2.", $"features.{last}.1.")
            .Prefix("classifier.", "classifier.1.");
        for (int stage = 0; stage < last - 1; stage++)
        {
            (string From, string To)[] parts = (stage < firstStages.Length ? firstStages[stage] : 'I') switch
            {
                'C' => [("conv", "0.0"), ("bn1", "0.1")],
                'D' =>
                [
                    ("conv_dw", "0.0"),
                    ("bn1", "0.1"),
                    ("se.conv_reduce", "1.fc1"),
                    ("se.conv_expand", "1.fc2"),
                    ("conv_pw", "2.0"),
                    ("bn2", "2.1"),
                ],
                'E' => [("conv_exp", "0.0"), ("bn1", "0.1"), ("conv_pwl", "1.0"), ("bn2", "1.1")],
                _ =>
                [
                    ("conv_pw", "0.0"), ("bn1", "0.1"), ("conv_dw", "1.0"), ("bn2", "1.1"),
                    ("se.conv_reduce", "2.fc1"), ("se.conv_expand", "2.fc2"), ("conv_pwl", "3.0"), ("bn3", "3.1"),
                ],
            };
            foreach ((string from, string to) in parts)
            {
                map = map.Pattern($@"^blocks\.{stage}\.(\d+)\.{Regex.Escape(from)}\.", $"features.{stage + 1}.$1.block.{to}.");
            }
        }

        return map;
    }

    // Blocks are numbered through all stages there; the network's own names say where each is, and whether it expands.
    private static KeyMap TransformersEfficientNet(IReadOnlyList<string> names)
    {
        HashSet<string> blocks = [.. names.Select(name
            => Regex.Match(name, @"^features\.\d+\.\d+\.block\.")).Where(match => match.Success).Select(match => match.Value)];
        int last = blocks.Max(block => int.Parse(block.Split('.')[1])) + 1;
        KeyMap map = KeyMap.Empty
            .Prefix("embeddings.convolution.", "features.0.0.")
            .Prefix("embeddings.batchnorm.", "features.0.1.")
            .Prefix("encoder.top_conv.", $"features.{last}.0.")
            .Prefix("encoder.top_bn.", $"features.{last}.1.")
            .Prefix("classifier.", "classifier.1.");
        int number = 0;
        foreach (string block in blocks)
        {
            string from = $"encoder.blocks.{number++}.";
            int depthwise = names.Any(name => name.StartsWith($"{block}3.", StringComparison.Ordinal)) ? 1 : 0;
            map = map
                .Prefix($"{from}expansion.expand_conv.", $"{block}0.0.")
                .Prefix($"{from}expansion.expand_bn.", $"{block}0.1.")
                .Prefix($"{from}depthwise_conv.depthwise_conv.", $"{block}{depthwise}.0.")
                .Prefix($"{from}depthwise_conv.depthwise_norm.", $"{block}{depthwise}.1.")
                .Prefix($"{from}squeeze_excite.reduce.", $"{block}{depthwise + 1}.fc1.")
                .Prefix($"{from}squeeze_excite.expand.", $"{block}{depthwise + 1}.fc2.")
                .Prefix($"{from}projection.project_conv.", $"{block}{depthwise + 2}.0.")
                .Prefix($"{from}projection.project_bn.", $"{block}{depthwise + 2}.1.");
        }

        return map;
    }

    private static KeyMap ForStages(KeyMap map, Func<KeyMap, int, KeyMap> rules) => Enumerable.Range(0, Stages).Aggregate(map, rules);
}
