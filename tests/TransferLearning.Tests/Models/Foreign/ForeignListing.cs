using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>
/// A network's own tensors under the names, and in the shapes, that another library's definition of it gives them. Written module by module
/// from those definitions, not from the map under test.
/// </summary>
internal sealed class ForeignListing
{
    private readonly Dictionary<string, Tensor> _own;
    private readonly HashSet<string> _used = [];

    public ForeignListing(ImageNetwork network) => _own = new(network.State());

    /// <summary>The tensors under foreign names: views of the network's own.</summary>
    public List<KeyValuePair<string, Tensor>> Tensors { get; } = [];

    /// <summary>The network's names that no line of the listing has used, but for what it computes itself.</summary>
    public IEnumerable<string> Unused
        => _own.Keys.Except(_used).Where(name => !name.EndsWith("relative_position_index", StringComparison.Ordinal));

    public static ForeignListing TransformersResNet(ImageNetwork network, int[] depths, int convolutions)
    {
        ForeignListing list = new(network);
        list.Module("resnet.embedder.embedder.convolution", "conv1");
        list.Module("resnet.embedder.embedder.normalization", "bn1");
        Blocks(depths, (stage, block) =>
        {
            string from = $"resnet.encoder.stages.{stage}.layers.{block}";
            string own = $"layer{stage + 1}.{block}";
            for (int i = 0; i < convolutions; i++)
            {
                list.Module($"{from}.layer.{i}.convolution", $"{own}.conv{i + 1}");
                list.Module($"{from}.layer.{i}.normalization", $"{own}.bn{i + 1}");
            }

            if (block == 0 && (stage > 0 || convolutions == 3))
            {
                list.Module($"{from}.shortcut.convolution", $"{own}.downsample.0");
                list.Module($"{from}.shortcut.normalization", $"{own}.downsample.1");
            }
        });
        list.Module("classifier.1", "fc");
        return list;
    }

    public static ForeignListing TimmVisionTransformer(ImageNetwork network, int depth)
    {
        ForeignListing list = new(network);
        list.One("cls_token", "class_token");
        list.One("pos_embed", "encoder.pos_embedding");
        list.Module("patch_embed.proj", "conv_proj");
        for (int i = 0; i < depth; i++)
        {
            string own = $"encoder.layers.encoder_layer_{i}";
            list.Module($"blocks.{i}.norm1", $"{own}.ln_1");
            list.One($"blocks.{i}.attn.qkv.weight", $"{own}.self_attention.in_proj_weight");
            list.One($"blocks.{i}.attn.qkv.bias", $"{own}.self_attention.in_proj_bias");
            list.Module($"blocks.{i}.attn.proj", $"{own}.self_attention.out_proj");
            list.Module($"blocks.{i}.norm2", $"{own}.ln_2");
            list.Module($"blocks.{i}.mlp.fc1", $"{own}.mlp.0");
            list.Module($"blocks.{i}.mlp.fc2", $"{own}.mlp.3");
        }

        list.Module("norm", "encoder.ln");
        list.Module("head", "heads.head");
        return list;
    }

    public static ForeignListing TransformersVisionTransformer(ImageNetwork network, int depth, bool hasClassifier)
    {
        // Without a classifier the model is saved without the prefix, and usually with a pooler.
        string prefix = hasClassifier ? "vit." : "";
        ForeignListing list = new(network);
        list.One($"{prefix}embeddings.cls_token", "class_token");
        list.One($"{prefix}embeddings.position_embeddings", "encoder.pos_embedding");
        list.Module($"{prefix}embeddings.patch_embeddings.projection", "conv_proj");
        for (int i = 0; i < depth; i++)
        {
            string from = $"{prefix}encoder.layer.{i}";
            string own = $"encoder.layers.encoder_layer_{i}";
            list.Thirds($"{from}.attention.attention", "weight", $"{own}.self_attention.in_proj_weight");
            list.Thirds($"{from}.attention.attention", "bias", $"{own}.self_attention.in_proj_bias");
            list.Module($"{from}.attention.output.dense", $"{own}.self_attention.out_proj");
            list.Module($"{from}.intermediate.dense", $"{own}.mlp.0");
            list.Module($"{from}.output.dense", $"{own}.mlp.3");
            list.Module($"{from}.layernorm_before", $"{own}.ln_1");
            list.Module($"{from}.layernorm_after", $"{own}.ln_2");
        }

        list.Module($"{prefix}layernorm", "encoder.ln");
        list.Module(hasClassifier ? "classifier" : "pooler.dense", "heads.head");
        return list;
    }

    public static ForeignListing TimmConvNeXt(ImageNetwork network, int[] depths)
    {
        ForeignListing list = new(network);
        list.Module("stem.0", "features.0.0");
        list.Module("stem.1", "features.0.1");
        Blocks(depths, (stage, block) =>
        {
            if (block == 0 && stage > 0)
            {
                list.Module($"stages.{stage}.downsample.0", $"features.{2 * stage}.0");
                list.Module($"stages.{stage}.downsample.1", $"features.{2 * stage}.1");
            }

            string from = $"stages.{stage}.blocks.{block}";
            list.ConvNeXtBlock(
                $"features.{(2 * stage) + 1}.{block}",
                $"{from}.gamma",
                $"{from}.conv_dw",
                $"{from}.norm",
                $"{from}.mlp.fc1",
                $"{from}.mlp.fc2");
        });
        list.Module("head.norm", "classifier.0");
        list.Module("head.fc", "classifier.2");
        return list;
    }

    public static ForeignListing FirstConvNeXt(ImageNetwork network, int[] depths)
    {
        ForeignListing list = new(network);
        for (int stage = 0; stage < 4; stage++)
        {
            list.Module($"downsample_layers.{stage}.0", $"features.{2 * stage}.0");
            list.Module($"downsample_layers.{stage}.1", $"features.{2 * stage}.1");
        }

        Blocks(depths, (stage, block) =>
        {
            string from = $"stages.{stage}.{block}";
            list.ConvNeXtBlock(
                $"features.{(2 * stage) + 1}.{block}",
                $"{from}.gamma",
                $"{from}.dwconv",
                $"{from}.norm",
                $"{from}.pwconv1",
                $"{from}.pwconv2");
        });
        list.Module("norm", "classifier.0");
        list.Module("head", "classifier.2");
        return list;
    }

    public static ForeignListing TransformersConvNeXt(ImageNetwork network, int[] depths)
    {
        ForeignListing list = new(network);
        list.Module("convnext.embeddings.patch_embeddings", "features.0.0");
        list.Module("convnext.embeddings.layernorm", "features.0.1");
        Blocks(depths, (stage, block) =>
        {
            if (block == 0 && stage > 0)
            {
                list.Module($"convnext.encoder.stages.{stage}.downsampling_layer.0", $"features.{2 * stage}.0");
                list.Module($"convnext.encoder.stages.{stage}.downsampling_layer.1", $"features.{2 * stage}.1");
            }

            string from = $"convnext.encoder.stages.{stage}.layers.{block}";
            list.ConvNeXtBlock(
                $"features.{(2 * stage) + 1}.{block}", $"{from}.layer_scale_parameter", $"{from}.dwconv", $"{from}.layernorm",
                $"{from}.pwconv1", $"{from}.pwconv2");
        });
        list.Module("convnext.layernorm", "classifier.0");
        list.Module("classifier", "classifier.2");
        return list;
    }

    public static ForeignListing TimmSwin(ImageNetwork network, int[] depths, bool isOld)
    {
        ForeignListing list = new(network);
        list.Module("patch_embed.proj", "features.0.0");
        list.Module("patch_embed.norm", "features.0.2");
        for (int stage = 0; stage < 3; stage++)
        {
            string from = $"layers.{(isOld ? stage : stage + 1)}.downsample";
            list.Module($"{from}.reduction", $"features.{2 + (2 * stage)}.reduction");
            list.Module($"{from}.norm", $"features.{2 + (2 * stage)}.norm");
        }

        Blocks(depths, (stage, block) =>
        {
            string from = $"layers.{stage}.blocks.{block}";
            string own = $"features.{(2 * stage) + 1}.{block}";
            list.Module($"{from}.norm1", $"{own}.norm1");
            list.One($"{from}.attn.relative_position_bias_table", $"{own}.attn.relative_position_bias_table");
            list.Module($"{from}.attn.qkv", $"{own}.attn.qkv");
            list.Module($"{from}.attn.proj", $"{own}.attn.proj");
            list.Module($"{from}.norm2", $"{own}.norm2");
            list.Module($"{from}.mlp.fc1", $"{own}.mlp.0");
            list.Module($"{from}.mlp.fc2", $"{own}.mlp.3");
            if (isOld)
            {
                list.Tensors.Add(new($"{from}.attn.relative_position_index", zeros(49, 49, int64)));
                list.Tensors.Add(new($"{from}.attn_mask", zeros(4, 49, 49)));
            }
        });
        list.Module("norm", "norm");
        list.Module(isOld ? "head" : "head.fc", "head");
        return list;
    }

    public static ForeignListing TransformersSwin(ImageNetwork network, int[] depths)
    {
        ForeignListing list = new(network);
        list.Module("swin.embeddings.patch_embeddings.projection", "features.0.0");
        list.Module("swin.embeddings.norm", "features.0.2");
        Blocks(depths, (stage, block) =>
        {
            string from = $"swin.encoder.layers.{stage}.blocks.{block}";
            string own = $"features.{(2 * stage) + 1}.{block}";
            list.Module($"{from}.layernorm_before", $"{own}.norm1");
            list.One($"{from}.attention.self.relative_position_bias_table", $"{own}.attn.relative_position_bias_table");
            list.Tensors.Add(new($"{from}.attention.self.relative_position_index", zeros(49, 49, int64)));
            list.Thirds($"{from}.attention.self", "weight", $"{own}.attn.qkv.weight");
            list.Thirds($"{from}.attention.self", "bias", $"{own}.attn.qkv.bias");
            list.Module($"{from}.attention.output.dense", $"{own}.attn.proj");
            list.Module($"{from}.layernorm_after", $"{own}.norm2");
            list.Module($"{from}.intermediate.dense", $"{own}.mlp.0");
            list.Module($"{from}.output.dense", $"{own}.mlp.3");
            if (block == depths[stage] - 1 && stage < 3)
            {
                list.Module($"swin.encoder.layers.{stage}.downsample.reduction", $"features.{2 + (2 * stage)}.reduction");
                list.Module($"swin.encoder.layers.{stage}.downsample.norm", $"features.{2 + (2 * stage)}.norm");
            }
        });
        list.Module("swin.layernorm", "norm");
        list.Module("classifier", "head");
        return list;
    }

    /// <param name="network">The network.</param>
    /// <param name="kinds">A letter a stage: ds, cn, er and ir of timm's strings of arguments as D, C, E and I.</param>
    /// <param name="depths">Blocks a stage.</param>
    public static ForeignListing TimmEfficientNet(ImageNetwork network, string kinds, int[] depths)
    {
        ForeignListing list = new(network);
        list.Module("conv_stem", "features.0.0");
        list.Module("bn1", "features.0.1");
        Blocks(depths, (stage, block) =>
        {
            string from = $"blocks.{stage}.{block}";
            string own = $"features.{stage + 1}.{block}.block";
            string[] modules = kinds[stage] switch
            {
                'D' => ["conv_dw 0.0", "bn1 0.1", "se.conv_reduce 1.fc1", "se.conv_expand 1.fc2", "conv_pw 2.0", "bn2 2.1"],
                'C' => ["conv 0.0", "bn1 0.1"],
                'E' => ["conv_exp 0.0", "bn1 0.1", "conv_pwl 1.0", "bn2 1.1"],
                _ =>
                [
                    "conv_pw 0.0",
                    "bn1 0.1",
                    "conv_dw 1.0",
                    "bn2 1.1",
                    "se.conv_reduce 2.fc1",
                    "se.conv_expand 2.fc2",
                    "conv_pwl 3.0",
                    "bn3 3.1",
                ],
            };
            foreach (string[] pair in modules.Select(module => module.Split(' ')))
            {
                list.Module($"{from}.{pair[0]}", $"{own}.{pair[1]}");
            }
        });
        list.Module("conv_head", $"features.{depths.Length + 1}.0");
        list.Module("bn2", $"features.{depths.Length + 1}.1");
        list.Module("classifier", "classifier.1");
        return list;
    }

    public static ForeignListing TransformersEfficientNet(ImageNetwork network, int[] depths)
    {
        ForeignListing list = new(network);
        list.Module("efficientnet.embeddings.convolution", "features.0.0");
        list.Module("efficientnet.embeddings.batchnorm", "features.0.1");
        int number = 0;
        Blocks(depths, (stage, block) =>
        {
            string from = $"efficientnet.encoder.blocks.{number++}";
            string own = $"features.{stage + 1}.{block}.block";
            int place = 0;
            if (stage > 0)
            {
                list.Module($"{from}.expansion.expand_conv", $"{own}.0.0");
                list.Module($"{from}.expansion.expand_bn", $"{own}.0.1");
                place = 1;
            }

            list.Module($"{from}.depthwise_conv.depthwise_conv", $"{own}.{place}.0");
            list.Module($"{from}.depthwise_conv.depthwise_norm", $"{own}.{place}.1");
            list.Module($"{from}.squeeze_excite.reduce", $"{own}.{place + 1}.fc1");
            list.Module($"{from}.squeeze_excite.expand", $"{own}.{place + 1}.fc2");
            list.Module($"{from}.projection.project_conv", $"{own}.{place + 2}.0");
            list.Module($"{from}.projection.project_bn", $"{own}.{place + 2}.1");
        });
        list.Module("efficientnet.encoder.top_conv", $"features.{depths.Length + 1}.0");
        list.Module("efficientnet.encoder.top_bn", $"features.{depths.Length + 1}.1");
        list.Module("classifier", "classifier.1");
        return list;
    }

    // Layer scale is a plain vector there.
    private void ConvNeXtBlock(string own, string scale, string depthwise, string norm, string first, string second)
    {
        Tensors.Add(new(scale, Take($"{own}.layer_scale").flatten()));
        Module(depthwise, $"{own}.block.0");
        Module(norm, $"{own}.block.2");
        Module(first, $"{own}.block.3");
        Module(second, $"{own}.block.5");
    }

    private static void Blocks(int[] depths, Action<int, int> add)
    {
        for (int stage = 0; stage < depths.Length; stage++)
        {
            for (int block = 0; block < depths[stage]; block++)
            {
                add(stage, block);
            }
        }
    }

    private void Module(string name, string own)
    {
        string[] parts =
        [
            .. _own.Keys.Where(key => key.StartsWith(own + ".", StringComparison.Ordinal) && !key.AsSpan(own.Length + 1).Contains('.'))
        ];
        Assert.True(parts.Length > 0, $"The network has no module '{own}'.");
        foreach (string part in parts)
        {
            Tensors.Add(new(name + part[own.Length..], Take(part)));
        }
    }

    private void One(string name, string own) => Tensors.Add(new(name, Take(own)));

    private void Thirds(string name, string kind, string own)
    {
        Tensor all = Take(own);
        long third = all.size(0) / 3;
        Tensors.Add(new($"{name}.query.{kind}", all.narrow(0, 0, third)));
        Tensors.Add(new($"{name}.key.{kind}", all.narrow(0, third, third)));
        Tensors.Add(new($"{name}.value.{kind}", all.narrow(0, 2 * third, third)));
    }

    private Tensor Take(string own)
    {
        Assert.True(_used.Add(own), $"'{own}' is listed twice.");
        return _own[own];
    }
}
